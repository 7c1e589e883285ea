// How a tcache's stacks grow and shrink: pure functions of numbers.

#ifndef ACRE_ALLOCATOR_CACHE_CACHE_POLICY_H_
#define ACRE_ALLOCATOR_CACHE_CACHE_POLICY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "allocator/base/size_class.h"
#include "allocator/cache/cache_state.h"

namespace acre::allocator {

// The most regions of a class that one cache holds: all slots but the guard
// for small regions, fewer as regions grow, one at least.
constexpr size_t MostCapacity(ClassIndex index) {
  constexpr size_t kMostSlots = (size_t{1} << kMostSlotShift) - 1;
  constexpr size_t kMostClassBytes = size_t{1} << 20;
  return std::clamp<size_t>(kMostClassBytes / ClassSize(index), 1, kMostSlots);
}

// The first capacity that a class gets, then growth by half.
constexpr size_t NextCapacity(ClassIndex index, size_t capacity) {
  const size_t first = IsSmall(index) ? 7 : 1;
  return std::min(MostCapacity(index),
                  std::max(first, capacity + (capacity + 1) / 2));
}

// How many regions a class's first fill takes: little for big regions, whose
// pages are touched for nothing if the query needs only one.
constexpr size_t FirstFill(ClassIndex index) {
  return ClassSize(index) <= 512 ? 4 : ClassSize(index) <= 2048 ? 2 : 1;
}

// Fills double while they recur, up to half of what the stack holds.
constexpr size_t NextFill(size_t fill, size_t capacity) {
  return std::clamp<size_t>(capacity / 2, 1, fill * 2);
}

// The slots, guard included, that hold `capacity` regions.
constexpr uint8_t SlotShiftFor(size_t capacity) {
  uint8_t shift = kLeastSlotShift;
  while (((size_t{1} << shift) - 1) < capacity) ++shift;
  return shift;
}

// A full stack gives back its older half.
constexpr size_t FlushCount(size_t count) { return (count + 1) / 2; }

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_CACHE_CACHE_POLICY_H_
