// Runs one command of the console against a process.

#ifndef ACRE_TOOLS_CONSOLE_APP_COMMANDS_H_
#define ACRE_TOOLS_CONSOLE_APP_COMMANDS_H_

#include "absl/status/status.h"
#include "tools/console_app/options.h"
#include "tools/console_app/streams.h"

namespace acre::console {

// Any command but help. The status says to the operator what went wrong, and
// with which process.
absl::Status RunCommand(const Options& options, const Streams& streams);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_COMMANDS_H_
