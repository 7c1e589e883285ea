// All commands of the console, in the order of the help.

#ifndef ACRE_TOOLS_CONSOLE_APP_COMMANDS_COMMAND_TABLE_H_
#define ACRE_TOOLS_CONSOLE_APP_COMMANDS_COMMAND_TABLE_H_

#include "tools/console_app/command.h"

namespace acre::console {

// The same object on every call; safe from any thread.
const CommandTable& AllCommands();

// The rows of one file each.
CommandTable OverviewCommands();
CommandTable DoctorCommands();
CommandTable ArenaCommands();
CommandTable ArenaControlCommands();
CommandTable DetailCommands();
CommandTable QueryCommands();
CommandTable KernelCommands();
CommandTable ServiceCommands();
CommandTable ControlCommands();
CommandTable StatsCommands();
CommandTable SnapshotCommands();
CommandTable LiveCommands();
CommandTable ProcessCommands();

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_COMMANDS_COMMAND_TABLE_H_
