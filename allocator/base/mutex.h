// A small mutex over futex(2), with its rank in its type. It counts how often
// it was taken, how often somebody had to wait for it, and how long: in the
// cache line that taking it needs anyway, and the clock is read only by who
// waits.
//
// Ranks order the locks of the process, outer to inner. A thread may take a
// lock only if its rank is greater than that of every lock it holds; debug
// builds check this at run time, and Clang's thread-safety analysis checks
// what is guarded at compile time. A bin's lock has the greatest rank: nothing
// may be taken under it.
//
// State: 0 free, 1 held, 2 held and somebody may sleep (Drepper, "Futexes are
// tricky", 2011, section 6).

#ifndef ACRE_ALLOCATOR_BASE_MUTEX_H_
#define ACRE_ALLOCATOR_BASE_MUTEX_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "allocator/base/counter.h"

namespace acre::allocator {

enum class LockRank : uint8_t {
  kForks = 5,
  kService = 10,
  kArenaControl = 20,
  kSources = 25,
  kArenaCaches = 30,
  kPurge = 35,
  kPageAllocator = 40,
  kRanges = 50,
  kGrants = 55,
  kPageMap = 60,
  kMetadataPool = 70,
  kHookChain = 80,
  kGovernor = 90,
  kHookReports = 92,
  kQuota = 95,
  kBin = 100,
};

// What is done with a lock around fork(2); see fork.h.
enum class ForkStep : uint8_t { kPrepare, kParent, kChild };

// Debug builds only; no-ops otherwise.
void NoteLockTaken(LockRank rank) noexcept;
void NoteLockReleased(LockRank rank) noexcept;

// What a lock has seen, or several together.
struct LockCounts {
  uint64_t acquisitions = 0;
  uint64_t contentions = 0;  // Those that had to wait.
  uint64_t wait_ns = 0;      // Together.

  LockCounts& operator+=(const LockCounts& other) {
    acquisitions += other.acquisitions;
    contentions += other.contentions;
    wait_ns += other.wait_ns;
    return *this;
  }
};

class ABSL_LOCKABLE FutexMutex {
 public:
  constexpr FutexMutex() = default;
  FutexMutex(const FutexMutex&) = delete;
  FutexMutex& operator=(const FutexMutex&) = delete;

  // Each figure is read on its own; contentions wrap at 2^32.
  LockCounts counts() const noexcept {
    return {.acquisitions = acquisitions_.Get(),
            .contentions = contentions_.Get(),
            .wait_ns = wait_ns_.Get()};
  }

 protected:
  void LockRaw() noexcept {
    uint32_t expected = 0;
    if (!state_.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
      LockSlow();
    }
    acquisitions_.Add(1);
  }
  // Spins some milliseconds at most.
  bool TryLockRaw() noexcept;
  void ForgetCountsRaw() noexcept {
    acquisitions_.Set(0);
    contentions_.Set(0);
    wait_ns_.Set(0);
  }
  void UnlockRaw() noexcept {
    if (state_.exchange(0, std::memory_order_release) == 2) WakeOne();
  }

  // Many locks of one rank are held over a fork, so ranks are not looked at.
  void ForForkRaw(ForkStep step) noexcept {
    switch (step) {
      case ForkStep::kPrepare:
        LockRaw();
        break;
      case ForkStep::kParent:
        UnlockRaw();
        break;
      case ForkStep::kChild:
        state_.store(0, std::memory_order_relaxed);  // Nobody waits.
        break;
    }
  }

 private:
  void LockSlow() noexcept;
  void WakeOne() noexcept;

  void AwaitTurn() noexcept;

  std::atomic<uint32_t> state_{0};
  // Written by who holds it.
  Counter<uint32_t> contentions_;
  Counter<uint64_t> acquisitions_;
  Counter<uint64_t> wait_ns_;
};

template <LockRank kRank>
class ABSL_LOCKABLE Mutex : private FutexMutex {
 public:
  constexpr Mutex() = default;

  void Lock() noexcept ABSL_EXCLUSIVE_LOCK_FUNCTION() {
#ifndef NDEBUG
    NoteLockTaken(kRank);
#endif
    LockRaw();
  }
  void Unlock() noexcept ABSL_UNLOCK_FUNCTION() {
    UnlockRaw();
#ifndef NDEBUG
    NoteLockReleased(kRank);
#endif
  }
  // False when somebody keeps it for longer than any operation does: a thread
  // that was stopped. For readers that must not wait for it.
  bool TryLock() noexcept ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    if (!TryLockRaw()) return false;
#ifndef NDEBUG
    NoteLockTaken(kRank);
#endif
    return true;
  }
  using FutexMutex::counts;
  // Counts anew. Under the lock, or where nobody uses it.
  void ForgetCounts() noexcept { ForgetCountsRaw(); }
  void ForFork(ForkStep step) noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    ForForkRaw(step);
  }
};

template <LockRank kRank>
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex<kRank>* mutex) noexcept
      ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex<kRank>* const mutex_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_MUTEX_H_
