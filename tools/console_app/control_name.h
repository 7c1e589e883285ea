// Names on the control tree (stats/control/control_tree.h). Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_CONTROL_NAME_H_
#define ACRE_TOOLS_CONSOLE_APP_CONTROL_NAME_H_

#include <string>
#include <string_view>

namespace acre::console {

// arena."tenant-7".hard_limit: always in quotes, whatever the arena's name
// looks like.
std::string ArenaControl(std::string_view arena, std::string_view figure);

// Where the admin server has it.
std::string ControlTarget(std::string_view name);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_CONTROL_NAME_H_
