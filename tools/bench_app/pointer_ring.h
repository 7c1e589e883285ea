// A bounded queue of pointers from one thread to one other.
//
// Positions are published once per batch and each side remembers the other's
// last position, so that the queue itself costs about a nanosecond a pointer
// and the allocators are what is measured. A side that finds no room or no
// pointers yields the processor. One producer, one consumer; wait-free apart
// from that waiting. The pointers are neither owned nor looked at.

#ifndef ACRE_TOOLS_BENCH_APP_POINTER_RING_H_
#define ACRE_TOOLS_BENCH_APP_POINTER_RING_H_

#include <sched.h>

#include <atomic>
#include <cstddef>

namespace acre::bench {

class PointerRing {
 public:
  static constexpr size_t kBatch = 64;
  static constexpr size_t kCapacity = 4096;  // a multiple of kBatch

  // Producer: waits for room, then returns kBatch slots to be filled.
  void** BeginPush() {
    while (pushed_ + kBatch - popped_seen_ > kCapacity) {
      popped_seen_ = popped_.load(std::memory_order_acquire);
      if (pushed_ + kBatch - popped_seen_ > kCapacity) sched_yield();
    }
    return &slots_[pushed_ % kCapacity];
  }
  void EndPush() {
    pushed_ += kBatch;
    published_.store(pushed_, std::memory_order_release);
  }

  // Consumer: waits for a batch, then returns its kBatch pointers.
  void** BeginPop() {
    while (published_seen_ == taken_) {
      published_seen_ = published_.load(std::memory_order_acquire);
      if (published_seen_ == taken_) sched_yield();
    }
    return &slots_[taken_ % kCapacity];
  }
  void EndPop() {
    taken_ += kBatch;
    popped_.store(taken_, std::memory_order_release);
  }

 private:
  static constexpr size_t kLine = 64;

  alignas(kLine) std::atomic<size_t> published_{0};
  alignas(kLine) std::atomic<size_t> popped_{0};
  alignas(kLine) size_t pushed_ = 0;  // the producer's
  size_t popped_seen_ = 0;
  alignas(kLine) size_t taken_ = 0;  // the consumer's
  size_t published_seen_ = 0;
  alignas(kLine) void* slots_[kCapacity];
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_POINTER_RING_H_
