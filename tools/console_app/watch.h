// `watch`: a command again and again.

#ifndef ACRE_TOOLS_CONSOLE_APP_WATCH_H_
#define ACRE_TOOLS_CONSOLE_APP_WATCH_H_

#include "absl/status/status.h"
#include "tools/console_app/command.h"
#include "tools/console_app/session.h"

namespace acre::console {

// Runs `options.watched` until the user ends it (OK), `options.count` frames
// are shown (OK), or it fails (its error; the terminal is restored first). On a
// terminal it redraws; elsewhere frames follow one another.
absl::Status RunWatch(Session& session, const Options& options);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_WATCH_H_
