#include "tools/console_app/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

#include "absl/status/status.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/help.h"
#include "tools/console_app/options.h"
#include "tools/console_app/session.h"

namespace acre::console {
namespace {

void PrintError(const Streams& streams, absl::string_view message) {
  Print(streams.err,
        fmt::format("acre_console: {}\n",
                    std::string_view(message.data(), message.size())));
}

// Without a command, on a terminal, and nothing said about how to show it.
bool WantsShell(const Options& options, const Streams& streams) {
  return options.implied && !options.wants_help && !options.json &&
         !options.csv && !options.limit && isatty(streams.in) == 1 &&
         isatty(streams.out) == 1;
}

}  // namespace

int RunConsole(const std::vector<std::string>& arguments,
               const Streams& streams) {
  auto options = ParseOptions(AllCommands(), arguments);
  if (!options.ok()) {
    PrintError(streams, options.status().message());
    Print(streams.err, ShortUsage());
    return kExitUsage;
  }
  if (WantsShell(*options, streams)) {
    options->command = FindCommand(AllCommands(), "shell");
  }
  Session session(AllCommands(), streams);
  const absl::Status status = RunCommand(session, *options);
  if (status.ok()) return session.exit_status();
  PrintError(streams, status.message());
  return kExitFailed;
}

}  // namespace acre::console
