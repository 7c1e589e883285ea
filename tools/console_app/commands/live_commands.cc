// Views that stay: `top`.

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/session.h"
#include "tools/console_app/top.h"

namespace acre::console {
namespace {

constexpr std::string_view kTopDetails =
    R"(Redraws until q or Ctrl-C. Rates are per second since the frame before; an
arena that was not shown then has none yet. When the output is no terminal,
frames follow one another as plain text (or, with --json, one JSON document a
line).

Examples:
  acre_console top
  acre_console top --interval 0.5
  acre_console top --count 1 --limit 5    the five largest, once
  acre_console top --json --count 60 --interval 1 > minute.jsonl
)";

absl::StatusOr<std::string> Top(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  absl::Status status = RunTop(**client, options, session.streams());
  if (!status.ok()) return status;
  return std::string();
}

}  // namespace

CommandTable LiveCommands() {
  return {{
      .name = "top",
      .summary = "live view, largest first, with rates",
      .details = kTopDetails,
      .kind = CommandKind::kAction,
      .flags = kAttachFlags | Bits(Flag::kJson, Flag::kBytes, Flag::kLimit,
                                   Flag::kInterval, Flag::kCount),
      .handler = &Top,
  }};
}

}  // namespace acre::console
