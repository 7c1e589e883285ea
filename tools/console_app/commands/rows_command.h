// Commands that show a document which is a list.

#ifndef ACRE_TOOLS_CONSOLE_APP_COMMANDS_ROWS_COMMAND_H_
#define ACRE_TOOLS_CONSOLE_APP_COMMANDS_ROWS_COMMAND_H_

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/console_app/document.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/rows_report.h"

namespace acre::console {

// GET `target`, and its array `rows` as a table below the heading and what
// `above` says of the document; `below` is a remark. `empty` stands where there
// are no rows.
struct RowsCommand {
  std::string target;
  std::string_view rows;
  std::vector<RowColumn> columns;
  std::string (*above)(const nlohmann::json& document) = nullptr;
  std::string_view below = {};
  std::string_view empty = "none";
};

absl::StatusOr<std::string> ShowRows(Session& session, const Options& options,
                                     const RowsCommand& command);

// The columns of a list of stats/fields.h: each figure by its unit, under its
// name in capitals.
template <typename Fields>
std::vector<RowColumn> ColumnsOf(const Fields& fields) {
  std::vector<RowColumn> columns;
  for (const auto& field : fields) {
    columns.push_back({.key = field.name,
                       .header = field.name,
                       .unit = field.unit == stats::Unit::kBytes
                                   ? RowUnit::kBytes
                                   : RowUnit::kCount,
                       .summed = field.combine == stats::Combine::kSum});
  }
  return columns;
}

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_COMMANDS_ROWS_COMMAND_H_
