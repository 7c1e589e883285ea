// Where a run of the console reads and writes: the process's standard streams,
// or a test's.

#ifndef ACRE_TOOLS_CONSOLE_APP_STREAMS_H_
#define ACRE_TOOLS_CONSOLE_APP_STREAMS_H_

#include <unistd.h>

#include <string_view>

namespace acre::console {

struct Streams {
  int in = STDIN_FILENO;
  int out = STDOUT_FILENO;
  int err = STDERR_FILENO;
};

// All of it, or as much as the reader takes before it goes away.
void Print(int fd, std::string_view text);

// Whether text for `fd` may carry the terminal's codes: it is a terminal that
// knows them, and the environment does not ask for none (NO_COLOR).
bool WantsColour(int fd);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_STREAMS_H_
