// Members of a JSON object that may not be there: each function gives nothing
// (0, false, "", null) when the member is absent or of another type. Pure
// functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_JSON_MEMBERS_H_
#define ACRE_TOOLS_CONSOLE_APP_JSON_MEMBERS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace acre::console {

// Null where there is none.
const nlohmann::json& Member(const nlohmann::json& object,
                             std::string_view key);

uint64_t Number(const nlohmann::json& object, std::string_view key);
double Real(const nlohmann::json& object, std::string_view key);
bool Truth(const nlohmann::json& object, std::string_view key);
std::string Text(const nlohmann::json& object, std::string_view key);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_JSON_MEMBERS_H_
