// Numbers as people read them.
#ifndef ACRE_TOOLS_DEMO_APP_TEXT_FORMAT_H_
#define ACRE_TOOLS_DEMO_APP_TEXT_FORMAT_H_

#include <cstdint>
#include <string>

namespace acre::demo {

// 1234567 -> "1,234,567"
std::string Grouped(uint64_t number);

// "0", "512 B", "1.5 KiB", "16.0 MiB", "250 GiB": binary units.
std::string BytesText(uint64_t bytes);

// "8.2 us", "18 ms", "1.7 s": two digits at least.
std::string MicrosecondsText(double microseconds);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_TEXT_FORMAT_H_
