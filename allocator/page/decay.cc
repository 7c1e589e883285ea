#include "allocator/page/decay.h"

#include <algorithm>

#include "allocator/base/clock.h"

namespace acre::allocator {
namespace {

constexpr auto kWeights = [] {
  std::array<uint32_t, Decay::kEpochs> weights{};
  for (size_t age = 0; age < weights.size(); ++age) {
    weights[age] = Decay::WeightAt(age);
  }
  return weights;
}();

}  // namespace

void Decay::Start(int64_t decay_ms, uint64_t now_ns) noexcept {
  interval_ns_ = std::max<uint64_t>(
      1, static_cast<uint64_t>(decay_ms) * kNanosPerMilli / kEpochs);
  epoch_start_ns_ = now_ns;
  limit_ = 0;
  known_ = 0;
  newest_ = 0;
  backlog_.fill(0);
}

// What may stay when `epochs` more have passed.
uint64_t Decay::LimitAfter(size_t epochs) const noexcept {
  uint64_t sum = 0;
  for (size_t age = epochs; age < kEpochs; ++age) {
    const size_t at = (newest_ + kEpochs - (age - epochs)) % kEpochs;
    sum += uint64_t{backlog_[at]} * kWeights[age];
  }
  return sum >> kWeightBits;
}

uint64_t Decay::Advance(uint64_t now_ns, uint64_t unused,
                        uint64_t lowest) noexcept {
  const uint64_t passed =
      now_ns > epoch_start_ns_ ? (now_ns - epoch_start_ns_) / interval_ns_ : 0;
  if (passed != 0) {
    epoch_start_ns_ += passed * interval_ns_;
    if (passed >= kEpochs) {
      backlog_.fill(0);
    } else {
      for (uint64_t i = 0; i < passed; ++i) {
        newest_ = static_cast<uint32_t>((newest_ + 1) % kEpochs);
        backlog_[newest_] = 0;
      }
    }
    limit_ = LimitAfter(0);
  }
  known_ = std::min({known_, lowest, unused});
  const uint64_t sum = backlog_[newest_] + (unused - known_);
  backlog_[newest_] =
      static_cast<uint32_t>(std::min<uint64_t>(sum, UINT32_MAX));
  limit_ += unused - known_;
  known_ = unused;
  return std::min(limit_, unused);
}

uint64_t Decay::TimeOf(uint64_t pages) const noexcept {
  const uint64_t now = std::min(LimitAfter(0), known_);
  size_t low = 1;
  size_t high = kEpochs;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (now - std::min(now, LimitAfter(middle)) >= pages) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return epoch_start_ns_ + low * interval_ns_;
}

}  // namespace acre::allocator
