#include "tools/demo_app/text_format.h"

#include <cstddef>
#include <iterator>

#include "fmt/format.h"

namespace acre::demo {
namespace {

// One digit behind the point where it says something.
std::string Short(double number, const char* unit) {
  return number < 9.95 ? fmt::format("{:.1f} {}", number, unit)
                       : fmt::format("{:.0f} {}", number, unit);
}

}  // namespace

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string BytesText(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB",
                                           "TiB", "PiB", "EiB"};
  if (bytes == 0) return "0";
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto number = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (number >= 1023.5 && unit + 1 < std::size(kUnits)) {
    number /= 1024;
    ++unit;
  }
  return number < 99.95 ? fmt::format("{:.1f} {}", number, kUnits[unit])
                        : fmt::format("{:.0f} {}", number, kUnits[unit]);
}

std::string MicrosecondsText(double microseconds) {
  if (microseconds < 999.5) return Short(microseconds, "us");
  if (microseconds < 999.5e3) return Short(microseconds / 1e3, "ms");
  return Short(microseconds / 1e6, "s");
}

}  // namespace acre::demo
