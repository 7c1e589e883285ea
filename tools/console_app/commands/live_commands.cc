// What stays until the operator leaves it: `top`, `watch`, `shell`.

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/session.h"
#include "tools/console_app/shell/shell.h"
#include "tools/console_app/top.h"
#include "tools/console_app/watch.h"

namespace acre::console {
namespace {

constexpr std::string_view kTopDetails =
    R"(Redraws until q or Ctrl-C; c, g, r, f, l and p order the arenas by what they
hold, its growth, refusals, fills, flushes and what was purged (of more than
10,000 arenas, those that hold most). Rates are per second since the frame
before; an arena that was not shown then has none yet. When the output is no
terminal, frames follow one another as plain text (or, with --json, one JSON
document a line).

Examples:
  acre_console top
  acre_console top --interval 0.5
  acre_console top --sort refusals
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

constexpr std::string_view kWatchDetails =
    R"(Runs a command that shows something every so often; without one, the first
screen. Flags of the command are given as usual. On a terminal it redraws until
q or Ctrl-C; elsewhere what it shows follows one another.

Examples:
  acre_console watch
  acre_console watch bins tenant-7 --interval 1
  acre_console watch governor --json --count 60 > minute.jsonl
)";

absl::StatusOr<std::string> Watch(Session& session, const Options& options) {
  absl::Status status = RunWatch(session, options);
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
                                    Flag::kSort, Flag::kInterval, Flag::kCount),
       .handler = &Top},
      {.name = "watch",
       .arguments = {{"COMMAND", ArgumentKind::kCommand, true}},
       .summary = "another command again and again",
       .details = kWatchDetails,
       .kind = CommandKind::kWatch,
       .flags = kAttachFlags | Bits(Flag::kInterval, Flag::kCount),
       .handler = &Watch},
      {.name = "shell",
       .summary = "a prompt that completes and explains",
       .details = kShellDetails,
       .kind = CommandKind::kAction,
       .flags = kAttachFlags,
       .handler = &Shell},
  };
}

}  // namespace acre::console
