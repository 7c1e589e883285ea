// The processes that can be attached to.

#include <nlohmann/json.hpp>
#include <string>

#include "tools/console_app/commands/all_processes.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/document.h"

namespace acre::console {
namespace {

absl::StatusOr<std::string> Ps(Session& session, const Options& options) {
  const auto processes =
      AskAllProcesses(options.all ? Depth::kTotals : Depth::kInfo);
  if (!processes.ok()) return processes.status();
  const std::string json = ProcessesAsJson(*processes);
  if (options.csv) return MachineText(json, "processes", options);
  if (options.json) {
    if (options.all) return json + "\n";
    // Without a total there is nothing but the list.
    return nlohmann::ordered_json::parse(json)["processes"].dump() + "\n";
  }
  const ReportStyle style = session.StyleFor(options);
  return options.all ? RenderProcessTotals(*processes, style)
                     : RenderProcesses(*processes, style);
}

}  // namespace

CommandTable ProcessCommands() {
  return {{
      .name = "ps",
      .summary = "the processes that can be attached to",
      .details =
          R"(Lists the processes of this user (as root: of every user) that serve their
statistics. With --all, what each of them holds, and what all hold together; one
after the other, so the total is of no single moment.

Examples:
  acre_console ps
  acre_console ps --all
  acre_console ps --all --json | jq .total.charged
)",
      .flags = Bits(Flag::kJson, Flag::kCsv, Flag::kBytes, Flag::kAll),
      .handler = &Ps,
  }};
}

}  // namespace acre::console
