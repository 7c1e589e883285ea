// Reads a command line against a table of commands (command.h). Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_
#define ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/console_app/command.h"

namespace acre::console {

// The command that is run when none is named.
inline constexpr std::string_view kDefaultCommand = "overview";

// By its name or its alias; null when there is none.
const CommandSpec* FindCommand(const CommandTable& table,
                               std::string_view name);

// Whether commands begin with this word and go on.
bool IsNoun(const CommandTable& table, std::string_view word);

// nullptr when there is none. "-h" is --help.
const FlagSpec* FindFlag(std::string_view name);

// The words of a blank-separated list of choices.
std::vector<std::string_view> Choices(std::string_view choices);

// `arguments` without the program's name. InvalidArgument, with a message for
// the operator, when they make no sense.
absl::StatusOr<Options> ParseOptions(const CommandTable& table,
                                     const std::vector<std::string>& arguments);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_
