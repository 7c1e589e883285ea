// One tenant or all of them: `arena ...` and `bins`.

#include <fmt/format.h>

#include <string>

#include "engine_adapter/admin/purge_modes.h"
#include "engine_adapter/admin/router.h"
#include "stats/extent_statistics.h"
#include "tools/console_app/commands/all_processes.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/commands/rows_command.h"
#include "tools/console_app/document.h"
#include "tools/console_app/json_members.h"
#include "tools/console_app/reports.h"

namespace acre::console {
namespace {

constexpr ArgumentSpec kName = {"NAME", ArgumentKind::kArena};

std::string ArenaTarget(const Options& options, std::string_view resource) {
  return fmt::format("/v1/arenas/{}{}",
                     admin::PercentEncode(options.arguments[0]), resource);
}

// Those of all processes.
absl::StatusOr<std::string> ListAll(Session& session, const Options& options) {
  const auto processes = AskAllProcesses(Depth::kArenas, options.limit);
  if (!processes.ok()) return processes.status();
  if (WantsMachineText(options)) {
    return MachineText(AllArenasAsJson(*processes, options.limit), "arenas",
                       options);
  }
  return RenderAllArenas(*processes, options.limit, session.StyleFor(options));
}

absl::StatusOr<std::string> List(Session& session, const Options& options) {
  if (options.all) return ListAll(session, options);
  std::string target = "/v1/arenas";
  if (options.limit) target += fmt::format("?limit={}", *options.limit);
  return ShowDocument(session, options, target, "arenas", &ParseListing,
                      &RenderArenas);
}

// The classes of large allocations that there are; nothing when there are none
// or the process cannot tell.
std::string LargeClasses(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return "";
  const auto body = (*client)->Get(ArenaTarget(options, "/large"));
  if (!body.ok()) return "";
  const auto reading = ParseRows(*body);
  if (!reading.ok()) return "";
  const nlohmann::json& rows = Member(reading->document, "large");
  if (!rows.is_array() || rows.empty()) return "";
  return "\nlarge allocations by size class\n\n" +
         RowsTable(reading->document, "large", ColumnsOf(stats::kLargeFields),
                   options.bytes)
             .Render(session.StyleFor(options).layout());
}

absl::StatusOr<std::string> Show(Session& session, const Options& options) {
  auto text = ShowDocument(session, options, ArenaTarget(options, ""), "arena",
                           &ParseArena, &RenderArena);
  if (text.ok() && !WantsMachineText(options)) {
    *text += LargeClasses(session, options);
  }
  return text;
}

absl::StatusOr<std::string> Bins(Session& session, const Options& options) {
  return ShowDocument(session, options, ArenaTarget(options, "/bins"), "bins",
                      &ParseBins, &RenderBins);
}

absl::StatusOr<std::string> Purge(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto body = (*client)->Post(ArenaTarget(
      options,
      fmt::format("/purge?mode={}{}", admin::PurgeModeName(options.mode),
                  options.dry_run ? "&dry_run=1" : "")));
  if (!body.ok()) return body.status();
  if (options.json) return *body + "\n";
  if (options.dry_run) {
    const auto preview = ParsePurgePreview(*body);
    if (!preview.ok()) return preview.status();
    return RenderPurgePreview(*preview, session.StyleFor(options));
  }
  const auto result = ParsePurge(*body);
  if (!result.ok()) return result.status();
  return RenderPurge(*result, session.StyleFor(options));
}

constexpr std::string_view kListDetails =
    R"(One line an arena, by what it holds physically (CHARGED), and a total that
adds up:

  ACTIVE  = ALLOCATED + CACHED + SLACK          pages that hold something
  CHARGED = ACTIVE + DIRTY + MUZZY + METADATA   what counts against the limit

  allocated  what queries hold now
  cached     freed, kept in tcaches for the next allocation
  slack      rounding and free regions inside pages in use
  dirty      pages in no use, kept for reuse until decay purges them
  muzzy      likewise, but the system may take them before that
  metadata   what Acre itself needs to keep track

Examples:
  acre_console arena list
  acre_console arena list --limit 10      the ten largest; the rest summed
  acre_console arena list --bytes         exact, for arithmetic
  acre_console arena list --all           those of all processes
  acre_console arena list --csv > arenas.csv
  acre_console arena list --json | jq '.arenas[] | select(.refusals > 0).name'
)";

constexpr std::string_view kShowDetails =
    R"(Every figure of one arena with its meaning, and its large allocations.

Examples:
  acre_console arena show tenant-7
  acre_console arena show tenant-7 --json | jq .arena.charged
)";

constexpr std::string_view kPurgeDetails =
    R"(Returns memory that the arena does not use to the system. Nothing that is
allocated is touched, but the next queries take page faults: hence --yes. What
goes is up to --mode:

  unused       dirty and muzzy pages
  idle         and what closed tcaches and regions keep warm, and spare slabs
  everything   and the pages inside free regions of slabs; the default

The process must have allowed it (AdminOptions::allow_writes); if it has not,
this says so and changes nothing.

Examples:
  acre_console arena purge tenant-7 --dry-run
  acre_console arena purge tenant-7 --yes
  acre_console arena purge tenant-7 --yes --mode unused
)";

constexpr std::string_view kBinsDetails =
    R"(Where the memory of small allocations lies: for each size class how many
slabs there are and how full they are. Many slabs that are nearly empty are
fragmentation.

Examples:
  acre_console bins tenant-7
  acre_console bins system --bytes
)";

}  // namespace

CommandTable ArenaCommands() {
  return {
      {.name = "arena list",
       .alias = "arenas",
       .summary = "all arenas, largest first, with a total",
       .details = kListDetails,
       .flags = kDocumentFlags | Bits(Flag::kLimit, Flag::kAll),
       .handler = &List},
      {.name = "arena show",
       .alias = "arena",
       .arguments = {kName},
       .summary = "everything about one arena",
       .details = kShowDetails,
       .flags = kDocumentFlags,
       .handler = &Show},
      {.name = "arena purge",
       .alias = "purge",
       .arguments = {kName},
       .summary = "give an arena's unused memory back now",
       .details = kPurgeDetails,
       .kind = CommandKind::kChange,
       .flags = kAttachFlags | Bits(Flag::kJson, Flag::kBytes, Flag::kMode,
                                    Flag::kDryRun, Flag::kYes),
       .handler = &Purge,
       .consequence = "gives memory that the arena does not use back, and its "
                      "next queries take page faults",
       .changes_from = 1},
      {.name = "bins",
       .arguments = {kName},
       .summary = "one arena's slabs by size class",
       .details = kBinsDetails,
       .flags = kDocumentFlags,
       .handler = &Bins},
  };
}

}  // namespace acre::console
