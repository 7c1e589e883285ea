#include "allocator/base/counter.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(CounterTest, AddsAndSubtracts) {
  Counter<uint64_t> counter;
  EXPECT_EQ(counter.Get(), 0u);
  counter.Add(5);
  counter.Sub(2);
  EXPECT_EQ(counter.Get(), 3u);
  counter.Set(9);
  EXPECT_EQ(counter.Get(), 9u);
}

TEST(CounterTest, AReaderNeverSeesAStepBack) {
  Counter<uint64_t> counter;
  std::thread writer([&] {
    for (int i = 0; i < 100000; ++i) counter.Add(uint64_t{1} << 31);
  });
  uint64_t last = 0;
  while (last < uint64_t{100000} << 31) {
    const uint64_t now = counter.Get();
    EXPECT_GE(now, last);
    EXPECT_EQ(now % (uint64_t{1} << 31), 0u);
    last = now;
  }
  writer.join();
}

TEST(CounterTest, SharedCountersLoseNothingToOtherWriters) {
  SharedCounter counter;
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) {
        counter.Add(3);
        counter.Sub(1);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(counter.Get(), 80000u);
}

}  // namespace
}  // namespace acre::allocator
