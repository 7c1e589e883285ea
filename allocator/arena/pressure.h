// Memory pressure: a soft limit that was crossed, or a hard limit that is about
// to refuse. What an engine is told so that it can make room: which limit, what
// is held, what was wanted.

#ifndef ACRE_ALLOCATOR_ARENA_PRESSURE_H_
#define ACRE_ALLOCATOR_ARENA_PRESSURE_H_

#include <cstdint>

#include "allocator/base/text_buffer.h"

namespace acre::allocator {

enum class PressureLevel : uint8_t {
  kSoft,       // The arena came to hold more than its soft limit.
  kHard,       // What was wanted does not fit the arena's hard limit.
  kTotalSoft,  // All arenas together came to hold more than the service's soft
               // limit.
  kTotal,      // What was wanted does not fit the service's hard limit.
};

struct PressureReport {
  const char* arena_name = "";  // The arena that charged.
  uint32_t arena_index = 0;
  uint32_t arena_generation = 0;
  PressureLevel level = PressureLevel::kSoft;
  uint64_t limit_bytes = 0;
  // Against that limit; of the service, with what is reserved and not used.
  uint64_t charged_bytes = 0;
  uint64_t wanted_bytes = 0;
};

// Called outside all locks on the thread that charged. The report and what it
// points to are valid during the call.
using PressureHandler = void (*)(void* context, const PressureReport& report);

// One line: arena, limit, charged, wanted.
void AppendPressure(TextSink& text, const PressureReport& report);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_PRESSURE_H_
