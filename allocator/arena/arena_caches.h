// The caches of one arena: all tcaches that hold its regions, the warm ones
// parked for the next query, and the blocks of bump regions, open and parked.
// Keeps, counts and hands them out; emptying them is the arena's business.
//
// Opening takes a parked cache in O(1) under one short lock. Counting what all
// caches hold takes no lock: caches are type-stable, the list changes only at
// its head or with `version_` odd, and a reader that meets a change starts
// over.

#ifndef ACRE_ALLOCATOR_ARENA_ARENA_CACHES_H_
#define ACRE_ALLOCATOR_ARENA_ARENA_CACHES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/cache/cache_state.h"
#include "allocator/extent/extent.h"

namespace acre::allocator {

// An open bump region: see cache/region.h. Blocks are large extents of the
// arena, linked through their heap links.
struct RegionState {
  uintptr_t at;
  uintptr_t end;
  Extent* blocks;        // The block in use, then the full ones.
  Extent* oversized;     // Extents of requests larger than any block.
  uint64_t block_bytes;  // Of both lists.
  Arena* arena;          // Null after the arena was reset or destroyed.
  RegionState* next;     // All open regions of the arena.
  RegionState* prev;
};

class ArenaCaches {
 public:
  struct Counts {
    uint64_t cached_bytes = 0;    // In tcaches, and in parked blocks.
    uint64_t cached_regions = 0;  // In tcaches.
    uint64_t parked_blocks = 0;
    uint64_t open_tcaches = 0;
    uint64_t parked_tcaches = 0;
    uint64_t parked_bytes = 0;  // In parked tcaches and blocks.
  };

  void Init(uint64_t parked_limit, uint32_t tcache_limit) {
    parked_limit_.store(parked_limit, std::memory_order_relaxed);
    tcache_limit_ = tcache_limit;
    mutex_.ForgetCounts();
  }

  // --- tcaches -------------------------------------------------------------
  // A parked cache; null when there is none.
  CacheState* TakeParked() noexcept;
  // Adds a new cache to the arena's.
  void Add(CacheState* state) noexcept;
  // Parks it; false when the budget does not allow it.
  bool Park(CacheState* state, uint64_t bytes) noexcept;
  // Takes it off the list of all, before its memory goes back.
  void Remove(CacheState* state) noexcept;
  // Takes any cache, open ones too, off all lists; null when none are left.
  CacheState* RemoveAny() noexcept;

  // --- regions ---------------------------------------------------------------
  void AddRegion(RegionState* region) noexcept;
  void RemoveRegion(RegionState* region) noexcept;
  RegionState* RemoveAnyRegion() noexcept;
  Extent* TakeBlock() noexcept;
  // Parks a chain of blocks as far as the budget goes; returns the rest.
  Extent* ParkBlocks(Extent* chain) noexcept;
  // Takes all parked blocks, as a chain.
  Extent* TakeAllBlocks() noexcept;

  // Lock-free. Under load each cache's figure is what it held at some moment
  // during the call.
  Counts counts() const noexcept;
  // Calls visit(const CacheState&) for each cache, without a lock; false when
  // the list changed meanwhile: caches may then have been missed, or those of
  // other arenas met.
  template <typename Visit>
  bool TryForEach(Visit visit) const noexcept {
    const uint32_t before = version_.load(std::memory_order_acquire);
    if (before % 2 != 0) return false;
    // A cache that left the list may lead anywhere, though only to caches; the
    // bound keeps a walk from following such a chain for long.
    constexpr size_t kMostSteps = 1 << 20;
    size_t steps = 0;
    for (CacheState* state = all_.load(std::memory_order_acquire);
         state != nullptr && ++steps < kMostSteps;
         state = state->next_of_all.load(std::memory_order_acquire)) {
      visit(*state);
      if (steps % 64 == 0 &&
          version_.load(std::memory_order_acquire) != before) {
        return false;
      }
    }
    // Every link was loaded with acquire, so this is read after the last.
    return version_.load(std::memory_order_relaxed) == before;
  }
  // Caches and chains of blocks parked so far: moves while queries come and go.
  uint64_t turnover() const { return turnover_.Get(); }
  // Held while a bin is made, so that none appears during a fork.
  Mutex<LockRank::kArenaCaches>* mutex() { return &mutex_; }
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }
  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    Lock lock(&mutex_);
    mutex_.ForgetCounts();
  }
  uint32_t tcache_limit() const { return tcache_limit_; }
  uint64_t parked_limit() const {
    return parked_limit_.load(std::memory_order_relaxed);
  }

 private:
  using Lock = MutexLock<LockRank::kArenaCaches>;

  void UnlinkFromAll(CacheState* state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CountAll(Counts* counts) const noexcept;

  Mutex<LockRank::kArenaCaches> mutex_;
  uint32_t tcache_limit_ = 0;
  std::atomic<uint64_t> parked_limit_{0};
  std::atomic<CacheState*> all_{nullptr};
  CacheState* parked_ ABSL_GUARDED_BY(mutex_) = nullptr;
  RegionState* regions_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Extent* blocks_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::atomic<uint32_t> version_{0};
  // Written under mutex_.
  Counter<uint64_t> parked_cache_bytes_;
  Counter<uint64_t> parked_block_bytes_;
  Counter<uint64_t> parked_blocks_;
  Counter<uint64_t> turnover_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_ARENA_CACHES_H_
