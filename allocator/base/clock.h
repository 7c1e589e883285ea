// Monotonic time in nanoseconds, injectable so that tests make it pass.

#ifndef ACRE_ALLOCATOR_BASE_CLOCK_H_
#define ACRE_ALLOCATOR_BASE_CLOCK_H_

#include <cstdint>

namespace acre::allocator {

inline constexpr uint64_t kNanosPerMilli = 1'000'000;
inline constexpr uint64_t kNanosPerSecond = 1'000'000'000;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since some moment; never goes back.
  virtual uint64_t Now() noexcept = 0;
};

// CLOCK_MONOTONIC. One instance is enough; it has no state.
class SystemClock final : public Clock {
 public:
  static SystemClock* Get();

  uint64_t Now() noexcept override;
  // As of the last tick of the kernel's, a few milliseconds ago; costs a few
  // nanoseconds.
  static uint64_t CoarseNow() noexcept;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_CLOCK_H_
