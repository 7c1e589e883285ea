// Queries' caches: `query list`.

#include <fmt/format.h>

#include <string>

#include "engine_adapter/admin/percent_coding.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/commands/rows_command.h"
#include "tools/console_app/json_members.h"

namespace acre::console {
namespace {

std::string Counts(const nlohmann::json& document) {
  return fmt::format(
      "{} open, {} parked; the longest open first\n",
      FormatCount(Number(document, "open"), ByteStyle::kHuman),
      FormatCount(Number(document, "parked"), ByteStyle::kHuman));
}

absl::StatusOr<std::string> List(Session& session, const Options& options) {
  std::string target = "/v1/tcaches";
  if (!options.arguments.empty()) {
    target += "?arena=" + admin::PercentEncode(options.arguments[0]);
  }
  if (options.limit) {
    target += fmt::format("{}limit={}", options.arguments.empty() ? '?' : '&',
                          *options.limit);
  }
  return ShowRows(session, options,
                  {.target = target,
                   .rows = "tcaches",
                   .columns = {{"arena", "ARENA", RowUnit::kText},
                               {"id", "TCACHE", RowUnit::kValue},
                               {"parked", "PARKED", RowUnit::kFlag},
                               {"age_seconds", "AGE", RowUnit::kSeconds},
                               {"bytes", "HOLDS", RowUnit::kBytes, true},
                               {"regions", "REGIONS", RowUnit::kCount, true}},
                   .above = &Counts,
                   .below = "HOLDS: freed regions, ready for the query; a "
                            "parked tcache waits for the next one.",
                   .empty = "no tcaches"});
}

}  // namespace

CommandTable QueryCommands() {
  return {{
      .name = "query list",
      .arguments = {{"NAME", ArgumentKind::kArena, true}},
      .summary = "the tcaches of queries, with age and bytes",
      .details =
          R"(A query opens a tcache and closes it when it ends; then it is parked warm for
the next one. One that has been open for very long was forgotten, or belongs to
a query that hangs. With a NAME, those of one arena.

Examples:
  acre_console query list
  acre_console query list tenant-7
  acre_console query list --json | jq '.tcaches[] | select(.age_seconds > 60)'
)",
      .flags = kDocumentFlags | Bit(Flag::kLimit),
      .handler = &List,
  }};
}

}  // namespace acre::console
