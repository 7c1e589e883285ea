// How findings are written: numbers, lists of the largest, commands. Pure
// functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_ADVICE_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_ADVICE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/doctor/evidence.h"

namespace acre::console::doctor {

// Rows of a list, and arenas that commands are given for.
inline constexpr size_t kMostLines = 5;
inline constexpr size_t kMostCommands = 3;

std::string Bytes(uint64_t bytes);
std::string Seconds(double seconds);

inline bool IsShare(uint64_t part, double share, uint64_t whole) {
  return static_cast<double>(part) >= share * static_cast<double>(whole);
}

inline uint64_t Beyond(uint64_t more, uint64_t less) {
  return more > less ? more - less : 0;
}

// As one word of a shell's command line.
std::string ShellWord(std::string_view text);

// acre_console VERB ARENA ARGUMENTS --pid N. `arguments` are words of the shell
// already.
std::string ArenaCommand(const Evidence& evidence, std::string_view verb,
                         std::string_view arena,
                         std::string_view arguments = "");
// acre_console COMMAND --pid N.
std::string ConsoleCommand(const Evidence& evidence, std::string_view command);

// At most kMostLines of the lines, and how many there are besides.
std::vector<std::string> FirstLines(std::vector<std::string> lines,
                                    std::string_view what);

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_ADVICE_H_
