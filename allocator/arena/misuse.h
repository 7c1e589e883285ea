// Wrong use of memory that Acre detected: what is reported, and what follows.

#ifndef ACRE_ALLOCATOR_ARENA_MISUSE_H_
#define ACRE_ALLOCATOR_ARENA_MISUSE_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/text_buffer.h"

namespace acre::allocator {

enum class MisuseRule : uint8_t {
  kNotAcres,         // The address was never handed out, or is not any more.
  kDoubleFree,       // The region or extent is free already.
  kInteriorPointer,  // The address lies inside an allocation.
  kWrongSize,        // The size given does not have the allocation's class.
  kUseDuringReset,   // An operation on an arena that is being reset.
};

// The rule as an operator reads it.
const char* MisuseRuleText(MisuseRule rule);

struct MisuseReport {
  MisuseRule rule = MisuseRule::kNotAcres;
  const void* address = nullptr;
  // Empty when the address belongs to no arena. Not terminated by the length.
  const char* arena_name = "";
  // Bytes of the allocation's size class; 0 when not known.
  size_t class_size = 0;
  // Bytes the caller said; only for kWrongSize.
  size_t given_size = 0;
};

enum class MisusePolicy : uint8_t {
  kAbort,          // Report to standard error and abort.
  kReportAndLeak,  // Report, leave the memory alone, go on.
};

// Called in the place of the line on standard error; must not allocate from or
// free to Acre. Any thread.
using MisuseHandler = void (*)(void* context, const MisuseReport& report);

// One line: rule, address, arena, class.
void AppendMisuse(TextSink& text, const MisuseReport& report);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_MISUSE_H_
