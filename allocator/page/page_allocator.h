// The pages of one arena. Decides how pages are found (dirty first, then muzzy,
// then retained, then growth from the shared ranges), split, coalesced, charged
// and given back; what they are used for is the arena's business, and when
// unused ones go is its decay's.
//
// Thread-safe; one lock. System calls that give pages back are made outside
// it: an extent on its way is in state kPurging and in no set. Metadata that a
// step needs is taken before the step begins, so that no failure leaves
// anything half done.
//
// Invariants, at any time under the lock:
//   every page of the arena's address space is in exactly one extent, which is
//     active (in the active list), dirty, muzzy or retained (in its set), or
//     purging
//   no two free extents of one state and mapping are neighbours
//   charged = active + dirty + muzzy (purging included) + metadata, where
//     pages of a slab that were given back are not active but retained

#ifndef ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_H_
#define ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/extent_map.h"
#include "allocator/extent/extent_set.h"
#include "allocator/extent/grants.h"
#include "allocator/extent/shared_ranges.h"
#include "allocator/os/metadata_pool.h"
#include "allocator/os/os.h"
#include "allocator/page/quota.h"

namespace acre::allocator {

// An arena's free extents; taken from a pool when the arena first needs pages,
// because an empty arena must stay small.
struct FreeExtents {
  ExtentSet dirty;
  ExtentSet muzzy;
  ExtentSet retained;
};

// What the page allocators of a domain share.
struct PageSupply {
  ExtentMap* extents = nullptr;
  const Grants* grants = nullptr;
  MetadataPool* free_extents = nullptr;  // Of FreeExtents.
};

// Where an arena's pages come from: `first`, and what makes the arena larger
// than kOutgrown pages from `later`, if there is one: in multiples of a
// hugepage.
inline constexpr PageCount kHugepagePages = PageCount::Ceil(size_t{2} << 20);

struct PageSources {
  static constexpr PageCount kOutgrown{1024};

  SharedRanges* first = nullptr;
  SharedRanges* later = nullptr;
};

class PageAllocator {
 public:
  // What the arena holds, in bytes.
  struct Sizes {
    uint64_t active = 0;
    uint64_t dirty = 0;
    uint64_t muzzy = 0;
    uint64_t retained = 0;
    uint64_t metadata = 0;
  };

  // Once, on a new page allocator, on zero memory, or after ReleaseAll.
  void Init(const PageSupply* supply, const PageSources& sources, Quota* quota,
            uint32_t owner_tag);
  // Where pages come from henceforth. The page allocator holds none: it is new,
  // or ReleaseAll was called.
  void SetSources(const PageSources& sources);
  PageSources sources() const { return sources_; }

  uint32_t owner_tag() const { return owner_tag_; }

  // An active extent of exactly `pages` at `alignment` for `size_class`, shown
  // in the page map as a slab or a large allocation. Null with the reason. At
  // a limit the arena's own dirty pages are given back first. `zeroed`, where
  // given, tells whether the memory reads as zero.
  Extent* Allocate(PageCount pages, size_t alignment, ClassIndex size_class,
                   uint8_t slab_step, PageFailure* failure,
                   bool* zeroed = nullptr) noexcept;
  // Takes an active extent back as dirty; a slab of which pages were given back
  // goes to the system wholly instead.
  void Free(Extent* extent) noexcept;

  // Likewise for the large allocation that starts at `address`, if `extent` is
  // still that: false, with nothing changed, when somebody freed it first.
  bool FreeLarge(Extent* extent, uintptr_t address, PageCount* pages) noexcept;

  // Changes the pages of an active large extent in place, with its class.
  // False, with nothing changed, when the neighbour does not allow it or a
  // limit or memory is in the way.
  bool Grow(Extent* extent, PageCount pages, ClassIndex size_class) noexcept;
  bool Shrink(Extent* extent, PageCount pages, ClassIndex size_class) noexcept;

  // Gives unused pages back to the system, muzzy ones first, until at least
  // `least` are gone or none are left; returns how many went. Pages that the
  // system refuses to take stay as they are.
  PageCount Purge(PageCount least) noexcept;
  // Likewise for those of one state, kDirty or kMuzzy, and about `least` of
  // them. Lazily, dirty pages become muzzy instead.
  enum class PurgeMode : uint8_t { kLazily, kForcibly };
  // What may be taken out of hugepages that are partly in use: anything, or
  // only what lies in those that are less than half used.
  enum class Subrelease : uint8_t { kAnything, kSparing };
  PageCount PurgeFrom(ExtentState state, PurgeMode mode, PageCount least,
                      Subrelease subrelease = Subrelease::kAnything) noexcept;
  // All dirty and muzzy pages, and large retained runs go back to the shared
  // ranges.
  PageCount PurgeAll() noexcept;
  // Gives long retained runs to the shared ranges, where any arena may have
  // them; shorter ones stay, they would only cut the ranges into pieces.
  void GiveLongRetained() noexcept;

  // Gives back pages of an active slab, a bit each, from which nothing can be
  // allocated meanwhile; returns those that went. They are no longer charged;
  // they count as retained.
  uint64_t ReleasePages(const Extent* slab, uint64_t pages) noexcept;
  // Charges pages of slabs that are to be used again; at a limit like Allocate.
  bool ChargeReleased(PageCount pages, PageFailure* failure) noexcept;
  void RefundReleased(PageCount pages) noexcept;

  // Brings up to `pages` pages into memory, dirty and charged; returns how
  // many. For a new arena.
  PageCount Prefault(PageCount pages, Os* os) noexcept;

  // Has the kernel make hugepages of the blocks of 2 MiB that lie in active
  // memory of hugepage providers; returns how many it did. Copies memory: for
  // an arena that has found its shape. May run beside anything.
  uint64_t Collapse(Os* os) noexcept;

  // Turns everything active into dirty. No allocation of the arena may be in
  // use by anyone. O(extents).
  void DiscardAll() noexcept;
  // After DiscardAll: gives every page, zeroed, to the shared ranges.
  void ReleaseAll() noexcept;

  // Charges and releases metadata that other parts of the arena take. At a
  // limit the Reclaiming one gives back the arena's own dirty pages first; the
  // other one just says no.
  bool ChargeReclaiming(size_t bytes, PageFailure* failure) noexcept;
  bool ChargeMetadata(size_t bytes, PageFailure* failure = nullptr) noexcept;
  void ReleaseMetadata(size_t bytes) noexcept;

  // Each figure is read on its own.
  Sizes sizes() const;
  PageCount dirty_pages() const { return PageCount(dirty_pages_.Get()); }
  PageCount muzzy_pages() const { return PageCount(muzzy_pages_.Get()); }
  // The fewest pages of each state since the last call: those have been unused
  // all the time. Not above UINT32_MAX.
  struct Lowest {
    uint32_t dirty = 0;
    uint32_t muzzy = 0;
  };
  Lowest TakeLowest() noexcept;
  // Extents handed out and taken back so far: moves while the arena is in use.
  uint64_t turnover() const { return turnover_.Get(); }
  uint64_t purges() const { return purges_.Get(); }
  bool uses_hugepages() const {
    return hugepages_.load(std::memory_order_relaxed);
  }
  // Of the purged pages, those that lay in hugepages partly in use.
  uint64_t subreleased_pages() const { return subreleased_pages_.Get(); }
  uint64_t lazily_purged_pages() const { return lazily_purged_pages_.Get(); }
  uint64_t purged_pages() const { return purged_pages_.Get(); }
  // What became of pages of one state.
  struct Purges {
    uint64_t sweeps = 0;  // Passes that gave some back.
    uint64_t calls = 0;   // Of the system.
    uint64_t pages = 0;   // That left the state that way.
  };
  Purges dirty_purges() const { return dirty_purges_.Get(); }
  Purges muzzy_purges() const { return muzzy_purges_.Get(); }

  LockCounts lock_counts() const { return mutex_.counts(); }
  LockCounts purge_lock_counts() const { return purge_mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    {
      MutexLock<LockRank::kPurge> lock(&purge_mutex_);
      purge_mutex_.ForgetCounts();
    }
    Lock lock(&mutex_);
    mutex_.ForgetCounts();
  }

  void ForFork(ForkStep step) noexcept {
    purge_mutex_.ForFork(step);
    mutex_.ForFork(step);
  }

  // Calls visit(const Extent&) for each active extent, under the lock.
  template <typename Visit>
  void ForEachActive(Visit visit) const {
    MutexLock<LockRank::kPageAllocator> lock(&mutex_);
    for (Extent* e = ActiveAt(active_head_); e != nullptr;
         e = ActiveAt(e->active_next)) {
      visit(*e);
    }
  }
  // See ExtentMap::CopyRun; false when the lock is not to be had.
  bool CopyRun(uintptr_t address, uintptr_t end, std::span<ExtentView> out,
               size_t* copied) const noexcept {
    if (!mutex_.TryLock()) return false;
    *copied = supply_->extents->CopyRun(address, end, owner_tag_, out);
    mutex_.Unlock();
    return true;
  }
  // Aborts unless the invariants hold. Only at rest: no purge under way.
  void Verify() const noexcept;

 private:
  using Lock = MutexLock<LockRank::kPageAllocator>;

  Extent* AllocateLocked(PageCount pages, size_t alignment,
                         ExtentPurpose purpose, PageFailure* failure)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* TakeFree(ExtentSet* set, PageCount pages, size_t alignment,
                   PageFailure* failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* TakeGrown(PageCount pages, size_t alignment, ExtentPurpose purpose,
                    PageFailure* failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* Carve(Extent* extent, PageCount pages, size_t alignment,
                PageFailure* failure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Activate(Extent* extent, ClassIndex size_class, uint8_t slab_step)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deactivate(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FreePartlyReleased(Extent* extent) noexcept;
  Extent* Coalesce(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertFree(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ExtentSet* SetOf(ExtentState state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static constexpr size_t kPurgeBatch = 32;
  // Extents on their way to the system.
  struct Batch {
    size_t size = 0;
    PageCount pages;
    std::array<Extent*, kPurgeBatch> extents;
    std::array<SharedRanges::PurgeResult, kPurgeBatch> results;
  };
  void PurgeBatch(PurgeMode mode, Batch* batch) noexcept;
  void ChooseBatch(ExtentSet* set, PageCount least, Batch* batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddToBatch(ExtentSet* set, Extent* extent, PageCount wanted,
                  Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Hugepages: page_hugepages.cc.
  bool InHugepages(const Extent& extent) const;
  uint64_t ActiveInBlockOf(const Extent* extent) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* FindInFullestBlock(const ExtentSet& set, PageCount pages,
                             size_t alignment) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* IsolateBlocks(ExtentSet* set, Extent* extent)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ChooseSparingly(ExtentSet* set, PageCount least, Subrelease subrelease,
                       Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t CollectBlocks(uintptr_t from, std::span<uintptr_t> blocks) const;
  PageCount FinishBatch(ExtentState from, const Batch& batch, Extent** refused)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteLowest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetPages(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Counter<uint64_t>* CounterOf(ExtentState state) {
    return state == ExtentState::kDirty   ? &dirty_pages_
           : state == ExtentState::kMuzzy ? &muzzy_pages_
                                          : &retained_pages_;
  }
  bool ReclaimSince(uint64_t purged_before, PageCount least) noexcept;
  bool EnsureFreeExtents(PageFailure* failure)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* NewDescriptor(PageFailure* failure)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropDescriptor(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MergeInto(Extent* left, Extent* right)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveRetained(PageCount at_least) noexcept;
  // The ranges that an extent's memory is of.
  SharedRanges* RangesOf(const Extent* extent) const;
  Extent* ActiveAt(uint32_t link) const {
    return link == 0 ? nullptr : supply_->extents->pool().At(link - 1);
  }

  const PageSupply* supply_ = nullptr;
  PageSources sources_;
  Quota* quota_ = nullptr;
  uint32_t owner_tag_ = 0;

  // Held over a purge, so that who finds nothing dirty knows that
  // nothing is on its way either. No allocation waits for it that would not be
  // refused otherwise.
  Mutex<LockRank::kPurge> purge_mutex_;
  mutable Mutex<LockRank::kPageAllocator> mutex_;
  FreeExtents* free_ ABSL_GUARDED_BY(mutex_) = nullptr;
  uint32_t active_head_ ABSL_GUARDED_BY(mutex_) = 0;  // Index + 1.
  // Pages; written under mutex_.
  Counter<uint64_t> active_pages_;
  Counter<uint64_t> dirty_pages_;  // Those being purged included.
  Counter<uint64_t> muzzy_pages_;  // Likewise.
  Counter<uint64_t> retained_pages_;
  Counter<uint64_t> released_pages_;  // Of active slabs, given back.
  Lowest lowest_ ABSL_GUARDED_BY(mutex_);
  Counter<uint64_t> turnover_;
  Counter<uint64_t> purges_;
  Counter<uint64_t> lazily_purged_pages_;
  struct PurgeCounters {
    Counter<uint64_t> sweeps;
    Counter<uint64_t> calls;
    Counter<uint64_t> pages;

    Purges Get() const {
      return {
          .sweeps = sweeps.Get(), .calls = calls.Get(), .pages = pages.Get()};
    }
  };
  PurgeCounters* PurgesOf(ExtentState state) {
    return state == ExtentState::kMuzzy ? &muzzy_purges_ : &dirty_purges_;
  }

  // Written under mutex_.
  PurgeCounters dirty_purges_;
  PurgeCounters muzzy_purges_;
  SharedCounter subreleased_pages_;
  // Some of the memory is backed by hugepages that can be purged in parts.
  // Written under mutex_.
  std::atomic<bool> hugepages_ = false;
  Counter<uint64_t> purged_pages_;
  SharedCounter metadata_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_H_
