// What the kernel says: `kernel`, `hugepages`.

#include <fmt/format.h>

#include "engine_adapter/admin/percent_coding.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/document.h"
#include "tools/console_app/kernel_report.h"

namespace acre::console {
namespace {

absl::StatusOr<std::string> Kernel(Session& session, const Options& options) {
  return ShowDocument(session, options, "/v1/kernel?limit=1", "process",
                      &ParseRows, &RenderKernel);
}

absl::StatusOr<std::string> Hugepages(Session& session,
                                      const Options& options) {
  std::string target = "/v1/kernel";
  if (!options.arguments.empty()) {
    target += "?arena=" + admin::PercentEncode(options.arguments[0]);
  } else if (options.limit) {
    target += fmt::format("?limit={}", *options.limit);
  }
  return ShowDocument(session, options, target, "arenas", &ParseRows,
                      &RenderHugepages);
}

}  // namespace

CommandTable KernelCommands() {
  return {
      {.name = "kernel",
       .summary = "what the kernel says beside what Acre says",
       .details =
           R"(Measures what is really in memory, from the page tables, and explains how it
comes from what Acre accounts for, and how the process's resident memory (RSS)
comes from that. Acre counts a page from when it is handed out; the kernel, from
when it is first touched. Measuring walks page tables: its cost grows with the
memory and is shown.

Examples:
  acre_console kernel
  acre_console kernel --json | jq .process.resident
)",
       .flags = kDocumentFlags,
       .handler = &Kernel},
      {.name = "hugepages",
       .arguments = {{"NAME", ArgumentKind::kArena, true}},
       .summary = "what is in memory, and in hugepages, by arena",
       .details =
           R"(The arenas that hold most, or one, measured from the page tables. COVERED is
the part of what is in memory that lies in hugepages. LAZILY FREED is in memory
until the system takes it.

Examples:
  acre_console hugepages
  acre_console hugepages tenant-7
  acre_console hugepages --limit 50 --csv
)",
       .flags = kDocumentFlags | Bit(Flag::kLimit),
       .handler = &Hugepages},
  };
}

}  // namespace acre::console
