#include "tools/console_app/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::pair<std::string, std::string>>;

std::string Scalar(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Flatten(const Json& object, const std::string& prefix, Row* row) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      Flatten(value, prefix + key + ".", row);
    } else {
      row->emplace_back(prefix + key, Scalar(value));
    }
  }
}

// All names of all rows, each once, in the order of their first appearance.
std::vector<std::string> Names(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  std::unordered_map<std::string, bool> seen;
  for (const Row& row : rows) {
    for (const auto& [name, value] : row) {
      if (seen.emplace(name, true).second) names.push_back(name);
    }
  }
  return names;
}

std::string Line(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ",";
    line += CsvField(fields[i]);
  }
  return line + "\r\n";
}

}  // namespace

std::string CsvField(std::string_view text) {
  const std::string printable = Printable(text);
  if (printable.find_first_of(",\"") == std::string::npos) return printable;
  std::string quoted = "\"";
  for (const char c : printable) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

absl::StatusOr<std::string> CsvOfJson(std::string_view document,
                                      std::string_view rows) {
  const Json parsed =
      Json::parse(document, /*cb=*/nullptr, /*allow_exceptions=*/false);
  const auto found =
      parsed.is_object() ? parsed.find(std::string(rows)) : parsed.end();
  if (!parsed.is_object() || found == parsed.end() || !found->is_structured()) {
    return absl::InternalError(
        fmt::format("the answer has no usable \"{}\"", rows));
  }
  std::vector<Row> lines;
  if (found->is_array()) {
    for (const Json& item : *found) {
      lines.emplace_back();
      if (item.is_object()) {
        Flatten(item, "", &lines.back());
      } else {
        lines.back().emplace_back(std::string(rows), Scalar(item));
      }
    }
  } else {
    lines.emplace_back();
    Flatten(*found, "", &lines.back());
  }
  const std::vector<std::string> names = Names(lines);
  if (names.empty()) return std::string();
  std::string text = Line(names);
  for (const Row& row : lines) {
    std::vector<std::string> fields;
    fields.reserve(names.size());
    size_t next = 0;  // rows of one document have the same order
    for (const std::string& name : names) {
      auto at = next < row.size() && row[next].first == name
                    ? row.begin() + static_cast<ptrdiff_t>(next)
                    : std::find_if(row.begin(), row.end(), [&](const auto& f) {
                        return f.first == name;
                      });
      fields.push_back(at == row.end() ? "" : at->second);
      next = at == row.end() ? next : static_cast<size_t>(at - row.begin()) + 1;
    }
    text += Line(fields);
  }
  return text;
}

}  // namespace acre::console
