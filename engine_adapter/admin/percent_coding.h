// Percent-encoding of URLs. Pure functions.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_PERCENT_CODING_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_PERCENT_CODING_H_

#include <optional>
#include <string>
#include <string_view>

namespace acre::admin {

// "%41" -> "A". Nothing when a % is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view text);

// Encodes everything but letters, digits and "-._~".
std::string PercentEncode(std::string_view text);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_PERCENT_CODING_H_
