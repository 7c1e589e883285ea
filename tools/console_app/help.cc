#include "tools/console_app/help.h"

#include <fmt/format.h>

#include <string_view>

namespace acre::console {
namespace {

std::string CommandForm(const CommandSpec& spec) {
  if (spec.argument.empty()) return std::string(spec.name);
  return fmt::format("{} {}", spec.name, spec.argument);
}

std::string FlagForm(const FlagSpec& flag) {
  if (flag.argument.empty()) return std::string(flag.name);
  return fmt::format("{} {}", flag.name, flag.argument);
}

std::string FlagLine(const FlagSpec& flag) {
  return fmt::format("  {:<20} {}\n", FlagForm(flag), flag.summary);
}

constexpr std::string_view kIntroduction =
    R"(acre_console looks into a running process that uses Acre.

Usage: acre_console COMMAND [FLAGS]

Commands:
)";

constexpr std::string_view kAttaching = R"(
Which process: the only one that runs, or the one that --pid or --socket names.
A process can be attached to once it has started its admin server
(engine_adapter/admin/admin_server.h), by its own user and by root. Looking
never stops it.

Examples:
  acre_console ps                         who is there
  acre_console arenas                     who holds how much
  acre_console arena tenant-7             everything about one tenant
  acre_console top --interval 1           live
  acre_console arenas --json | jq .total  for programs
  curl --unix-socket /tmp/acre-1000/4242.sock http://acre/v1/arenas

Exit status: 0 it worked; 1 nobody there, the process ended, no such arena, not
allowed; 2 the command line made no sense. "acre_console help COMMAND" says
what a command's output means.
)";

}  // namespace

std::string ShortUsage() {
  return "usage: acre_console ps | arenas | arena NAME | bins NAME | top |\n"
         "                    governor | hooks | purge NAME --yes |\n"
         "                    help [COMMAND]\n"
         "\"acre_console help\" explains, with examples.\n";
}

std::string GeneralHelp() {
  std::string text(kIntroduction);
  for (const CommandSpec& spec : Commands()) {
    text += fmt::format("  {:<20} {}\n", CommandForm(spec), spec.summary);
  }
  text += "\nFlags:\n";
  for (const FlagSpec& flag : Flags()) text += FlagLine(flag);
  text += kAttaching;
  return text;
}

std::string CommandHelp(Command command) {
  for (const CommandSpec& spec : Commands()) {
    if (spec.command != command) continue;
    std::string text =
        fmt::format("acre_console {}: {}\n\n{}\nFlags:\n", CommandForm(spec),
                    spec.summary, spec.details);
    for (const FlagSpec& flag : Flags()) {
      if ((flag.commands & Bit(command)) != 0) text += FlagLine(flag);
    }
    return text;
  }
  return GeneralHelp();
}

std::string HelpFor(const Options& options) {
  if (options.command != Command::kHelp) return CommandHelp(options.command);
  for (const CommandSpec& spec : Commands()) {
    if (spec.name == options.argument) return CommandHelp(spec.command);
  }
  return GeneralHelp();
}

}  // namespace acre::console
