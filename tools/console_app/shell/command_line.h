// A line typed at the prompt, as words. Pure functions.
//
// Blanks separate words; "..." and '...' hold them together, and a backslash
// takes the next character as it is (not within '...'), as in a shell. Nothing
// else has a meaning: no variables, no globs.

#ifndef ACRE_TOOLS_CONSOLE_APP_SHELL_COMMAND_LINE_H_
#define ACRE_TOOLS_CONSOLE_APP_SHELL_COMMAND_LINE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace acre::console {

// What stands before the cursor.
struct PartialLine {
  std::vector<std::string> words;  // complete ones
  std::string last;                // the one at the cursor, may be empty
  size_t last_start = 0;           // byte where it begins, quotes included
  bool open_quote = false;         // the cursor is within quotes
};

PartialLine SplitPartial(std::string_view line);

// InvalidArgument when a quote is not closed.
absl::StatusOr<std::vector<std::string>> SplitLine(std::string_view line);

// The word as it is typed so that it stays one.
std::string QuoteWord(std::string_view word);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SHELL_COMMAND_LINE_H_
