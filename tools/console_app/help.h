// The help texts, made from the tables of options.h. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_HELP_H_
#define ACRE_TOOLS_CONSOLE_APP_HELP_H_

#include <string>

#include "tools/console_app/options.h"

namespace acre::console {

// What to read after a mistake: two lines.
std::string ShortUsage();

// The whole program on one screen.
std::string GeneralHelp();

// One command: its flags, what its output means, examples.
std::string CommandHelp(Command command);

// What `help`, `help COMMAND`, `--help` and `COMMAND --help` print.
std::string HelpFor(const Options& options);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_HELP_H_
