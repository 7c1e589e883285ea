#include "allocator/base/mutex.h"

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

template <LockRank kRank>
struct Guarded {
  Mutex<kRank> mutex;
  uint64_t value ABSL_GUARDED_BY(mutex) = 0;

  void Add() {
    MutexLock<kRank> lock(&mutex);
    ++value;
  }
  uint64_t Get() {
    MutexLock<kRank> lock(&mutex);
    return value;
  }
};

TEST(MutexTest, IsSmallAndNeedsNoInitialisation) {
  static_assert(sizeof(Mutex<LockRank::kBin>) == 24);
  static constinit Mutex<LockRank::kBin> mutex;
  MutexLock<LockRank::kBin> lock(&mutex);
}

TEST(MutexTest, CountsHowOftenItWasTaken) {
  Mutex<LockRank::kBin> mutex;
  for (int i = 0; i < 5; ++i) MutexLock<LockRank::kBin> lock(&mutex);
  EXPECT_EQ(mutex.counts().acquisitions, 5u);
  EXPECT_EQ(mutex.counts().contentions, 0u);
  EXPECT_EQ(mutex.counts().wait_ns, 0u);
  mutex.ForgetCounts();
  EXPECT_EQ(mutex.counts().acquisitions, 0u);
}

TEST(MutexTest, CountsWaitsAndTheirTime) {
  Mutex<LockRank::kBin> mutex;
  std::atomic<bool> waits{false};
  mutex.Lock();
  std::thread other([&] {
    waits = true;
    MutexLock<LockRank::kBin> lock(&mutex);
  });
  while (!waits) std::this_thread::yield();
  // It may not be waiting yet; a moment later it is, or takes the lock at once.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  mutex.Unlock();
  other.join();
  const LockCounts counts = mutex.counts();
  EXPECT_EQ(counts.acquisitions, 2u);
  EXPECT_EQ(counts.contentions, counts.wait_ns > 0 ? 1u : 0u);
}

TEST(MutexTest, ThreadsThatContendLoseNoUpdate) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20000;
  Guarded<LockRank::kPageAllocator> counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) counter.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Get(), uint64_t{kThreads} * kRounds);
}

TEST(MutexTest, AWaiterThatSleepsIsWoken) {
  // Handing over the turn lets each thread find the lock taken for long.
  Mutex<LockRank::kService> mutex;
  int turn = 0;
  auto take_turns = [&](int me) {
    for (int done = 0; done < 50;) {
      MutexLock<LockRank::kService> lock(&mutex);
      if (turn != me) continue;
      turn = 1 - me;
      ++done;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  };
  std::thread other(take_turns, 1);
  take_turns(0);
  other.join();
  EXPECT_EQ(turn, 0);
}

TEST(MutexTest, LocksMayBeTakenInTheOrderOfTheirRanks) {
  Guarded<LockRank::kService> outer;
  Guarded<LockRank::kRanges> middle;
  Guarded<LockRank::kBin> inner;
  for (int i = 0; i < 2; ++i) {
    MutexLock<LockRank::kService> a(&outer.mutex);
    MutexLock<LockRank::kRanges> b(&middle.mutex);
    inner.Add();
  }
  // A rank that was released may be taken anew.
  inner.Add();
  EXPECT_EQ(inner.Get(), 3u);
}

TEST(MutexTest, RanksAreCheckedThreadByThread) {
  Guarded<LockRank::kBin> inner;
  Guarded<LockRank::kService> outer;
  {
    MutexLock<LockRank::kBin> held(&inner.mutex);
    std::thread other([&] { outer.Add(); });
    other.join();
  }
  EXPECT_EQ(outer.Get(), 1u);
}

#ifndef NDEBUG
void TakeInnerFirst() {
  Guarded<LockRank::kPageMap> inner;
  Guarded<LockRank::kService> outer;
  MutexLock<LockRank::kPageMap> lock(&inner.mutex);
  outer.Add();
}

void TakeTwoOfOneRank() {
  Guarded<LockRank::kBin> a;
  Guarded<LockRank::kBin> b;
  MutexLock<LockRank::kBin> lock(&a.mutex);
  b.Add();
}

TEST(MutexDeathTest, TakingAnOuterLockUnderAnInnerOneAborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(TakeInnerFirst(), "lock rank order");
}

TEST(MutexDeathTest, TakingTwoLocksOfOneRankAborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(TakeTwoOfOneRank(), "lock rank order");
}
#endif

}  // namespace
}  // namespace acre::allocator
