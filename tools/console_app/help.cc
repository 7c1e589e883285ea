#include "tools/console_app/help.h"

#include <fmt/format.h>

#include "tools/console_app/options.h"

namespace acre::console {
namespace {

std::string FlagForm(const FlagSpec& flag) {
  if (flag.argument.empty()) return std::string(flag.name);
  return fmt::format("{} {}", flag.name, flag.argument);
}

std::string FlagLine(const FlagSpec& flag) {
  return fmt::format("  {:<20} {}\n", FlagForm(flag), flag.summary);
}

std::string CommandLine(const CommandSpec& spec) {
  const std::string form = CommandForm(spec);
  // A long form has a line of its own.
  return form.size() > 28
             ? fmt::format("  {}\n  {:<28} {}\n", form, "", spec.summary)
             : fmt::format("  {:<28} {}\n", form, spec.summary);
}

constexpr std::string_view kIntroduction =
    R"(acre_console looks into a running process that uses Acre.

Usage: acre_console [COMMAND] [FLAGS]

Without a command: on a terminal, a prompt that completes commands and names
(`shell`); elsewhere the first screen (`overview`).

Commands:
)";

constexpr std::string_view kAttaching = R"(
Which process: the only one that runs, or the one that --pid or --socket names.
A process can be attached to once it has started its admin server
(engine_adapter/admin/admin_server.h), by its own user and by root. Looking
never stops it; changing something needs --yes here and a process that allows
it (AdminOptions::allow_writes).

Examples:
  acre_console ps                         who is there
  acre_console overview                   where the memory of a process is
  acre_console arena list                 who holds how much
  acre_console arena show tenant-7        everything about one tenant
  acre_console top --interval 1           live
  acre_console arena list --json | jq .total
  curl --unix-socket /tmp/acre-1000/4242.sock http://acre/v1/arenas

Exit status: 0 it worked; 1 nobody there, the process ended, no such arena, not
allowed; 2 the command line made no sense. "acre_console help COMMAND" says
what a command's output means. NO_COLOR in the environment turns colour off.
)";

}  // namespace

std::string CommandForm(const CommandSpec& spec) {
  std::string form(spec.name);
  for (const ArgumentSpec& argument : spec.arguments) {
    form += argument.optional ? fmt::format(" [{}]", argument.form)
                              : fmt::format(" {}", argument.form);
  }
  return form;
}

std::string ShortUsage() {
  return "usage: acre_console [COMMAND] [FLAGS]\n"
         "\"acre_console help\" lists the commands, with examples.\n";
}

std::string GeneralHelp(const CommandTable& table) {
  std::string text(kIntroduction);
  for (const CommandSpec& spec : table) text += CommandLine(spec);
  text += "\nFlags, where a command has them:\n";
  for (const FlagSpec& flag : Flags()) text += FlagLine(flag);
  text += kAttaching;
  return text;
}

std::string NounHelp(const CommandTable& table, std::string_view noun) {
  std::string text;
  for (const CommandSpec& spec : table) {
    if (spec.noun() == noun) text += CommandLine(spec);
  }
  return fmt::format(
      "acre_console {} ...\n\n{}\n\"acre_console help {} VERB\" says more.\n",
      noun, text, noun);
}

std::string CommandHelp(const CommandSpec& spec) {
  const std::string form = CommandForm(spec);
  const bool one_line = form.size() + spec.summary.size() < 64;
  std::string text =
      fmt::format("acre_console {}:{}{}\n\n{}", form, one_line ? " " : "\n",
                  spec.summary, spec.details);
  if (!spec.alias.empty()) {
    text += fmt::format("\nAlso spelt: {}\n", spec.alias);
  }
  text += "\nFlags:\n";
  for (const FlagSpec& flag : Flags()) {
    if (((spec.flags | Bit(Flag::kHelp)) & Bit(flag.flag)) != 0) {
      text += FlagLine(flag);
    }
  }
  return text;
}

std::string HelpFor(const CommandTable& table, const Options& options) {
  if (options.command->kind == CommandKind::kHelp || options.implied) {
    const CommandSpec* topic = FindCommand(table, options.topic);
    // A noun that is also a command's other spelling is explained as a noun.
    if (IsNoun(table, options.topic)) return NounHelp(table, options.topic);
    return topic != nullptr ? CommandHelp(*topic) : GeneralHelp(table);
  }
  return CommandHelp(*options.command);
}

}  // namespace acre::console
