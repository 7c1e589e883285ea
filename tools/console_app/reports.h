// What the console prints for a command: a reading in, text out. Pure
// functions; each text ends with a newline.

#ifndef ACRE_TOOLS_CONSOLE_APP_REPORTS_H_
#define ACRE_TOOLS_CONSOLE_APP_REPORTS_H_

#include <string>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

// "demo (pid 4242, up 3 h 2 min): 5 arenas, read 2026-11-20T13:45:02Z in 38 us"
std::string RenderHeading(const ServerInfo& info, const ReadStamp& stamp);

std::string RenderArenas(const ServerInfo& info, const ArenaListing& listing,
                         const ReportStyle& style);

std::string RenderArena(const ServerInfo& info, const ArenaReading& reading,
                        const ReportStyle& style);

std::string RenderBins(const ServerInfo& info, const BinsReading& reading,
                       const ReportStyle& style);

std::string RenderPurge(const PurgeResult& result, const ReportStyle& style);

std::string RenderPurgePreview(const PurgePreview& preview,
                               const ReportStyle& style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_REPORTS_H_
