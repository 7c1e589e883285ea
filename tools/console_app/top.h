// `top`: reads again and again, and shows what changed.

#ifndef ACRE_TOOLS_CONSOLE_APP_TOP_H_
#define ACRE_TOOLS_CONSOLE_APP_TOP_H_

#include "absl/status/status.h"
#include "tools/console_app/admin_client.h"
#include "tools/console_app/command.h"
#include "tools/console_app/streams.h"

namespace acre::console {

// Until the user ends it (OK), `options.count` frames are shown (OK), or the
// process cannot be read any more (its error; the terminal is restored first).
// On a terminal it redraws; elsewhere frames follow one another.
absl::Status RunTop(AdminClient& client, const Options& options,
                    const Streams& streams);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TOP_H_
