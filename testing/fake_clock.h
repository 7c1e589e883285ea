// Time that passes when a test says so.

#ifndef ACRE_TESTING_FAKE_CLOCK_H_
#define ACRE_TESTING_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "allocator/base/clock.h"

namespace acre::testing {

// Thread-safe.
class FakeClock final : public allocator::Clock {
 public:
  uint64_t Now() noexcept override { return now_.load(); }
  void Advance(uint64_t nanos) { now_.fetch_add(nanos); }
  void AdvanceMillis(uint64_t millis) {
    Advance(millis * allocator::kNanosPerMilli);
  }

 private:
  std::atomic<uint64_t> now_{allocator::kNanosPerSecond};
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_FAKE_CLOCK_H_
