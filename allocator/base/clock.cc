#include "allocator/base/clock.h"

#include <ctime>
#include <new>

namespace acre::allocator {

SystemClock* SystemClock::Get() {
  alignas(SystemClock) static unsigned char storage[sizeof(SystemClock)];
  static SystemClock* const instance = new (storage) SystemClock;
  return instance;
}

namespace {

uint64_t Read(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosPerSecond +
         static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

uint64_t SystemClock::Now() noexcept { return Read(CLOCK_MONOTONIC); }

uint64_t SystemClock::CoarseNow() noexcept {
  return Read(CLOCK_MONOTONIC_COARSE);
}

}  // namespace acre::allocator
