// What an arena holds physically, or the service as a whole, against limits:
// active, dirty, muzzy and metadata bytes. Charged where runs of pages and
// pieces of metadata are handed out, never per allocation.
//
// An arena's quota passes its footprint on to the service's quota, the total:
//
//   footprint     = max(charged, reserved)
//   total.charged = the sum of the arenas' footprints
//
// so a reserve is set aside whether it is used or not, and what one arena takes
// beyond its own never comes out of another's. While a charge is under way the
// total has it already; while a release is, the total has it still.
//
// Decides whether a charge fits and remembers what is worth telling about it;
// reclaiming, reporting and asking the engine are its callers' affair.
//
// Thread-safe except Init and Close; those and everything that changes
// something may run beside the readers, which never lock. A charge to an arena
// takes that arena's lock, a leaf; the total is charged without one. Nothing
// here takes another lock or calls out. A charge that does not fit changes
// nothing, not even for a moment, neither here nor in the total.
//
// All in bytes. Works from zero memory after Init.

#ifndef ACRE_ALLOCATOR_PAGE_QUOTA_H_
#define ACRE_ALLOCATOR_PAGE_QUOTA_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "allocator/base/mutex.h"
#include "allocator/page/quota_gauge.h"

namespace acre::allocator {

// Why pages or metadata were not handed out.
enum class PageFailure : uint8_t {
  kNone,
  kArenaLimit,
  kServiceLimit,
  kOutOfMemory,  // The system, or a bound of Acre's own structures.
};

class Quota {
 public:
  static constexpr uint64_t kUnlimited = QuotaGauge::kUnlimited;
  // Below this not even an empty arena's first slab would fit; for whoever
  // takes limits from people.
  static constexpr uint64_t kLeastHardLimit = uint64_t{64} << 10;
  // More than there is address space; likewise.
  static constexpr uint64_t kMostReserved = uint64_t{1} << 47;

  struct Limits {
    uint64_t reserved = 0;  // Guaranteed; at most the hard limit.
    // May be above the hard limit, and then is never crossed.
    uint64_t soft = kUnlimited;
    uint64_t hard = kUnlimited;
  };

  // Why limits were not set.
  enum class LimitFailure : uint8_t {
    kNone,
    kReserveAboveHardLimit,
    kServiceLimit,  // The total cannot set the reserve aside.
  };

  struct LimitResult {
    LimitFailure failure = LimitFailure::kNone;
    // When refused: the largest reserve that there was room for.
    uint64_t reservable = 0;

    bool ok() const { return failure == LimitFailure::kNone; }
  };

  // `total` is where the footprint is charged; null for the total itself. No
  // reserve and no soft limit. What was here before must have been closed.
  void Init(Quota* total, uint64_t hard_limit_bytes);

  // Ends an arena's quota, of which all was released: gives its reserve back.
  void Close();

  // Within the reserve the total is not asked.
  PageFailure TryCharge(uint64_t bytes);

  // For what is held already and cannot be given up: may exceed all limits.
  void ChargeAnyway(uint64_t bytes);

  void Release(uint64_t bytes);

  uint64_t charged() const { return gauge_.charged(); }
  uint64_t footprint() const { return std::max(charged(), reserved()); }
  // The highest that was charged since Init or ResetPeak.
  uint64_t peak() const { return gauge_.peak(); }
  void ResetPeak() { gauge_.ResetPeak(); }

  // --- limits --------------------------------------------------------------
  // Limits below what is charged are allowed: nothing more is handed out until
  // enough came back. A total limit below the sum of the reserves takes none of
  // them away.

  uint64_t reserved() const {
    return reserved_.load(std::memory_order_relaxed);
  }
  uint64_t soft_limit() const { return gauge_.soft_limit(); }
  uint64_t limit() const { return gauge_.hard_limit(); }
  // What the hard limit leaves.
  uint64_t available() const { return gauge_.available(); }

  // All of them, or none. The total has no reserve.
  LimitResult SetLimits(const Limits& limits);
  LimitResult SetReserved(uint64_t bytes);
  void set_soft_limit(uint64_t bytes);
  // The hard limit. False, and nothing is changed, below the reserve.
  bool set_limit(uint64_t bytes);

  // --- pressure ------------------------------------------------------------

  // Charged is above the soft limit.
  bool above_soft_limit() const { return gauge_.above_soft_limit(); }
  // True once for each time that charged came to be above the soft limit, by a
  // charge or by a lower limit; to come there again it must have been at or
  // below it. One load when there is nothing to tell; for whoever charged to
  // call once outside all locks.
  bool TakeSoftCrossing() { return gauge_.TakeSoftCrossing(); }
  // For who was refused by this quota's hard limit: true for the first since
  // anything was released or the limit was raised.
  bool NoteRefusal() { return gauge_.NoteRefusal(); }

  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    Lock lock(&mutex_);
    mutex_.ForgetCounts();
  }

  const Quota* total() const { return total_; }

 private:
  using Lock = MutexLock<LockRank::kQuota>;

  // Of the footprint with `charged`, what goes beyond the reserve.
  uint64_t BeyondReserve(uint64_t charged) const {
    return charged - std::min(charged, reserved());
  }
  LimitResult SetLocked(const Limits& limits)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MoveReserve(uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Quota* total_ = nullptr;
  // An arena's: all that changes charged or the reserve. Anybody's: the setting
  // of limits.
  Mutex<LockRank::kQuota> mutex_;
  std::atomic<uint64_t> reserved_{0};  // Written under mutex_.
  QuotaGauge gauge_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_QUOTA_H_
