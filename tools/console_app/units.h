// Numbers as an operator reads them. Pure functions.
//
// Bytes are in binary units with one decimal (1 KiB is 1024 B), so that a
// right-aligned column lines up; what is exact is asked for with
// ByteStyle::kExact.

#ifndef ACRE_TOOLS_CONSOLE_APP_UNITS_H_
#define ACRE_TOOLS_CONSOLE_APP_UNITS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acre::console {

enum class ByteStyle {
  kHuman,  // 12.3 MiB
  kExact,  // 12897485
};

std::string FormatBytes(uint64_t bytes, ByteStyle style);

// "64MiB", "64M", "1.5g", "4096", "4096 B"; "none" is 0. Nothing when it is no
// number of bytes, or one of more than 64 bits.
std::optional<uint64_t> ParseBytes(std::string_view text);

// The change of a number of bytes, always with its sign unless it is zero.
std::string FormatByteChange(int64_t bytes, ByteStyle style);

// kHuman groups by thousands: 1,234,567. kExact: 1234567.
std::string FormatCount(uint64_t count, ByteStyle style);

// "1 arena", "1,234 arenas".
std::string CountOf(uint64_t count, std::string_view what);

// Events per second with what precision makes sense: 0, 0.25, 12.5, 1,234.
std::string FormatRate(double per_second);

// A length of time in its two largest units: "3 d 4 h", "12 min 5 s", "7 s".
std::string FormatUptime(double seconds);

// What something cost: "850 us", "12.3 ms", "1.2 s".
std::string FormatCost(double microseconds);

// A share of a whole: "98%"; "-" when there is no whole. Never rounded up to
// 100% nor down to 0%.
std::string FormatShare(uint64_t part, uint64_t whole);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_UNITS_H_
