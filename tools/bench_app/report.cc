#include "tools/bench_app/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace acre::bench {
namespace {

using Cells = std::vector<std::string>;

// Four significant digits where they matter, none after the point beyond.
std::string FormatValue(double value) {
  if (value >= 1000 || value <= -1000) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

std::string FormatCell(const Row& row, std::string_view subject,
                       const Results& results) {
  const std::optional<double> value = results.MedianOf(row.name, subject);
  if (!value) return "-";
  std::string cell = FormatValue(*value);
  const std::optional<double> acre =
      results.MedianOf(row.name, kSubjects.front());
  if (subject != kSubjects.front() && acre && *value > 0 && *acre > 0) {
    cell += fmt::format(" ({:.2f}x)", *acre / *value);
  }
  return cell;
}

std::string FormatTargets(const Row& row) {
  Cells parts;
  for (const Target& target : row.targets) {
    parts.push_back(Describe(row, target));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string FormatVerdicts(const Row& row, const Results& results) {
  Cells parts;
  for (const Target& target : row.targets) {
    const std::optional<Verdict> verdict = Judge(row, target, results);
    if (!verdict) {
      parts.push_back("?");
    } else if (verdict->missed <= 1) {
      parts.push_back("met");
    } else {
      parts.push_back(fmt::format("missed by {:.2f}x", verdict->missed));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Pads each column to its widest cell; the first column is flush left, numbers
// (columns 2 to `numeric_end`) flush right.
std::string Align(const std::vector<Cells>& lines, size_t numeric_end) {
  std::vector<size_t> widths(lines.front().size(), 0);
  for (const Cells& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  std::string text;
  for (const Cells& line : lines) {
    std::string padded;
    for (size_t i = 0; i < line.size(); ++i) {
      const bool numeric = i >= 2 && i < numeric_end;
      padded += numeric ? fmt::format("{:>{}}  ", line[i], widths[i])
                        : fmt::format("{:<{}}  ", line[i], widths[i]);
    }
    padded.erase(padded.find_last_not_of(' ') + 1);
    text += padded + "\n";
  }
  return text;
}

}  // namespace

std::string FormatTable(const std::vector<const Row*>& rows,
                        const std::vector<std::string>& subjects,
                        const Results& results) {
  std::vector<Cells> lines;
  Cells header = {"row", "unit"};
  header.insert(header.end(), subjects.begin(), subjects.end());
  header.insert(header.end(), {"target", "verdict"});
  lines.push_back(std::move(header));
  for (const Row* row : rows) {
    Cells line = {std::string(row->name), std::string(row->unit)};
    for (const std::string& subject : subjects) {
      line.push_back(FormatCell(*row, subject, results));
    }
    line.push_back(FormatTargets(*row));
    line.push_back(FormatVerdicts(*row, results));
    lines.push_back(std::move(line));
  }
  return Align(lines, 2 + subjects.size()) +
         "(in parentheses: acre's value divided by that peer's)\n";
}

std::string FormatJson(const std::vector<const Row*>& rows,
                       const std::vector<std::string>& subjects,
                       const Results& results) {
  Cells elements;
  for (const Row* row : rows) {
    for (const std::string& subject : subjects) {
      const std::optional<double> value = results.MedianOf(row->name, subject);
      if (!value) continue;
      elements.push_back(fmt::format(
          R"(  {{"row": "{}", "subject": "{}", "value": {:.6g}, "unit": "{}"}})",
          row->name, subject, *value, row->unit));
    }
  }
  return fmt::format("[\n{}\n]\n", fmt::join(elements, ",\n"));
}

std::string FormatRowList(const std::vector<const Row*>& rows) {
  std::vector<Cells> lines;
  for (const Row* row : rows) {
    lines.push_back(
        {std::string(row->name), std::string(row->unit), FormatTargets(*row)});
  }
  return Align(lines, 0);
}

}  // namespace acre::bench
