#include "allocator/arena/pressure.h"

#include <string_view>

namespace acre::allocator {
namespace {

std::string_view LimitText(PressureLevel level) {
  switch (level) {
    case PressureLevel::kSoft:
      return "soft limit";
    case PressureLevel::kHard:
      return "hard limit";
    case PressureLevel::kTotalSoft:
      return "service soft limit";
    case PressureLevel::kTotal:
      return "service hard limit";
  }
  return "unknown limit";
}

}  // namespace

void AppendPressure(TextSink& text, const PressureReport& report) {
  text.Append("arena \"").Append(report.arena_name).Append("\": ");
  text.Append(LimitText(report.level)).Append(" ");
  text.AppendBytes(report.limit_bytes);
  text.Append(", charged ").AppendBytes(report.charged_bytes);
  text.Append(", wanted ").AppendBytes(report.wanted_bytes);
  text.Append("\n");
}

}  // namespace acre::allocator
