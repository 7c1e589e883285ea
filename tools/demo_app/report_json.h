// The demo's report as one JSON document.
//
// An object for every tenant, for the system arena and for the total of all
// arenas has the figures of stats/fields.h under their names there; bytes are
// integers. Pure functions.
#ifndef ACRE_TOOLS_DEMO_APP_REPORT_JSON_H_
#define ACRE_TOOLS_DEMO_APP_REPORT_JSON_H_

#include <string>

#include "tools/demo_app/report.h"

namespace acre::demo {

// Without a final line feed.
std::string RenderJson(const Report& report, const Remains& remains);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_REPORT_JSON_H_
