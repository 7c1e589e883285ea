// The version of Acre that a process tells its console.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_VERSION_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_VERSION_H_

#include <string_view>

namespace acre::admin {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_VERSION_H_
