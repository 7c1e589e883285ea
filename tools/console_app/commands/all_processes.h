// Asks all processes that serve their statistics.

#ifndef ACRE_TOOLS_CONSOLE_APP_COMMANDS_ALL_PROCESSES_H_
#define ACRE_TOOLS_CONSOLE_APP_COMMANDS_ALL_PROCESSES_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/console_app/process_reports.h"

namespace acre::console {

enum class Depth {
  kInfo,    // what they say of themselves
  kTotals,  // and what they hold in all
  kArenas,  // and in each arena, the `limit` largest
};

// One that does not answer has a row that says so, after two seconds. NotFound
// when there is none at all, and says where it looked.
absl::StatusOr<std::vector<ProcessRow>> AskAllProcesses(
    Depth depth, std::optional<size_t> limit = std::nullopt);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_COMMANDS_ALL_PROCESSES_H_
