// All statistics at once, for people and for other programs.

#include <fmt/format.h>

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/session.h"

namespace acre::console {
namespace {

absl::StatusOr<std::string> Stats(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  auto body = (*client)->Get("/v1/stats?format=" + (options.format.empty()
                                                        ? std::string("text")
                                                        : options.format));
  if (!body.ok()) return body.status();
  if (!body->ends_with('\n')) *body += "\n";
  return body;
}

}  // namespace

CommandTable StatsCommands() {
  return {{
      .name = "stats",
      .summary = "all statistics, as text or for other programs",
      .details =
          R"(What the process writes of itself:

  text         in the manner of jemalloc's malloc_stats_print
  json         in the layout of jemalloc's JSON, for tools that read that
  acre         all of Acre's own figures, in a layout with a version
  openmetrics  for Prometheus and the like

Examples:
  acre_console stats
  acre_console stats --format acre | jq .
  acre_console stats --format openmetrics | grep refusals
)",
      .flags = kAttachFlags | Bit(Flag::kFormat),
      .handler = &Stats,
  }};
}

}  // namespace acre::console
