#include "tools/console_app/units.h"

#include <ctype.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace acre::console {
namespace {

std::string GroupByThousands(uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (size_t end = digits.size(); end > 3;) {
    end -= 3;
    digits.insert(end, ",");
  }
  return digits;
}

}  // namespace

std::string FormatBytes(uint64_t bytes, ByteStyle style) {
  if (style == ByteStyle::kExact) return fmt::format("{}", bytes);
  constexpr std::array<std::string_view, 7> kUnits = {
      "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  // 1023.95 would be shown as 1024.0: that is 1.0 of the next unit.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  if (text == "none") return 0;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [number_end, error] =
      std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || !(value >= 0)) return std::nullopt;
  std::string unit(number_end, end);
  std::erase(unit, ' ');
  for (char& c : unit) c = static_cast<char>(tolower(c));
  // Kilobytes of 1000 bytes are not meant by anybody here.
  if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
  if (unit.ends_with('b')) unit.pop_back();
  constexpr std::string_view kUnits = "kmgtpe";
  double factor = 1;
  if (!unit.empty()) {
    const size_t at = kUnits.find(unit);
    if (unit.size() != 1 || at == std::string_view::npos) return std::nullopt;
    factor = std::ldexp(1.0, 10 * (static_cast<int>(at) + 1));
  } else {
    // Exact beyond what a double holds.
    uint64_t whole = 0;
    const auto [whole_end, whole_error] =
        std::from_chars(text.data(), number_end, whole);
    if (whole_end == number_end) {
      if (whole_error != std::errc()) return std::nullopt;
      return whole;
    }
  }
  const double bytes = std::round(value * factor);
  if (bytes >= 0x1p64) return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

std::string FormatByteChange(int64_t bytes, ByteStyle style) {
  if (bytes == 0) return FormatBytes(0, style);
  // Negating through unsigned is defined for the smallest number too.
  const uint64_t size =
      bytes < 0 ? -static_cast<uint64_t>(bytes) : static_cast<uint64_t>(bytes);
  return (bytes < 0 ? "-" : "+") + FormatBytes(size, style);
}

std::string FormatCount(uint64_t count, ByteStyle style) {
  return style == ByteStyle::kExact ? fmt::format("{}", count)
                                    : GroupByThousands(count);
}

std::string CountOf(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", GroupByThousands(count), what,
                     count == 1 ? "" : "s");
}

std::string FormatRate(double per_second) {
  if (per_second <= 0) return "0";
  if (per_second < 9.995) return fmt::format("{:.2f}", per_second);
  if (per_second < 99.95) return fmt::format("{:.1f}", per_second);
  return GroupByThousands(static_cast<uint64_t>(std::llround(per_second)));
}

std::string FormatUptime(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds < 0 ? 0 : seconds);
  const uint64_t minutes = whole / 60;
  const uint64_t hours = minutes / 60;
  const uint64_t days = hours / 24;
  if (days > 0) return fmt::format("{} d {} h", days, hours % 24);
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{} min {} s", minutes, whole % 60);
  return fmt::format("{} s", whole);
}

std::string FormatCost(double microseconds) {
  if (microseconds < 999.5) return fmt::format("{:.0f} us", microseconds);
  if (microseconds < 999'950) {
    return fmt::format("{:.1f} ms", microseconds / 1000);
  }
  return fmt::format("{:.1f} s", microseconds / 1'000'000);
}

std::string FormatShare(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  if (part == 0) return "0%";
  const double percent =
      100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.5) return "<1%";
  if (part < whole && percent >= 99.5) return ">99%";
  return fmt::format("{:.0f}%", percent);
}

}  // namespace acre::console
