// A bin: one arena's slabs of one size class. Regions leave and come back in
// batches under one lock. Regions are taken from the open slab (one with free
// regions) at the lowest address, which packs what lives and lets the others
// empty.
//
// The lock is a leaf: pages are taken and given back with the bin unlocked. An
// empty slab stays open as a spare, so that a region going back and forth does
// not take a slab with it; a second one goes back to the page allocator.
//
// Pages that lie wholly inside free regions can be given back while their slab
// lives (Sweep). The regions that touch them are withheld: they are charged
// and put back into use before any other slab is made. Slabs with free or
// withheld regions are in one of two heaps; a sweep moves them from the one to
// the other, which is how it knows what it has seen.

#ifndef ACRE_ALLOCATOR_ARENA_BIN_H_
#define ACRE_ALLOCATOR_ARENA_BIN_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/size_class.h"
#include "allocator/extent/extent.h"
#include "allocator/extent/extent_map.h"
#include "allocator/page/page_allocator.h"

namespace acre::allocator {

// Two cache lines, of which statistics, which read every bin of every arena,
// touch one.
class alignas(kCacheLine) Bin {
 public:
  // What a batch of frees could not take: regions that were free already.
  struct FreeResult {
    static constexpr size_t kMostListed = 16;
    size_t double_frees = 0;
    std::array<const void*, kMostListed> listed{};  // The first of them.
  };
  struct Sizes {
    uint64_t slabs = 0;
    uint64_t slab_bytes = 0;
    uint64_t regions = 0;
    uint64_t regions_out = 0;     // In use or in tcaches.
    uint64_t released_bytes = 0;  // Of slab_bytes, given back.
    uint64_t fills = 0;
    uint64_t flushes = 0;
    uint64_t slabs_created = 0;
    uint64_t regions_taken = 0;  // So far.
    uint64_t nonfull_slabs = 0;  // With free or withheld regions.
  };

  // Once, before use: on a new bin, on zero memory, or on what was a bin and is
  // empty. Readers may still look at the one before: each figure is stored.
  void Init(ClassIndex size_class) noexcept;

  // Writes up to `wanted` regions to `out`, lowest address last, so that a
  // stack hands them out in the order of addresses. Makes a slab only when
  // there is no free region at all. Returns how many; on 0, why.
  size_t Allocate(PageAllocator* pages, void** out, size_t wanted,
                  PageFailure* failure) noexcept;

  // Takes back `n` regions of this bin. The addresses must be those of regions
  // (not in between); a region that is free already is left alone and counted.
  FreeResult Free(PageAllocator* pages, const ExtentMap& extents,
                  void* const* regions, size_t n) noexcept;

  // Whether the region at `address` of `slab` is handed out.
  bool IsOut(const Extent* slab, uint32_t offset) noexcept;

  // Gives back pages inside free regions, slab by slab, until `least` pages
  // went or the sweep is over; `*over` tells. Returns how many went. Slabs that
  // cannot be swept now are met again in the next sweep.
  PageCount Sweep(PageAllocator* pages, PageCount least, bool* over) noexcept;

  // Gives empty slabs back; whether there were any.
  bool ReleaseSpares(PageAllocator* pages) noexcept;
  // Forgets all slabs; the page allocator discards them. Nobody may be inside.
  void DiscardAll() noexcept;

  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  ClassIndex size_class() const { return class_; }
  // Each figure is read on its own.
  Sizes sizes() const {
    return {.slabs = slabs_.Get(),
            .slab_bytes = uint64_t{slab_pages_.Get()} * kPageSize,
            .regions = regions_.Get(),
            .regions_out = regions_out_.Get(),
            .released_bytes = uint64_t{released_pages_.Get()} * kPageSize,
            .fills = fills_.Get(),
            .flushes = flushes_.Get(),
            .slabs_created = slabs_created_.Get(),
            .regions_taken = regions_taken_.Get(),
            .nonfull_slabs = filed_slabs_.Get()};
  }
  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    Lock lock(&mutex_);
    mutex_.ForgetCounts();
  }

  // Aborts unless bitmaps, counts and the open slabs agree. At rest.
  void VerifySlab(const Extent& slab) const noexcept;
  void Verify() const noexcept;

 private:
  using Lock = MutexLock<LockRank::kBin>;

  size_t TakeRegions(void** out, size_t wanted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PutRegion(const ExtentMap& extents, uint32_t owner_tag, void* region,
                 Extent** emptied) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* NewSlab(PageAllocator* pages, PageFailure* failure) noexcept;
  uint8_t NextStep() const;
  void Forget(Extent* slab) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The slab in a heap at the lowest address; null when both are empty.
  Extent* Lowest() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void File(Extent* slab) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unfile(Extent* slab) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ReviveOne(PageAllocator* pages, PageFailure* failure) noexcept;
  bool SweepOne(PageAllocator* pages, PageCount* gone) noexcept;
  template <typename Visit>
  void ForEachFiled(Visit visit) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const ExtentHeap& heap : heaps_) heap.ForEach(visit);
  }

  // First, because the metadata pool writes to a bin that is not in use.
  ClassIndex class_{};
  // Written under mutex_.
  Counter<uint32_t> released_pages_;
  Counter<uint32_t> slabs_;
  Counter<uint32_t> slab_pages_;
  Counter<uint64_t> slabs_created_;
  Counter<uint64_t> regions_;
  Counter<uint64_t> regions_out_;
  Counter<uint64_t> fills_;
  Counter<uint64_t> flushes_;
  Counter<uint64_t> regions_taken_;

  alignas(kCacheLine) mutable Mutex<LockRank::kBin> mutex_;
  // Empty slabs among the filed ones: the spare, and new ones not yet used.
  uint16_t empty_slabs_ ABSL_GUARDED_BY(mutex_) = 0;
  // The heap that a sweep takes from; it files into the other one.
  uint16_t sweep_from_ ABSL_GUARDED_BY(mutex_) = 0;
  // Slabs with free or withheld regions, but for those being swept.
  std::array<ExtentHeap, 2> heaps_ ABSL_GUARDED_BY(mutex_);
  Counter<uint32_t> filed_slabs_;  // In the heaps; written under mutex_.
};
static_assert(sizeof(Bin) == 2 * kCacheLine);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_BIN_H_
