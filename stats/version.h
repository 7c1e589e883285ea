// The version of Acre that a process tells those who ask.

#ifndef ACRE_STATS_VERSION_H_
#define ACRE_STATS_VERSION_H_

#include <string_view>

namespace acre::stats {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace acre::stats

#endif  // ACRE_STATS_VERSION_H_
