#include "tools/demo_app/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace acre::demo {

void LatencyHistogram::Record(uint64_t nanoseconds) {
  buckets_[BucketOf(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) {
    buckets_[i].fetch_add(other.buckets_[i].load(std::memory_order_relaxed),
                          std::memory_order_relaxed);
  }
}

uint64_t LatencyHistogram::count() const {
  uint64_t count = 0;
  for (const auto& bucket : buckets_) {
    count += bucket.load(std::memory_order_relaxed);
  }
  return count;
}

uint64_t LatencyHistogram::Percentile(double percent) const {
  const auto rank = static_cast<uint64_t>(
      std::ceil(static_cast<double>(count()) * percent / 100));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    const uint64_t here = buckets_[i].load(std::memory_order_relaxed);
    seen += here;
    if (here > 0 && seen >= std::max<uint64_t>(rank, 1)) return LargestIn(i);
  }
  return 0;
}

size_t LatencyHistogram::BucketOf(uint64_t nanoseconds) {
  if (nanoseconds < 32) return nanoseconds;
  const int shift = static_cast<int>(std::bit_width(nanoseconds)) - 5;
  return static_cast<size_t>(shift) * 16 + (nanoseconds >> shift);
}

uint64_t LatencyHistogram::LargestIn(size_t bucket) {
  if (bucket < 32) return bucket;
  const size_t shift = bucket / 16 - 1;
  const uint64_t step = bucket % 16 + 16;
  return ((step + 1) << shift) - 1;
}

}  // namespace acre::demo
