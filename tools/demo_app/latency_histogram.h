// Latencies in logarithmic buckets: percentiles that are at most 1/16 too
// high, from a few kilobytes however many latencies there are.
//
// Any number of threads may record and read at once; a reader may miss what is
// being recorded meanwhile. Latencies are in nanoseconds.
#ifndef ACRE_TOOLS_DEMO_APP_LATENCY_HISTOGRAM_H_
#define ACRE_TOOLS_DEMO_APP_LATENCY_HISTOGRAM_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace acre::demo {

class LatencyHistogram {
 public:
  void Record(uint64_t nanoseconds);

  // Adds what `other` has recorded so far.
  void Add(const LatencyHistogram& other);

  uint64_t count() const;

  // The latency that `percent` of a hundred do not exceed; 0 without any.
  uint64_t Percentile(double percent) const;

 private:
  // 16 buckets to each doubling; below 32 every number has one to itself.
  static constexpr size_t kBuckets = 60 * 16 + 16;

  static size_t BucketOf(uint64_t nanoseconds);
  static uint64_t LargestIn(size_t bucket);

  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_LATENCY_HISTOGRAM_H_
