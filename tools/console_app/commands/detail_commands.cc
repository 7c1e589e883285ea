// What lies below an arena's figures: large classes, unused extents, locks, and
// what was changed.

#include <fmt/format.h>

#include <string>

#include "engine_adapter/admin/percent_coding.h"
#include "stats/extent_statistics.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/commands/rows_command.h"
#include "tools/console_app/json_members.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

constexpr ArgumentSpec kName = {"NAME", ArgumentKind::kArena};

std::string ArenaTarget(const Options& options, std::string_view resource) {
  return fmt::format("/v1/arenas/{}/{}",
                     admin::PercentEncode(options.arguments[0]), resource);
}

std::string WithLimit(std::string target, const Options& options) {
  if (options.limit) target += fmt::format("?limit={}", *options.limit);
  return target;
}

std::string ArenaLine(const nlohmann::json& document) {
  return fmt::format("arena \"{}\"\n", Printable(Text(document, "arena")));
}

absl::StatusOr<std::string> Large(Session& session, const Options& options) {
  return ShowRows(session, options,
                  {.target = ArenaTarget(options, "large"),
                   .rows = "large",
                   .columns = ColumnsOf(stats::kLargeFields),
                   .above = &ArenaLine,
                   .empty = "no large allocations so far"});
}

absl::StatusOr<std::string> Extents(Session& session, const Options& options) {
  return ShowRows(session, options,
                  {.target = ArenaTarget(options, "extents"),
                   .rows = "extents",
                   .columns = ColumnsOf(stats::kExtentFields),
                   .above = &ArenaLine,
                   .empty = "no unused extents"});
}

absl::StatusOr<std::string> Locks(Session& session, const Options& options) {
  return ShowRows(session, options,
                  {.target = WithLimit("/v1/locks", options),
                   .rows = "locks",
                   .columns = {{"name", "LOCK", RowUnit::kText},
                               {"arena", "ARENA", RowUnit::kText},
                               {"size_class", "CLASS", RowUnit::kValue},
                               {"acquisitions", "TAKEN", RowUnit::kCount},
                               {"contentions", "WAITED FOR", RowUnit::kCount},
                               {"wait_seconds", "WAITED", RowUnit::kCost}},
                   .below = "Since the process began; the most waited for "
                            "first."});
}

absl::StatusOr<std::string> Audit(Session& session, const Options& options) {
  return ShowRows(session, options,
                  {.target = "/v1/audit",
                   .rows = "changes",
                   .columns = {{"at", "AT", RowUnit::kText},
                               {"uid", "UID", RowUnit::kValue},
                               {"pid", "PID", RowUnit::kValue},
                               {"action", "ACTION", RowUnit::kTarget},
                               {"before", "BEFORE", RowUnit::kText},
                               {"after", "AFTER", RowUnit::kText},
                               {"result", "RESULT", RowUnit::kText}},
                   .empty = "nobody asked for a change so far"});
}

}  // namespace

CommandTable DetailCommands() {
  return {
      {.name = "large",
       .arguments = {kName},
       .summary = "one arena's large allocations by size class",
       .details =
           R"(For each large size class: the allocations that there are (in use, cached or
parked), their pages, and how many there ever were.

Examples:
  acre_console large tenant-7
  acre_console large tenant-7 --csv
)",
       .flags = kDocumentFlags,
       .handler = &Large},
      {.name = "extents",
       .arguments = {kName},
       .summary = "one arena's unused extents by size and state",
       .details =
           R"(What an arena keeps and does not use: runs of pages by the least size of
their class. Dirty ones are in memory until decay purges them; muzzy ones, until
the system takes them; retained ones are address space without memory. Many
small ones and no large one are fragmentation.

Examples:
  acre_console extents tenant-7
  acre_console extents tenant-7 --json | jq '.extents[] | select(.dirty > 0)'
)",
       .flags = kDocumentFlags,
       .handler = &Extents},
      {.name = "locks",
       .summary = "which locks are waited for, most first",
       .details =
           R"(The locks of the allocator: how often they were taken, how often somebody had
to wait, and for how long in all. The fast path takes none. CLASS is the size
class of a bin's lock.

Examples:
  acre_console locks
  acre_console locks --limit 10
  acre_console watch locks --interval 1
)",
       .flags = kDocumentFlags | Bit(Flag::kLimit),
       .handler = &Locks},
      {.name = "audit",
       .summary = "who changed what, newest first",
       .details =
           R"(The last 256 requests to change something, also those that were refused: by
whom (user and process at the other end of the socket), from what, to what, and
what came of it. The process keeps them in memory only.

Examples:
  acre_console audit
  acre_console audit --csv > changes.csv
)",
       .flags = kDocumentFlags,
       .handler = &Audit},
  };
}

}  // namespace acre::console
