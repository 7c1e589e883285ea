// An allocation that was denied: which limit, what was asked, what holds the
// memory.

#ifndef ACRE_ALLOCATOR_ARENA_REFUSAL_H_
#define ACRE_ALLOCATOR_ARENA_REFUSAL_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/text_buffer.h"
#include "allocator/page/quota.h"

namespace acre::allocator {

struct RefusalReport {
  const char* arena_name = "";
  uint32_t arena_index = 0;
  PageFailure failure = PageFailure::kNone;
  size_t asked_bytes = 0;
  uint64_t limit_bytes = 0;          // Of the limit that refused.
  uint64_t charged_bytes = 0;        // Against that limit.
  uint64_t arena_charged_bytes = 0;  // The arena's own, and its parts:
  uint64_t active_bytes = 0;
  uint64_t dirty_bytes = 0;
  uint64_t muzzy_bytes = 0;
  uint64_t metadata_bytes = 0;
};

// Called outside all locks on the thread whose allocation was refused, before
// null is returned. It may free, purge, or raise the limit for the next try,
// but the refused call is not tried again.
using RefusalHandler = void (*)(void* context, const RefusalReport& report);

// One line: arena, limit, charged, asked, and what holds the memory.
void AppendRefusal(TextSink& text, const RefusalReport& report);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_REFUSAL_H_
