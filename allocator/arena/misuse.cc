#include "allocator/arena/misuse.h"

namespace acre::allocator {

const char* MisuseRuleText(MisuseRule rule) {
  switch (rule) {
    case MisuseRule::kNotAcres:
      return "not an allocation of this service";
    case MisuseRule::kDoubleFree:
      return "double free";
    case MisuseRule::kInteriorPointer:
      return "pointer into an allocation, not to its start";
    case MisuseRule::kWrongSize:
      return "size differs from the allocation's";
    case MisuseRule::kUseDuringReset:
      return "arena used while it is reset or destroyed";
  }
  return "unknown";
}

void AppendMisuse(TextSink& text, const MisuseReport& report) {
  text.Append("acre: misuse: ").Append(MisuseRuleText(report.rule));
  text.Append(": address ");
  text.AppendHex(reinterpret_cast<uintptr_t>(report.address));
  if (report.arena_name[0] != '\0') {
    text.Append(", arena \"").Append(report.arena_name).Append("\"");
  } else {
    text.Append(", no arena");
  }
  if (report.class_size != 0) {
    text.Append(", size class ").AppendDecimal(report.class_size);
  }
  if (report.rule == MisuseRule::kWrongSize) {
    text.Append(", size given ").AppendDecimal(report.given_size);
  }
  text.Append("\n");
}

}  // namespace acre::allocator
