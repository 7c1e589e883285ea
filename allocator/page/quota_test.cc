#include "allocator/page/quota.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

class QuotaTest : public testing::Test {
 protected:
  QuotaTest() {
    total_.Init(nullptr, 1000);
    arena_.Init(&total_, 600);
  }

  Quota total_;
  Quota arena_;
};

TEST_F(QuotaTest, ChargesUpToTheLimitAndNotAByteMore) {
  EXPECT_EQ(arena_.TryCharge(599), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(2), PageFailure::kArenaLimit);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  EXPECT_EQ(arena_.charged(), 600u);
  EXPECT_EQ(total_.charged(), 600u);
  arena_.Release(1);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kNone);
}

TEST_F(QuotaTest, TheTotalRefusesWhatTheArenaAllows) {
  Quota other;
  other.Init(&total_, Quota::kUnlimited);
  ASSERT_EQ(other.TryCharge(700), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(301), PageFailure::kServiceLimit);
  EXPECT_EQ(arena_.charged(), 0u);
  EXPECT_EQ(total_.charged(), 700u);
  EXPECT_EQ(arena_.TryCharge(300), PageFailure::kNone);
  other.Release(700);
  EXPECT_EQ(total_.charged(), 300u);
}

TEST_F(QuotaTest, TheTotalItselfReportsTheServicesLimit) {
  EXPECT_EQ(total_.TryCharge(1001), PageFailure::kServiceLimit);
  EXPECT_EQ(total_.total(), nullptr);
  EXPECT_EQ(arena_.total(), &total_);
}

TEST_F(QuotaTest, ALimitBelowWhatIsChargedRefusesUntilEnoughCameBack) {
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  arena_.set_limit(100);
  EXPECT_EQ(arena_.limit(), 100u);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  arena_.Release(400);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  arena_.Release(1);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kNone);
}

TEST_F(QuotaTest, HugeChargesCannotOverflow) {
  Quota open;
  open.Init(nullptr, Quota::kUnlimited);
  ASSERT_EQ(open.TryCharge(UINT64_MAX - 10), PageFailure::kNone);
  EXPECT_EQ(open.TryCharge(11), PageFailure::kServiceLimit);
  EXPECT_EQ(open.TryCharge(10), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(UINT64_MAX), PageFailure::kArenaLimit);
  EXPECT_EQ(arena_.charged(), 0u);
}

TEST_F(QuotaTest, ChargingNothingAlwaysSucceedsWithinTheLimit) {
  ASSERT_EQ(arena_.TryCharge(600), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(0), PageFailure::kNone);
}

TEST_F(QuotaTest, ThreadsTogetherNeverExceedEitherLimit) {
  Quota other;
  other.Init(&total_, 600);
  std::atomic<uint64_t> succeeded{0};
  auto churn = [&](Quota* quota, unsigned seed) {
    uint64_t held = 0;
    for (unsigned i = 0; i < 20000; ++i) {
      seed = seed * 1664525 + 1013904223;
      const uint64_t bytes = seed >> 24;
      if (quota->TryCharge(bytes) == PageFailure::kNone) {
        held += bytes;
        succeeded.fetch_add(1, std::memory_order_relaxed);
      } else {
        quota->Release(held);
        held = 0;
      }
      // ASSERT cannot stop a thread; once is enough to fail.
      EXPECT_LE(quota->charged(), 600u);
      EXPECT_LE(total_.charged(), 1000u);
    }
    quota->Release(held);
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back(churn, t % 2 == 0 ? &arena_ : &other, t);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(succeeded, 0u);
  EXPECT_EQ(arena_.charged(), 0u);
  EXPECT_EQ(other.charged(), 0u);
  EXPECT_EQ(total_.charged(), 0u);
}

}  // namespace
}  // namespace acre::allocator
