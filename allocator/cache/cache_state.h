// What a tcache holds: a stack of free regions for each size class. Plain
// data, so that the arena can keep, count and empty caches without knowing how
// they are used (jemalloc's cache_bin does the same service).
//
// Written by the one thread that uses the cache; counts may be read by any.

#ifndef ACRE_ALLOCATOR_CACHE_CACHE_STATE_H_
#define ACRE_ALLOCATOR_CACHE_CACHE_STATE_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "allocator/base/size_class.h"
#include "allocator/extent/page_map.h"

namespace acre::allocator {

struct Arena;

// The stack of a class without slots: empty and full. Never written.
inline constinit void* no_slots[1] = {nullptr};

// Not an arena's tag, and not what an empty page-map entry shows.
inline constexpr uint32_t kClosedTag = UINT32_MAX;

// A stack of pointers. Its slots lie in a block of a metadata pool and grow
// with use. slots[0] is a null guard: the top of an empty stack is null, and a
// pop or a comparison with the top needs no count. `top` and `limit` are
// 64-bit words that nothing else shares, so that processors which rename
// memory carry them from a push to the next pop without waiting.
struct alignas(32) CacheBin {
  std::atomic<void**> top{no_slots};    // The last pushed; slots when empty.
  std::atomic<void**> limit{no_slots};  // Top of a full stack.
  std::atomic<void**> slots{no_slots};
  // ReciprocalOf the class: pushing verifies that a pointer is to the start of
  // a region, and finds this in the cache line it has anyway.
  uint32_t reciprocal = 0;
  uint8_t slot_shift = 0;  // log2 of the slots; 0 for none.
  uint8_t fill_count = 0;  // Regions that the next fill asks for.
  // Where the first shape's regions end, if something is left behind them: an
  // address there looks like a region's start. Larger shapes have a region
  // there, so the slow path decides. UINT16_MAX when nothing is left.
  uint16_t tail = UINT16_MAX;

  size_t count() const {
    return static_cast<size_t>(top.load(std::memory_order_relaxed) -
                               slots.load(std::memory_order_relaxed));
  }
  size_t capacity() const {
    return static_cast<size_t>(limit.load(std::memory_order_relaxed) -
                               slots.load(std::memory_order_relaxed));
  }
  void SetCount(size_t n) {
    top.store(slots.load(std::memory_order_relaxed) + n,
              std::memory_order_relaxed);
  }
  void SetCapacity(size_t n) {
    limit.store(slots.load(std::memory_order_relaxed) + n,
                std::memory_order_relaxed);
  }
};
static_assert(sizeof(CacheBin) == size_t{1} << PageEntry::kClassShift);

struct CacheState {
  // The last bin stands for all that is not cached; its capacity stays 0.
  CacheBin bins[kCachedClasses + 1];

  // Whose regions it holds; nobody's once the arena was reset or destroyed.
  uint32_t owner_tag = kClosedTag;
  // Bytes that `capacity` allows in all classes together.
  uint32_t allowed_bytes = 0;
  Arena* arena = nullptr;

  // Classes whose stack has slots. Written by the owner.
  std::atomic<uint64_t> used_classes{0};
  // The arena's list of all its caches, and of its parked ones.
  std::atomic<CacheState*> next_of_all{nullptr};
  CacheState* prev_of_all = nullptr;
  CacheState* next_parked = nullptr;
  // Bytes held when it was parked; 0 while it is open.
  std::atomic<uint64_t> parked_bytes{0};
  // CLOCK_MONOTONIC when it was last taken into use, to a few milliseconds.
  std::atomic<uint64_t> opened_at_ns{0};
  std::atomic<bool> parked{false};
  uint8_t closes = 0;       // Counts up to a look at what stays unused.
  uint8_t next_victim = 0;  // Class that gives way when the cache is full.

  // Classes that ran empty since the last look, so their stock was needed.
  uint64_t ran_empty = 0;
};
static_assert(kCachedClasses < 64, "class sets are 64-bit masks");

// The slots of stacks come in these sizes.
inline constexpr uint8_t kLeastSlotShift = 3;
inline constexpr uint8_t kMostSlotShift = 8;
inline constexpr size_t kSlotSizes = kMostSlotShift - kLeastSlotShift + 1;

struct CacheHoldings {
  uint64_t bytes = 0;
  uint64_t regions = 0;
};

// What a cache holds now. Exact when its thread is outside; otherwise each
// class is off by what moved meanwhile.
inline CacheHoldings HoldingsOf(const CacheState& state) {
  CacheHoldings held;
  uint64_t left = state.used_classes.load(std::memory_order_acquire);
  for (; left != 0; left &= left - 1) {
    const auto c = static_cast<size_t>(std::countr_zero(left));
    const CacheBin& bin = state.bins[c];
    void** const slots = bin.slots.load(std::memory_order_acquire);
    void** const top = bin.top.load(std::memory_order_acquire);
    // A stack that is being moved to a larger block counts as empty.
    if (top == slots || bin.slots.load(std::memory_order_relaxed) != slots) {
      continue;
    }
    const auto n = static_cast<uint64_t>(top - slots);
    if (n >= size_t{1} << kMostSlotShift) continue;
    held.bytes += n * ClassSize(ClassIndex(static_cast<uint8_t>(c)));
    held.regions += n;
  }
  return held;
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_CACHE_CACHE_STATE_H_
