#include "allocator/page/quota.h"

#include "allocator/base/check.h"

namespace acre::allocator {

void Quota::Init(Quota* total, uint64_t hard_limit_bytes) {
  // A reserve that nobody gives back would be lost to all other arenas.
  ACRE_CHECK(reserved() == 0 && charged() == 0);
  // The same for every arena at this address, so written once.
  if (total_ != total) total_ = total;
  mutex_.ForgetCounts();
  gauge_.Init(hard_limit_bytes);
}

void Quota::Close() {
  Lock lock(&mutex_);
  ACRE_CHECK(charged() == 0);
  MoveReserve(0);
}

PageFailure Quota::TryCharge(uint64_t bytes) {
  if (total_ == nullptr) {
    return gauge_.TryAdd(bytes) ? PageFailure::kNone
                                : PageFailure::kServiceLimit;
  }
  Lock lock(&mutex_);
  if (!gauge_.Fits(bytes)) return PageFailure::kArenaLimit;
  const uint64_t more =
      BeyondReserve(charged() + bytes) - BeyondReserve(charged());
  if (more != 0 && !total_->gauge_.TryAdd(more)) {
    return PageFailure::kServiceLimit;
  }
  gauge_.Add(bytes);
  return PageFailure::kNone;
}

void Quota::ChargeAnyway(uint64_t bytes) {
  if (total_ == nullptr) {
    gauge_.Add(bytes);
    return;
  }
  Lock lock(&mutex_);
  const uint64_t more =
      BeyondReserve(charged() + bytes) - BeyondReserve(charged());
  if (more != 0) total_->gauge_.Add(more);
  gauge_.Add(bytes);
}

void Quota::Release(uint64_t bytes) {
  if (total_ == nullptr) {
    gauge_.Sub(bytes);
    return;
  }
  Lock lock(&mutex_);
  const uint64_t before = BeyondReserve(charged());
  gauge_.Sub(bytes);
  const uint64_t less = before - BeyondReserve(charged());
  if (less != 0) total_->gauge_.Sub(less);
}

Quota::LimitResult Quota::SetLimits(const Limits& limits) {
  Lock lock(&mutex_);
  return SetLocked(limits);
}

Quota::LimitResult Quota::SetReserved(uint64_t bytes) {
  Lock lock(&mutex_);
  return SetLocked({.reserved = bytes, .soft = soft_limit(), .hard = limit()});
}

void Quota::set_soft_limit(uint64_t bytes) {
  Lock lock(&mutex_);
  gauge_.set_soft_limit(bytes);
}

bool Quota::set_limit(uint64_t bytes) {
  Lock lock(&mutex_);
  if (bytes < reserved()) return false;
  gauge_.set_hard_limit(bytes);
  return true;
}

Quota::LimitResult Quota::SetLocked(const Limits& limits) {
  ACRE_CHECK(total_ != nullptr || limits.reserved == 0);
  LimitFailure failure = LimitFailure::kNone;
  if (limits.reserved > limits.hard) {
    failure = LimitFailure::kReserveAboveHardLimit;
  } else if (!MoveReserve(limits.reserved)) {
    failure = LimitFailure::kServiceLimit;
  }
  if (failure != LimitFailure::kNone) {
    return {
        .failure = failure,
        .reservable = std::min(limits.hard, footprint() + total_->available())};
  }
  gauge_.set_soft_limit(limits.soft);
  gauge_.set_hard_limit(limits.hard);
  return {};
}

// False, having changed nothing, when the total cannot set it aside.
bool Quota::MoveReserve(uint64_t bytes) {
  // Once: what is charged to the total itself may change meanwhile.
  const uint64_t held = charged();
  const uint64_t before = std::max(held, reserved());
  const uint64_t after = std::max(held, bytes);
  if (after > before && !total_->gauge_.TryAdd(after - before)) return false;
  reserved_.store(bytes, std::memory_order_relaxed);
  if (after < before) total_->gauge_.Sub(before - after);
  return true;
}

}  // namespace acre::allocator
