// Address space of one provider (ExtentHooks) that all arenas of a domain that
// use it share: grown in few, large grants, so that the number of arenas does
// not show in the number of the process's VMAs. What is taken from here is
// committed and zero, and only zero pages may be given back: this is where
// memory crosses from one arena to another. What an untrusted provider says of
// zeroed memory is looked at.
//
// Grants start small and grow in proportion to what is mapped, but for pinned
// ones, which cost memory at once: those are as large as is needed. A grant
// that is free as a whole is released, except for one that is kept against
// thrashing. Of pinned grants, where the provider can split them, whole pages
// go back as they become free.
//
// Thread-safe. O(log n) apart from calls of the hooks, which are made under the
// lock: growth is ordered. PurgeLazily and PurgeForcibly are made under none.

#ifndef ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_
#define ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/clock.h"
#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/units.h"
#include "allocator/extent/extent.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/extent_map.h"
#include "allocator/extent/extent_set.h"
#include "allocator/extent/grants.h"
#include "allocator/extent/hook_reports.h"

namespace acre::allocator {

// Calls of one provider, and those that it refused.
struct HookCounts {
  SharedCounter allocate, release, commit, decommit, purge_lazily,
      purge_forcibly, split, merge;
};

// What the ranges of a domain share.
struct RangesSupply {
  ExtentMap* extents = nullptr;
  Grants* grants = nullptr;
  HookReports* reports = nullptr;
};

// What is asked of ranges; all but the tag in pages.
struct RangesRequest {
  uint32_t tag = 0;
  PageCount least;
  PageCount wanted;
  size_t alignment = kPageSize;  // Bytes.
  ExtentPurpose purpose = ExtentPurpose::kLarge;
};

class SharedRanges {
 public:
  SharedRanges() = default;
  SharedRanges(const SharedRanges&) = delete;
  SharedRanges& operator=(const SharedRanges&) = delete;
  // Releases everything that the provider takes back, whoever holds it.
  ~SharedRanges();

  // Once, first. Neither is owned.
  void Init(ExtentHooks* hooks, const RangesSupply* supply) noexcept;

  ExtentHooks* hooks() const { return hooks_; }
  const ExtentCapabilities& capabilities() const { return capabilities_; }

  // A zeroed extent for the request's tag, retained, of at least `least` pages
  // at `alignment`, and of `wanted` where that is to be had at no cost. Null
  // at out-of-memory.
  Extent* Take(const RangesRequest& request) noexcept;
  // Takes back a zeroed extent that is in no set, with its descriptor.
  void Give(Extent* extent) noexcept;

  // Releases what is free, the grant kept against thrashing too. Whether
  // nothing is left: then the hooks are not called any more.
  bool ReleaseAll() noexcept;

  // Gives pages of an extent that was taken to the system, as the hooks do.
  // kUnable where that is not in the provider's power (also for pinned memory):
  // then the caller may clear the pages and Give them.
  // Lazily, pages are kMuzzy then: the system's to take.
  enum class PurgeResult : uint8_t { kGone, kMuzzy, kRefused, kUnable };
  PurgeResult PurgeForcibly(void* base, size_t size) noexcept;
  PurgeResult PurgeLazily(void* base, size_t size) noexcept;
  // Whether what is purged forcibly is known to read as zero.
  bool purged_reads_zero() const { return capabilities_.trusted; }

  // Address space granted, and the part that no arena holds. Bytes.
  size_t mapped_bytes() const { return mapped_.Get(); }
  size_t free_bytes() const { return free_.pages().bytes(); }
  size_t pinned_bytes() const { return pinned_.Get(); }
  size_t mappings() const { return grant_count_.Get(); }
  const HookCounts& calls() const { return calls_; }
  const HookCounts& failures() const { return failures_; }
  // Nanoseconds spent in calls.
  const HookCounts& call_times() const { return call_times_; }

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kRanges> lock(&mutex_);
    mutex_.ForgetCounts();
  }
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  void Verify() const noexcept;

 private:
  Extent* FindOrGrow(const RangesRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* Grow(const RangesRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AskHooks(const ExtentRequest& request, ExtentGrant* grant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Accept(const ExtentRequest& request, const ExtentGrant& grant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeZero(const ExtentRequest& request, ExtentGrant* grant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const ExtentRequest& request, const ExtentGrant& grant,
              const char* reason, size_t expected) noexcept;
  void JoinNeighbours(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Commit(Extent* extent, uint32_t tag)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Trim(Extent* extent, PageCount pages, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertMerged(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReleaseFree(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsFree(const Grant& grant) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReleaseGrant(const Grant& grant) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* SplitOffPages(Extent* extent, const Grant& grant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SplitGrant(uintptr_t base, size_t size, size_t first)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ClearUntrusted(const Extent& extent, uint32_t tag, const char* call,
                      const char* reason) noexcept;

  template <typename Call>
  bool Counted(SharedCounter HookCounts::*which, Call call) noexcept {
    (calls_.*which).Add(1);
    const uint64_t begin = SystemClock::Get()->Now();
    const bool done = call();
    (call_times_.*which).Add(SystemClock::Get()->Now() - begin);
    if (!done) (failures_.*which).Add(1);
    return done;
  }

  ExtentHooks* hooks_ = nullptr;
  const RangesSupply* supply_ = nullptr;
  ExtentCapabilities capabilities_;

  mutable Mutex<LockRank::kRanges> mutex_;
  ExtentSet free_;
  // A free extent that is a whole grant and is kept; null when none is.
  Extent* kept_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Counter<size_t> grant_count_;
  Counter<size_t> mapped_;
  Counter<size_t> pinned_;
  HookCounts calls_;
  HookCounts failures_;
  HookCounts call_times_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_
