// The kernel's view of a process beside Acre's, the difference explained. Pure
// functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_KERNEL_REPORT_H_
#define ACRE_TOOLS_CONSOLE_APP_KERNEL_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"
#include "tools/console_app/rows_report.h"

namespace acre::console {

// GET /v1/kernel: from what Acre accounts for to what the process has in
// memory, in lines that add up.
std::string RenderKernel(const ServerInfo& info, const RowsReading& reading,
                         const ReportStyle& style);

// The same document: what of each arena is in memory, and in hugepages.
std::string RenderHugepages(const ServerInfo& info, const RowsReading& reading,
                            const ReportStyle& style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_KERNEL_REPORT_H_
