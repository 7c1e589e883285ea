// Where the arenas of a domain may have their memory from: shared ranges for
// each provider that some arena uses. The standard one is always there; others
// come with the first arena that names them and go, everything released, with
// the last.
//
// Thread-safe. The lock is held while ranges of a provider that nobody uses any
// more are released. O(providers).

#ifndef ACRE_ALLOCATOR_ARENA_RANGE_SOURCES_H_
#define ACRE_ALLOCATOR_ARENA_RANGE_SOURCES_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "allocator/arena/arena_memory.h"
#include "allocator/base/mutex.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/extent_map.h"
#include "allocator/extent/grants.h"
#include "allocator/extent/hook_reports.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/hooks/thp_hooks.h"
#include "allocator/extent/shared_ranges.h"
#include "allocator/os/metadata_pool.h"
#include "allocator/os/os.h"
#include "allocator/page/page_allocator.h"

namespace acre::allocator {

class RangeSources {
 public:
  RangeSources() = default;
  RangeSources(const RangeSources&) = delete;
  RangeSources& operator=(const RangeSources&) = delete;
  ~RangeSources();

  // `hooks` is what arenas have that name none; null for normal pages.
  bool Init(Os* os, ExtentMap* extents, ExtentHooks* hooks) noexcept;

  // False at out-of-memory, or with kMostProviders in use.
  bool Acquire(const ArenaMemory& memory, PageSources* sources) noexcept;
  void Release(const PageSources& sources) noexcept;

  SharedRanges* standard() { return &standard_->ranges; }
  const SharedRanges* standard() const { return &standard_->ranges; }
  const Grants& grants() const { return *grants_; }
  HookReports& reports() { return reports_; }
  const HookReports& reports() const { return reports_; }

  // Calls visit(const SharedRanges&) for each provider, under the lock.
  template <typename Visit>
  void ForEach(Visit visit) const {
    MutexLock<LockRank::kSources> lock(&mutex_);
    for (Source* at = first_; at != nullptr; at = at->next) visit(at->ranges);
  }

  LockCounts lock_counts() const { return mutex_.counts(); }
  // Of all providers together.
  LockCounts ranges_lock_counts() const {
    LockCounts sum;
    ForEach([&](const SharedRanges& ranges) { sum += ranges.lock_counts(); });
    return sum;
  }
  LockCounts grants_lock_counts() const { return grants_->lock_counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kSources> lock(&mutex_);
    mutex_.ForgetCounts();
    grants_->ForgetLockCounts();
    for (Source* at = first_; at != nullptr; at = at->next) {
      at->ranges.ForgetLockCounts();
    }
  }
  // In two parts, because an arena's locks come between: who has which source,
  // and what is below the arenas.
  void ForForkOuter(ForkStep step) noexcept { mutex_.ForFork(step); }
  void ForForkInner(ForkStep step) noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS;

  size_t metadata_bytes() const;
  void Verify() const noexcept;

 private:
  static constexpr size_t kMostProviders = 4096;

  struct Source {
    SharedRanges ranges;
    Source* next = nullptr;
    uint64_t users = 0;
  };

  SharedRanges* AcquireOne(ExtentHooks* hooks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReleaseOne(const SharedRanges* ranges)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::optional<Grants> grants_;
  HookReports reports_;
  RangesSupply supply_;
  std::optional<MmapHooks> mmap_;
  std::optional<ThpHooks> thp_;
  ExtentHooks* standard_hooks_ = nullptr;
  MetadataPool pool_;
  Source* standard_ = nullptr;

  mutable Mutex<LockRank::kSources> mutex_;
  Source* first_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_RANGE_SOURCES_H_
