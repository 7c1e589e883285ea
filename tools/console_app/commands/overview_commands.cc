// The first screen.

#include <fmt/format.h>

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/document.h"
#include "tools/console_app/overview_report.h"

namespace acre::console {
namespace {

constexpr size_t kLargest = 5;

absl::StatusOr<std::string> Overview(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto info_body = (*client)->Get("/v1/info");
  if (!info_body.ok()) return info_body.status();
  const auto listing_body = (*client)->Get(
      fmt::format("/v1/arenas?limit={}", options.limit.value_or(kLargest)));
  if (!listing_body.ok()) return listing_body.status();
  if (options.csv) return MachineText(*listing_body, "total", options);
  if (options.json) {
    return fmt::format("{{\"info\":{},\"arenas\":{}}}\n", *info_body,
                       *listing_body);
  }
  const auto info = ParseInfo(*info_body);
  if (!info.ok()) return info.status();
  const auto service = ParseService(*info_body);
  if (!service.ok()) return service.status();
  const auto listing = ParseListing(*listing_body);
  if (!listing.ok()) return listing.status();
  return RenderOverview(*info, *service, *listing, session.StyleFor(options));
}

}  // namespace

CommandTable OverviewCommands() {
  return {{
      .name = "overview",
      .summary = "the first screen: where a process's memory is",
      .details =
          R"(One process on one screen: a sum from what queries hold down to all that Acre
may have in memory, the largest arenas, and what wants attention. The sum is
shown in one unit and rounded so that its lines add up; --bytes is exact. This
is also what the console shows when no command is given.

Examples:
  acre_console overview
  acre_console overview --limit 20        more of the largest arenas
  acre_console overview --json | jq .arenas.total.charged
)",
      .flags = kDocumentFlags | Bit(Flag::kLimit),
      .handler = &Overview,
  }};
}

}  // namespace acre::console
