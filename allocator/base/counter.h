// Counters with one writer at a time (the holder of some lock) and any number
// of readers. Writing costs a load and a store, never a locked instruction;
// reading is always possible and never torn.

#ifndef ACRE_ALLOCATOR_BASE_COUNTER_H_
#define ACRE_ALLOCATOR_BASE_COUNTER_H_

#include <atomic>
#include <cstdint>

namespace acre::allocator {

// Written under a lock that the owner names.
template <typename T = uint64_t>
class Counter {
 public:
  T Get() const { return value_.load(std::memory_order_relaxed); }
  void Set(T value) { value_.store(value, std::memory_order_relaxed); }
  void Add(T n) { Set(static_cast<T>(Get() + n)); }
  void Sub(T n) { Set(static_cast<T>(Get() - n)); }

 private:
  std::atomic<T> value_{0};
};

// Written by any thread; for events that are rare.
class SharedCounter {
 public:
  uint64_t Get() const { return value_.load(std::memory_order_relaxed); }
  void Add(uint64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  void Sub(uint64_t n) { value_.fetch_sub(n, std::memory_order_relaxed); }
  void Set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_COUNTER_H_
