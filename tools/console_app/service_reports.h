// What the console prints of a service as a whole: the governor, and the
// providers of memory. Pure functions; each text ends with a newline.

#ifndef ACRE_TOOLS_CONSOLE_APP_SERVICE_REPORTS_H_
#define ACRE_TOOLS_CONSOLE_APP_SERVICE_REPORTS_H_

#include <string>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

std::string RenderGovernor(const ServerInfo& info,
                           const ServiceReading& reading,
                           const ReportStyle& style);

// The providers, what was called of each, and what hooks did wrong.
std::string RenderHooks(const ServerInfo& info, const ServiceReading& reading,
                        const ReportStyle& style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SERVICE_REPORTS_H_
