#include "tools/console_app/rows_report.h"

#include <ctype.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "engine_adapter/admin/percent_coding.h"
#include "tools/console_app/json_members.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;

std::string ValueText(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return Printable(value.get<std::string>());
  return Printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string CellText(const Json& row, const RowColumn& column,
                     ByteStyle style) {
  switch (column.unit) {
    case RowUnit::kText:
    case RowUnit::kValue:
      return ValueText(Member(row, column.key));
    case RowUnit::kTarget: {
      const std::string target = Text(row, column.key);
      return Printable(admin::PercentDecode(target).value_or(target));
    }
    case RowUnit::kFlag:
      return Truth(row, column.key) ? "yes" : "";
    case RowUnit::kBytes:
      return FormatBytes(Number(row, column.key), style);
    case RowUnit::kCount:
      return FormatCount(Number(row, column.key), style);
    case RowUnit::kSeconds:
      return FormatUptime(Real(row, column.key));
    case RowUnit::kCost:
      return FormatCost(Real(row, column.key) * 1e6);
  }
  return "";
}

bool IsZero(const Json& row, const RowColumn& column) {
  return Real(row, column.key) == 0;
}

std::vector<Cell> RowOf(const Json& row, const std::vector<RowColumn>& columns,
                        ByteStyle style) {
  std::vector<Cell> cells;
  for (const RowColumn& column : columns) {
    const bool warns = column.warning && !IsZero(row, column);
    cells.emplace_back(CellText(row, column, style),
                       warns ? Style::kWarning : Style::kPlain);
  }
  return cells;
}

}  // namespace

absl::StatusOr<RowsReading> ParseRows(std::string_view json) {
  RowsReading reading;
  reading.document =
      Json::parse(json, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!reading.document.is_object()) {
    return absl::InternalError(
        fmt::format("the answer is no JSON object ({} bytes)", json.size()));
  }
  reading.stamp = {.read_at = Text(reading.document, "read_at"),
                   .cost_us = Real(reading.document, "read_cost_us")};
  return reading;
}

Table RowsTable(const Json& document, std::string_view rows,
                const std::vector<RowColumn>& columns, ByteStyle style) {
  Table table;
  for (const RowColumn& column : columns) {
    std::string header(column.header);
    for (char& c : header) {
      c = c == '_' ? ' ' : static_cast<char>(toupper(c));
    }
    table.AddColumn(std::move(header), column.unit <= RowUnit::kTarget
                                           ? Align::kLeft
                                           : Align::kRight);
  }
  const Json& list = Member(document, rows);
  if (!list.is_array()) return table;
  Json sum = Json::object();
  bool sums = false;
  for (const Json& row : list) {
    table.AddRow(RowOf(row, columns, style));
    for (const RowColumn& column : columns) {
      if (!column.summed) continue;
      sums = true;
      const std::string key(column.key);
      if (column.unit == RowUnit::kCost) {
        sum[key] = Real(sum, key) + Real(row, key);
      } else {
        sum[key] = Number(sum, key) + Number(row, key);
      }
    }
  }
  if (!sums || list.size() < 2) return table;
  std::vector<Cell> cells;
  for (const RowColumn& column : columns) {
    cells.emplace_back(
        column.summed ? CellText(sum, column, style) : std::string(),
        Style::kBold);
  }
  if (!columns[0].summed) {
    cells[0] = {fmt::format("total ({})", list.size()), Style::kBold};
  }
  table.AddRule();
  table.AddRow(std::move(cells));
  return table;
}

}  // namespace acre::console
