// Several processes on one screen. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_PROCESS_REPORTS_H_
#define ACRE_TOOLS_CONSOLE_APP_PROCESS_REPORTS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/process_discovery.h"
#include "tools/console_app/reading.h"

namespace acre::console {

// A process that answers, or why one that listens does not.
struct ProcessRow {
  FoundServer server;
  std::optional<ServerInfo> info;
  std::string error;
  std::optional<ArenaListing> listing;  // where figures were asked for
};

// Who is there.
std::string RenderProcesses(const std::vector<ProcessRow>& processes,
                            const ReportStyle& style);

// What each of them holds, most first, and the total.
std::string RenderProcessTotals(const std::vector<ProcessRow>& processes,
                                const ReportStyle& style);

// The arenas of all of them, largest first, and the total. `limit`: most rows.
std::string RenderAllArenas(const std::vector<ProcessRow>& processes,
                            std::optional<size_t> limit,
                            const ReportStyle& style);

// {"processes":[{"pid",...}]}; with figures, where they were asked for, and
// their "total".
std::string ProcessesAsJson(const std::vector<ProcessRow>& processes);

// {"arenas":[{"pid",...}],"total":{...}}, one object an arena.
std::string AllArenasAsJson(const std::vector<ProcessRow>& processes,
                            std::optional<size_t> limit);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_PROCESS_REPORTS_H_
