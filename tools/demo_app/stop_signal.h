// SIGINT and SIGTERM as a flag that the demo looks at.
#ifndef ACRE_TOOLS_DEMO_APP_STOP_SIGNAL_H_
#define ACRE_TOOLS_DEMO_APP_STOP_SIGNAL_H_

#include <atomic>

namespace acre::demo {

// From now on the two signals set the flag instead of ending the process; a
// second one ends it. Call once, before other threads start.
const std::atomic<bool>& InstallStopSignals();

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_STOP_SIGNAL_H_
