// What an arena has had of each large size class. Taken from a pool when the
// arena's first large allocation is made: most tenants are small.

#ifndef ACRE_ALLOCATOR_ARENA_LARGE_COUNTERS_H_
#define ACRE_ALLOCATOR_ARENA_LARGE_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/size_class.h"

namespace acre::allocator {

inline constexpr size_t kLargeClasses = kClasses - kSmallClasses;

// Large allocations of one class. Thread-safe.
struct LargeCounter {
  SharedCounter created;  // So far.
  SharedCounter ended;    // Given back, resized or discarded so far.
};

// From zero memory, or after Reset.
struct LargeCounters {
  std::array<LargeCounter, kLargeClasses> classes;

  LargeCounter& Of(ClassIndex size_class) {
    return classes[Raw(size_class) - kSmallClasses];
  }
  void Reset() {
    for (LargeCounter& counter : classes) {
      counter.created.Set(0);
      counter.ended.Set(0);
    }
  }
  // Nothing is out any more.
  void EndAll() {
    for (LargeCounter& counter : classes) {
      counter.ended.Set(counter.created.Get());
    }
  }
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_LARGE_COUNTERS_H_
