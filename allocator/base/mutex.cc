#include "allocator/base/mutex.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "allocator/base/check.h"
#include "allocator/base/clock.h"

namespace acre::allocator {
namespace {

// Critical sections are a few hundred nanoseconds: spin about that long before
// sleeping.
constexpr int kSpins = 60;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

long Futex(std::atomic<uint32_t>* word, int operation, uint32_t value) {
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(word), operation, value,
                 nullptr, nullptr, 0);
}

#ifndef NDEBUG
// Locks that this thread holds, by rank. Two locks of one rank are never held
// together, so a bit a rank is enough.
thread_local unsigned __int128 held_ranks = 0;
#endif

}  // namespace

void FutexMutex::LockSlow() noexcept {
  const uint64_t since = SystemClock::Get()->Now();
  AwaitTurn();
  contentions_.Add(1);
  wait_ns_.Add(SystemClock::Get()->Now() - since);
}

bool FutexMutex::TryLockRaw() noexcept {
  // Longer than a slice of a purge takes.
  constexpr int kTries = 20'000;
  for (int i = 0; i < kTries; ++i) {
    uint32_t expected = 0;
    if (state_.load(std::memory_order_relaxed) == 0 &&
        state_.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      acquisitions_.Add(1);
      return true;
    }
    // Who holds it may need this processor.
    if (i % 64 == 63) {
      sched_yield();
    } else {
      Pause();
    }
  }
  return false;
}

void FutexMutex::AwaitTurn() noexcept {
  for (int i = 0; i < kSpins; ++i) {
    uint32_t expected = 0;
    if (state_.load(std::memory_order_relaxed) == 0 &&
        state_.compare_exchange_weak(expected, 1, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
      return;
    }
    Pause();
  }
  while (state_.exchange(2, std::memory_order_acquire) != 0) {
    Futex(&state_, FUTEX_WAIT_PRIVATE, 2);
  }
}

void FutexMutex::WakeOne() noexcept { Futex(&state_, FUTEX_WAKE_PRIVATE, 1); }

#ifndef NDEBUG
void NoteLockTaken(LockRank rank) noexcept {
  const auto bit = static_cast<unsigned>(rank);
  // A set bit at or above this rank is an inversion.
  ACRE_CHECK((held_ranks >> bit) == 0 && "lock rank order");
  held_ranks |= static_cast<unsigned __int128>(1) << bit;
}

void NoteLockReleased(LockRank rank) noexcept {
  held_ranks &=
      ~(static_cast<unsigned __int128>(1) << static_cast<unsigned>(rank));
}
#else
void NoteLockTaken(LockRank) noexcept {}
void NoteLockReleased(LockRank) noexcept {}
#endif

}  // namespace acre::allocator
