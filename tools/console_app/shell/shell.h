// `shell`: commands line by line.
//
// On a terminal a prompt with history, completion and "?"; elsewhere the lines
// of the input are run as they come.

#ifndef ACRE_TOOLS_CONSOLE_APP_SHELL_SHELL_H_
#define ACRE_TOOLS_CONSOLE_APP_SHELL_SHELL_H_

#include "absl/status/status.h"
#include "tools/console_app/command.h"
#include "tools/console_app/session.h"

namespace acre::console {

// Until the input ends or says `exit`. The status is that of attaching, or,
// where the input is no terminal, that of the last line that failed: then the
// rest is not run.
absl::Status RunShell(Session& session, const Options& options);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SHELL_SHELL_H_
