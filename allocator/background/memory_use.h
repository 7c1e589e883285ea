// How much of a limit is used: what is read of each cgroup and of the machine,
// and the pure arithmetic over it. Bytes throughout.

#ifndef ACRE_ALLOCATOR_BACKGROUND_MEMORY_USE_H_
#define ACRE_ALLOCATOR_BACKGROUND_MEMORY_USE_H_

#include <cstdint>
#include <limits>

namespace acre::allocator {

struct MemoryUse {
  uint64_t limit_bytes = 0;
  uint64_t used_bytes = 0;
  // The part of used_bytes that the kernel gives back by itself before anybody
  // runs short.
  uint64_t reclaimable_bytes = 0;

  constexpr uint64_t needed_bytes() const {
    return used_bytes > reclaimable_bytes ? used_bytes - reclaimable_bytes : 0;
  }
};

// Whether `bytes` are at least `percent` (up to 100) of `limit`, rounded down;
// exact for all values. Everything is all of a limit of zero.
constexpr bool AtLeastPercent(uint64_t bytes, uint64_t limit,
                              uint32_t percent) {
  return bytes >= limit / 100 * percent + limit % 100 * percent / 100;
}

// The share of the limit that is needed; 1 is all of it.
constexpr double NeededShare(const MemoryUse& use) {
  if (use.limit_bytes == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(use.needed_bytes()) /
         static_cast<double>(use.limit_bytes);
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_MEMORY_USE_H_
