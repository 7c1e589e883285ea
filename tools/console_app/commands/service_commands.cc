// What a process has one of: its governor, its providers of memory.

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/document.h"
#include "tools/console_app/service_reports.h"

namespace acre::console {
namespace {

absl::StatusOr<std::string> Governor(Session& session, const Options& options) {
  return ShowDocument(session, options, "/v1/info", "governor", &ParseService,
                      &RenderGovernor);
}

absl::StatusOr<std::string> Hooks(Session& session, const Options& options) {
  return ShowDocument(session, options, "/v1/info", "providers", &ParseService,
                      &RenderHooks);
}

}  // namespace

CommandTable ServiceCommands() {
  return {
      {.name = "governor",
       .summary = "what gives unused memory back by itself",
       .details =
           R"(The governor visits arenas that have unused pages when those are due (decay),
and gives memory back early when the container or the machine runs short, if the
process asked for that. One thread of the process does it; before there is
anything to do, or where the engine does the work itself (MemoryService::Tick),
there is none.

Examples:
  acre_console governor
  acre_console governor --json | jq .governor.visits
)",
       .flags = kDocumentFlags,
       .handler = &Governor},
      {.name = "hooks",
       .summary = "where arenas' memory comes from",
       .details =
           R"(The providers of memory (extent hooks) that arenas use now: what each of them
granted, the part that no arena holds (FREE), the part that never leaves memory
(PINNED), in how many grants, and which of its hooks were called. A failure is a
call that was refused; what hooks did wrong is counted beneath.

Examples:
  acre_console hooks
  acre_console hooks --json | jq '.providers[] | select(.failures > 0)'
)",
       .flags = kDocumentFlags,
       .handler = &Hooks},
  };
}

}  // namespace acre::console
