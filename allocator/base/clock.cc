#include "allocator/base/clock.h"

#include <ctime>
#include <new>

namespace acre::allocator {

SystemClock* SystemClock::Get() {
  alignas(SystemClock) static unsigned char storage[sizeof(SystemClock)];
  static SystemClock* const instance = new (storage) SystemClock;
  return instance;
}

uint64_t SystemClock::Now() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosPerSecond +
         static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace acre::allocator
