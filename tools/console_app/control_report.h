// Values of the control tree as text. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_CONTROL_REPORT_H_
#define ACRE_TOOLS_CONSOLE_APP_CONTROL_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/rows_report.h"

namespace acre::console {

// "64.0 MiB", "2000 ms", "true", by the node's unit; "-" for none.
std::string ControlValueText(const nlohmann::json& value, std::string_view unit,
                             ByteStyle style);

// GET /v1/ctl/NAME: the value, when it was read and what that cost.
std::string RenderControl(const RowsReading& reading, const ReportStyle& style);

// What is known of it: type, mode, unit, help, value.
std::string RenderControlHelp(const RowsReading& reading,
                              const ReportStyle& style);

// What PUT and POST answer: "NAME: 64.0 MiB -> 128.0 MiB".
std::string RenderControlChange(const nlohmann::json& answer,
                                std::string_view unit,
                                const ReportStyle& style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_CONTROL_REPORT_H_
