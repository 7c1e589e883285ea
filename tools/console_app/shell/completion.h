// What may stand at the cursor, and what it means. Pure but for the names that
// are asked for.

#ifndef ACRE_TOOLS_CONSOLE_APP_SHELL_COMPLETION_H_
#define ACRE_TOOLS_CONSOLE_APP_SHELL_COMPLETION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/command.h"

namespace acre::console {

// Where names come from that only the process knows. May answer with nothing,
// and must not take long.
class NameSource {
 public:
  virtual ~NameSource() = default;
  virtual std::vector<std::string> Arenas() = 0;
  // Names on the control tree that begin so.
  virtual std::vector<std::string> Controls(std::string_view prefix) = 0;
};

struct Candidate {
  std::string text;      // the whole word, unquoted
  std::string summary;   // may be empty
  bool complete = true;  // a blank may follow; not after a directory
};

struct Completion {
  size_t start = 0;  // byte of the line that the candidates begin at
  std::vector<Candidate> candidates;
  const CommandSpec* command = nullptr;  // that the line names, if it does
};

// `line` ends at the cursor. Candidates begin with the word at the cursor, in
// the order of the table, names in that of the alphabet.
Completion Complete(const CommandTable& table, std::string_view line,
                    NameSource& names);

// What the operator sees who asks "?" here: the command's form and flags, or
// what may follow.
std::string InlineHelp(const CommandTable& table, std::string_view line,
                       NameSource& names);

// The longest beginning that all candidates have, whole characters of UTF-8.
std::string CommonPrefix(const std::vector<Candidate>& candidates);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SHELL_COMPLETION_H_
