#include "tools/console_app/units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

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
