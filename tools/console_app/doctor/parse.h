// The documents that only the doctor reads. Rows and figures that are not
// there, or are of another type, are left out or zero. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_PARSE_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_PARSE_H_

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "stats/fields.h"
#include "tools/console_app/doctor/evidence.h"

namespace acre::console::doctor {

#define ACRE_ROW(name, unit, combine, help) #name,
inline constexpr std::string_view kMetadataKinds[] = {
    ACRE_METADATA_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

std::vector<LockRow> ParseLocks(const nlohmann::json& document);
void ParseTcaches(const nlohmann::json& document, Evidence* evidence);
KernelReading ParseKernel(const nlohmann::json& document);

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_PARSE_H_
