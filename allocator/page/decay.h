// Decay: how many unused pages an arena may keep, as time passes. Pure
// arithmetic; the caller brings the time and does the purging.
//
// Pages that became unused are given back over `decay_ms`, along the smoothstep
// curve h(x) = 6x^5 - 15x^4 + 10x^3 (Ken Perlin, "Improving noise", 2002), as
// in jemalloc: hardly any at first, most in the middle, the last at the end.
// Time is cut into 200 epochs; for each of the last 200 it is known how many
// pages became unused in it.
//
// Not thread-safe.

#ifndef ACRE_ALLOCATOR_PAGE_DECAY_H_
#define ACRE_ALLOCATOR_PAGE_DECAY_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace acre::allocator {

// Decay times, milliseconds: -1 never, 0 at once.
inline constexpr int64_t kDecayNever = -1;
// Long enough that a query's memory is there for the next one, short enough
// that an idle process is small within five seconds.
inline constexpr int64_t kDefaultDirtyDecayMs = 2000;
// As the service has it for arenas that do not say.
inline constexpr int64_t kDecayAsDomain = INT64_MIN;
inline constexpr int64_t kMostDecayMs = int64_t{1000} * 60 * 60 * 24 * 365;
constexpr bool IsDecayTime(int64_t ms) {
  return ms >= kDecayNever && ms <= kMostDecayMs;
}

class Decay {
 public:
  static constexpr size_t kEpochs = 200;
  // Weights are in units of 2^-24.
  static constexpr int kWeightBits = 24;

  // The share that is kept of pages that became unused `age` epochs ago; 1 at
  // age 0, 0 at kEpochs.
  static constexpr uint32_t WeightAt(size_t age) {
    // h(left / kEpochs), exactly, rounded to the nearest.
    const uint64_t n = kEpochs;
    const uint64_t left = age >= n ? 0 : n - age;
    const uint64_t numerator =
        left * left * left * (6 * left * left + 10 * n * n - 15 * n * left);
    const uint64_t denominator = n * n * n * n * n;  // Below 2^39.
    // The quotient's bits, in two steps that fit 64 bits.
    const uint64_t high = (numerator << 12) / denominator;
    const uint64_t rest = (numerator << 12) % denominator;
    return static_cast<uint32_t>(
        (high << 12) + ((rest << 12) + denominator / 2) / denominator);
  }

  // Starts anew, with no pages unused. `decay_ms` is greater than 0.
  void Start(int64_t decay_ms, uint64_t now_ns) noexcept;

  // Takes notice of `unused` pages at `now_ns`, of which `lowest` at least were
  // so ever since the last time; returns how many may stay. Pages that became
  // unused since then count from now on. O(kEpochs) where an epoch has passed,
  // else O(1).
  uint64_t Advance(uint64_t now_ns, uint64_t unused, uint64_t lowest) noexcept;
  uint64_t Advance(uint64_t now_ns, uint64_t unused) noexcept {
    return Advance(now_ns, unused, unused);
  }
  // Tells that `unused` pages are left after what Advance asked for.
  void Purged(uint64_t unused) noexcept { known_ = unused; }

  // When about `pages` more would have to go, if nothing else becomes unused:
  // at the earliest the next epoch, at the latest the end of the decay.
  // O(kEpochs log kEpochs).
  uint64_t TimeOf(uint64_t pages) const noexcept;

  uint64_t interval_ns() const { return interval_ns_; }

 private:
  uint64_t LimitAfter(size_t epochs) const noexcept;

  uint64_t epoch_start_ns_ = 0;
  uint64_t interval_ns_ = 1;
  uint64_t limit_ = 0;
  uint64_t known_ = 0;   // Unused pages that are in the backlog.
  uint32_t newest_ = 0;  // Position of the epoch that is not over yet.
  // Pages that became unused in each epoch, a ring.
  std::array<uint32_t, kEpochs> backlog_{};
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_DECAY_H_
