// The console as one function: a command line in, text and an exit status out.

#ifndef ACRE_TOOLS_CONSOLE_APP_CONSOLE_H_
#define ACRE_TOOLS_CONSOLE_APP_CONSOLE_H_

#include <string>
#include <vector>

#include "tools/console_app/streams.h"

namespace acre::console {

inline constexpr int kExitOk = 0;
// Nobody there, the process ended, no such arena, not allowed; or `doctor`
// found something.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// `arguments` without the program's name. Results go to streams.out, errors to
// streams.err; the result is the exit status.
int RunConsole(const std::vector<std::string>& arguments,
               const Streams& streams);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_CONSOLE_H_
