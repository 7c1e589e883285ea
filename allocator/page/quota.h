// What an arena, and the service as a whole, hold physically, against a limit:
// active, dirty and metadata bytes. Charged where pages and metadata are handed
// out, never per allocation.
//
// Thread-safe and lock-free. A charge that does not fit changes nothing of the
// quota that refuses it, not even for a moment, so a tenant's refused request
// cannot make another's fail. One that the total refuses is charged to its own
// arena for that moment.

#ifndef ACRE_ALLOCATOR_PAGE_QUOTA_H_
#define ACRE_ALLOCATOR_PAGE_QUOTA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace acre::allocator {

// Why pages or metadata were not handed out.
enum class PageFailure : uint8_t {
  kNone,
  kArenaLimit,
  kServiceLimit,
  kOutOfMemory,  // The system, or a bound of Acre's own structures.
};

class Quota {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;

  // `total` is the quota that every charge is passed on to; null for the
  // total itself. Not thread-safe.
  void Init(Quota* total, uint64_t limit_bytes) {
    total_ = total;
    charged_.store(0, std::memory_order_relaxed);
    limit_.store(limit_bytes, std::memory_order_relaxed);
  }

  PageFailure TryCharge(uint64_t bytes) {
    if (!TryAdd(bytes)) {
      return total_ == nullptr ? PageFailure::kServiceLimit
                               : PageFailure::kArenaLimit;
    }
    if (total_ != nullptr && total_->TryCharge(bytes) != PageFailure::kNone) {
      charged_.fetch_sub(bytes, std::memory_order_relaxed);
      return PageFailure::kServiceLimit;
    }
    return PageFailure::kNone;
  }

  // For what is held already and cannot be given up: may exceed the limit.
  void ChargeAnyway(uint64_t bytes) {
    charged_.fetch_add(bytes, std::memory_order_relaxed);
    if (total_ != nullptr) total_->ChargeAnyway(bytes);
  }

  void Release(uint64_t bytes) {
    charged_.fetch_sub(bytes, std::memory_order_relaxed);
    if (total_ != nullptr) total_->Release(bytes);
  }

  uint64_t charged() const { return charged_.load(std::memory_order_relaxed); }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  // A limit below what is charged is allowed: nothing more is handed out until
  // enough came back.
  void set_limit(uint64_t bytes) {
    limit_.store(bytes, std::memory_order_relaxed);
  }
  const Quota* total() const { return total_; }

 private:
  bool TryAdd(uint64_t bytes) {
    uint64_t charged = charged_.load(std::memory_order_relaxed);
    do {
      const uint64_t limit = limit_.load(std::memory_order_relaxed);
      if (bytes > limit || charged > limit - bytes) return false;
    } while (!charged_.compare_exchange_weak(charged, charged + bytes,
                                             std::memory_order_relaxed));
    return true;
  }

  Quota* total_ = nullptr;
  std::atomic<uint64_t> charged_{0};
  std::atomic<uint64_t> limit_{kUnlimited};
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_QUOTA_H_
