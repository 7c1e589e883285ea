// The demo from its first line to its last.
//
// Reads the packages, starts a service with its admin socket, creates the
// tenants, lets the workers query them, and accounts for every byte before and
// after the tenants are destroyed.
#ifndef ACRE_TOOLS_DEMO_APP_DEMO_H_
#define ACRE_TOOLS_DEMO_APP_DEMO_H_

#include <atomic>

#include "tools/demo_app/options.h"

namespace acre::demo {

// Exit statuses of the program.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;   // a promise of the demo did not hold
inline constexpr int kBadInput = 2;  // an option or the data file

// Prints to standard output, errors to standard error; returns the exit
// status. Ends early and cleanly once `stop` is set. Call once per process,
// before anything else uses SQLite.
int RunDemo(const Options& options, const std::atomic<bool>& stop);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_DEMO_H_
