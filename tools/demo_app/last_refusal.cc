#include "tools/demo_app/last_refusal.h"

#include "allocator/arena/refusal.h"
#include "allocator/base/text_buffer.h"

namespace acre::demo {

void LastRefusal::Note(void* last_refusal, const RefusalReport& report) {
  auto* self = static_cast<LastRefusal*>(last_refusal);
  const std::unique_lock<std::mutex> lock(self->mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  allocator::TextSink sink(self->text_.data(), self->text_.size());
  allocator::AppendRefusal(sink, report);
}

std::string LastRefusal::text() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text(text_.data());
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace acre::demo
