// How much is charged against a hard and a soft limit, and what there is to
// remember of it: the peak, each time the soft limit was crossed upwards, and
// whether a refusal was noted since there was last any room made. Knows nothing
// of reserves, nor of anything above it.
//
// The amount and whether it is above the soft limit are one word, changed by
// compare-and-swap: each crossing is one thread's doing and is counted once.
// Thread-safe and lock-free, but for the setters of limits, one at a time.
// All in bytes. Works from zero memory after Init, which may be called anew
// while others read.

#ifndef ACRE_ALLOCATOR_PAGE_QUOTA_GAUGE_H_
#define ACRE_ALLOCATOR_PAGE_QUOTA_GAUGE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "allocator/base/check.h"

namespace acre::allocator {

class QuotaGauge {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;
  // Without a limit no more than this is charged.
  static constexpr uint64_t kMost = UINT64_MAX >> 1;

  // Without a soft limit.
  void Init(uint64_t hard_limit) {
    word_.store(0, std::memory_order_relaxed);
    hard_limit_.store(hard_limit, std::memory_order_relaxed);
    soft_limit_.store(kUnlimited, std::memory_order_relaxed);
    peak_.store(0, std::memory_order_relaxed);
    untold_crossings_.store(0, std::memory_order_relaxed);
    refusal_noted_.store(false, std::memory_order_relaxed);
  }

  bool Fits(uint64_t bytes) const { return FitsOn(charged(), bytes); }

  // False, having changed nothing, when the hard limit does not allow it.
  bool TryAdd(uint64_t bytes) {
    uint64_t word = word_.load(std::memory_order_relaxed);
    do {
      if (!FitsOn(ChargedOf(word), bytes)) return false;
    } while (!Replace(&word, ChargedOf(word) + bytes));
    RaisePeak(ChargedOf(word) + bytes);
    return true;
  }

  // Whatever the limit.
  void Add(uint64_t bytes) {
    uint64_t word = word_.load(std::memory_order_relaxed);
    do {
      ACRE_CHECK(bytes <= kMost - ChargedOf(word));
    } while (!Replace(&word, ChargedOf(word) + bytes));
    RaisePeak(ChargedOf(word) + bytes);
  }

  void Sub(uint64_t bytes) {
    uint64_t word = word_.load(std::memory_order_relaxed);
    do {
      ACRE_CHECK(bytes <= ChargedOf(word));
    } while (!Replace(&word, ChargedOf(word) - bytes));
    if (bytes != 0) ForgetRefusal();
  }

  uint64_t charged() const {
    return ChargedOf(word_.load(std::memory_order_relaxed));
  }
  bool above_soft_limit() const {
    return (word_.load(std::memory_order_relaxed) & kAbove) != 0;
  }
  uint64_t hard_limit() const {
    return hard_limit_.load(std::memory_order_relaxed);
  }
  uint64_t soft_limit() const {
    return soft_limit_.load(std::memory_order_relaxed);
  }
  uint64_t available() const {
    const uint64_t limit = std::min(hard_limit(), kMost);
    return limit - std::min(limit, charged());
  }

  void set_hard_limit(uint64_t bytes) {
    const bool raised = bytes > hard_limit();
    hard_limit_.store(bytes, std::memory_order_relaxed);
    if (raised) ForgetRefusal();
  }
  void set_soft_limit(uint64_t bytes) {
    soft_limit_.store(bytes);
    Remark();
  }

  bool TakeSoftCrossing() {
    uint32_t untold = untold_crossings_.load(std::memory_order_relaxed);
    while (untold != 0) {
      if (untold_crossings_.compare_exchange_weak(untold, untold - 1)) {
        return true;
      }
    }
    return false;
  }

  bool NoteRefusal() {
    return !refusal_noted_.load(std::memory_order_relaxed) &&
           !refusal_noted_.exchange(true);
  }

  uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  void ResetPeak() {
    peak_.store(charged());
    // A charge made since may have found the old peak in place.
    RaisePeak(ChargedOf(word_.load()));
  }

 private:
  static constexpr uint64_t kAbove = kMost + 1;

  static uint64_t ChargedOf(uint64_t word) { return word & kMost; }

  bool FitsOn(uint64_t charged, uint64_t bytes) const {
    const uint64_t limit = std::min(hard_limit(), kMost);
    return bytes <= limit && charged <= limit - bytes;
  }

  // Puts `charged` in the place of `*word`; on failure shows there what is.
  bool Replace(uint64_t* word, uint64_t charged) {
    const uint64_t soft = soft_limit_.load();
    if (!Exchange(word, charged, soft)) return false;
    // Who sets the limit marks what it finds then; what was put in after that
    // by an old limit is marked here.
    if (soft_limit_.load() != soft) Remark();
    return true;
  }

  void Remark() {
    uint64_t soft;
    do {
      soft = soft_limit_.load();
      uint64_t word = word_.load();
      while (!Exchange(&word, ChargedOf(word), soft)) {
      }
    } while (soft_limit_.load() != soft);
  }

  bool Exchange(uint64_t* word, uint64_t charged, uint64_t soft) {
    const uint64_t next = charged > soft ? charged | kAbove : charged;
    if (!word_.compare_exchange_weak(*word, next)) return false;
    if ((next & ~*word & kAbove) != 0) untold_crossings_.fetch_add(1);
    return true;
  }

  void RaisePeak(uint64_t charged) {
    uint64_t peak = peak_.load();
    while (peak < charged && !peak_.compare_exchange_weak(peak, charged)) {
    }
  }

  void ForgetRefusal() {
    if (refusal_noted_.load()) refusal_noted_.store(false);
  }

  std::atomic<uint64_t> word_{0};  // Charged; kAbove: above the soft limit.
  std::atomic<uint64_t> hard_limit_{kUnlimited};
  std::atomic<uint64_t> soft_limit_{kUnlimited};
  std::atomic<uint64_t> peak_{0};
  std::atomic<uint32_t> untold_crossings_{0};
  std::atomic<bool> refusal_noted_{false};
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_QUOTA_GAUGE_H_
