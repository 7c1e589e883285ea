// The help texts, made from the table of commands (command.h). Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_HELP_H_
#define ACRE_TOOLS_CONSOLE_APP_HELP_H_

#include <string>
#include <string_view>

#include "tools/console_app/command.h"

namespace acre::console {

// "arena limit NAME [BYTES]".
std::string CommandForm(const CommandSpec& spec);

// What to read after a mistake: two lines.
std::string ShortUsage();

// The whole program.
std::string GeneralHelp(const CommandTable& table);

// The commands of one noun.
std::string NounHelp(const CommandTable& table, std::string_view noun);

// One command: its flags, what its output means, examples.
std::string CommandHelp(const CommandSpec& spec);

// What `help`, `help COMMAND`, `--help` and `COMMAND --help` print.
std::string HelpFor(const CommandTable& table, const Options& options);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_HELP_H_
