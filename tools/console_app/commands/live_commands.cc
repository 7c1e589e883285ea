// What stays until the operator leaves it: `top`, `shell`.

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/session.h"
#include "tools/console_app/shell/shell.h"
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

constexpr std::string_view kShellDetails =
    R"(A prompt on one process; the first screen comes first. Tab completes commands,
flags, arenas (of many, those that hold most) and control names; ? says what may
follow; lines are kept in $XDG_STATE_HOME/acre/history, or below
~/.local/state. Words with blanks stand in quotes. Ctrl-C empties the line or
gives up what a command waits for; Ctrl-D or `exit` leaves.

When the input is no terminal its lines are run one after the other, up to the
first that fails; lines that begin with # are passed over.

Examples:
  acre_console                            on a terminal, the same
  acre_console shell --pid 4242
  acre_console shell < commands.txt
)";

absl::StatusOr<std::string> Shell(Session& session, const Options& options) {
  absl::Status status = RunShell(session, options);
  if (!status.ok()) return status;
  return std::string();
}

}  // namespace

CommandTable LiveCommands() {
  return {
      {.name = "top",
       .summary = "live view, largest first, with rates",
       .details = kTopDetails,
       .kind = CommandKind::kAction,
       .flags = kAttachFlags | Bits(Flag::kJson, Flag::kBytes, Flag::kLimit,
                                    Flag::kInterval, Flag::kCount),
       .handler = &Top},
      {.name = "shell",
       .summary = "a prompt that completes and explains",
       .details = kShellDetails,
       .kind = CommandKind::kAction,
       .flags = kAttachFlags,
       .handler = &Shell},
  };
}

}  // namespace acre::console
