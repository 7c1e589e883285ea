#include "tools/demo_app/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

TEST(LatencyHistogramTest, EmptyHasNoPercentiles) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.Percentile(50), 0u);
}

TEST(LatencyHistogramTest, SmallNumbersAreExact) {
  LatencyHistogram histogram;
  for (uint64_t n = 1; n <= 30; ++n) histogram.Record(n);
  EXPECT_EQ(histogram.Percentile(0), 1u);
  EXPECT_EQ(histogram.Percentile(50), 15u);
  EXPECT_EQ(histogram.Percentile(100), 30u);
}

TEST(LatencyHistogramTest, NeverTooLowAndAtMostASixteenthTooHigh) {
  std::mt19937_64 random(3);
  std::vector<uint64_t> latencies;
  LatencyHistogram histogram;
  for (int i = 0; i < 10000; ++i) {
    latencies.push_back(random() >> (random() % 64));
    histogram.Record(latencies.back());
  }
  std::sort(latencies.begin(), latencies.end());
  for (double percent : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<size_t>(
        std::ceil(static_cast<double>(latencies.size()) * percent / 100));
    const uint64_t exact = latencies[rank - 1];
    const uint64_t read = histogram.Percentile(percent);
    EXPECT_GE(read, exact) << percent;
    EXPECT_LE(read - exact, exact / 16) << percent;
  }
}

TEST(LatencyHistogramTest, TheLargestNumberFits) {
  LatencyHistogram histogram;
  histogram.Record(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.Percentile(50), std::numeric_limits<uint64_t>::max());
}

TEST(LatencyHistogramTest, AddsUp) {
  LatencyHistogram one;
  LatencyHistogram two;
  one.Record(5);
  two.Record(9);
  one.Add(two);
  EXPECT_EQ(one.count(), 2u);
  EXPECT_EQ(one.Percentile(100), 9u);
}

}  // namespace
}  // namespace acre::demo
