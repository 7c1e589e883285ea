#include "allocator/arena/refusal.h"

namespace acre::allocator {

void AppendRefusal(TextSink& text, const RefusalReport& report) {
  text.Append("arena \"").Append(report.arena_name).Append("\": ");
  if (report.failure == PageFailure::kOutOfMemory) {
    text.Append("out of memory");
  } else {
    text.Append(report.failure == PageFailure::kServiceLimit
                    ? "service hard limit "
                    : "hard limit ");
    text.AppendBytes(report.limit_bytes).Append(", charged ");
    text.AppendBytes(report.charged_bytes);
  }
  text.Append(", asked ").AppendBytes(report.asked_bytes);
  text.Append("; the arena holds ").AppendBytes(report.arena_charged_bytes);
  text.Append(": active ").AppendBytes(report.active_bytes);
  text.Append(", dirty ").AppendBytes(report.dirty_bytes);
  if (report.muzzy_bytes != 0) {
    text.Append(", muzzy ").AppendBytes(report.muzzy_bytes);
  }
  text.Append(", metadata ").AppendBytes(report.metadata_bytes);
  text.Append("\n");
}

}  // namespace acre::allocator
