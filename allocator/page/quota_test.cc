#include "allocator/page/quota.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

using LimitFailure = Quota::LimitFailure;

class QuotaTest : public testing::Test {
 protected:
  QuotaTest() {
    total_.Init(nullptr, 1000);
    arena_.Init(&total_, 600);
    other_.Init(&total_, Quota::kUnlimited);
  }

  Quota total_;
  Quota arena_;
  Quota other_;
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
  ASSERT_EQ(other_.TryCharge(700), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(301), PageFailure::kServiceLimit);
  EXPECT_EQ(arena_.charged(), 0u);
  EXPECT_EQ(total_.charged(), 700u);
  EXPECT_EQ(arena_.TryCharge(300), PageFailure::kNone);
  other_.Release(700);
  EXPECT_EQ(total_.charged(), 300u);
}

TEST_F(QuotaTest, TheTotalItselfReportsTheServicesLimit) {
  EXPECT_EQ(total_.TryCharge(1001), PageFailure::kServiceLimit);
  EXPECT_EQ(total_.total(), nullptr);
  EXPECT_EQ(arena_.total(), &total_);
}

TEST_F(QuotaTest, ALimitBelowWhatIsChargedRefusesUntilEnoughCameBack) {
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  EXPECT_TRUE(arena_.set_limit(100));
  EXPECT_EQ(arena_.limit(), 100u);
  EXPECT_EQ(arena_.available(), 0u);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  arena_.Release(400);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  arena_.Release(1);
  EXPECT_EQ(arena_.available(), 1u);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kNone);
}

TEST_F(QuotaTest, HugeChargesCannotOverflow) {
  Quota open;
  open.Init(nullptr, Quota::kUnlimited);
  ASSERT_EQ(open.TryCharge(QuotaGauge::kMost - 10), PageFailure::kNone);
  EXPECT_EQ(open.TryCharge(11), PageFailure::kServiceLimit);
  EXPECT_EQ(open.TryCharge(UINT64_MAX), PageFailure::kServiceLimit);
  EXPECT_EQ(open.TryCharge(10), PageFailure::kNone);
  EXPECT_FALSE(open.above_soft_limit());
  EXPECT_EQ(arena_.TryCharge(UINT64_MAX), PageFailure::kArenaLimit);
  EXPECT_EQ(arena_.charged(), 0u);
  EXPECT_EQ(other_.SetReserved(UINT64_MAX).failure,
            LimitFailure::kServiceLimit);
}

TEST_F(QuotaTest, ChargingNothingAlwaysSucceedsWithinTheLimit) {
  ASSERT_EQ(arena_.TryCharge(600), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(0), PageFailure::kNone);
}

TEST_F(QuotaTest, WhatIsHeldAnywayMayExceedBothLimits) {
  arena_.ChargeAnyway(2000);
  EXPECT_EQ(arena_.charged(), 2000u);
  EXPECT_EQ(total_.charged(), 2000u);
  EXPECT_EQ(total_.available(), 0u);
  arena_.Release(2000);
  EXPECT_EQ(total_.charged(), 0u);
}

// --- reserves ----------------------------------------------------------------

TEST_F(QuotaTest, AReserveIsSetAsideFromTheTotalBeforeItIsUsed) {
  EXPECT_TRUE(arena_.SetReserved(400).ok());
  EXPECT_EQ(arena_.charged(), 0u);
  EXPECT_EQ(arena_.footprint(), 400u);
  EXPECT_EQ(total_.charged(), 400u);
  EXPECT_EQ(arena_.TryCharge(300), PageFailure::kNone);
  EXPECT_EQ(total_.charged(), 400u);
  EXPECT_EQ(arena_.TryCharge(150), PageFailure::kNone);
  EXPECT_EQ(total_.charged(), 450u);
  arena_.Release(100);
  EXPECT_EQ(total_.charged(), 400u);
}

TEST_F(QuotaTest, AnothersBurstCannotEatTheReserve) {
  ASSERT_TRUE(arena_.SetReserved(400).ok());
  EXPECT_EQ(other_.TryCharge(601), PageFailure::kServiceLimit);
  EXPECT_EQ(other_.TryCharge(600), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(400), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kServiceLimit);
  EXPECT_EQ(arena_.charged(), 400u);
  EXPECT_EQ(total_.charged(), 1000u);
}

TEST_F(QuotaTest, ATotalLimitBelowTheReservesTakesNoneOfThemAway) {
  ASSERT_TRUE(arena_.SetReserved(400).ok());
  EXPECT_TRUE(total_.set_limit(100));
  EXPECT_EQ(arena_.TryCharge(400), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(1), PageFailure::kServiceLimit);
  EXPECT_EQ(other_.TryCharge(1), PageFailure::kServiceLimit);
}

TEST_F(QuotaTest, AReserveThatTheTotalCannotSetAsideIsRefusedWithTheNumber) {
  ASSERT_EQ(other_.TryCharge(700), PageFailure::kNone);
  ASSERT_EQ(arena_.TryCharge(50), PageFailure::kNone);
  const Quota::LimitResult refused = arena_.SetReserved(301);
  EXPECT_EQ(refused.failure, LimitFailure::kServiceLimit);
  EXPECT_EQ(refused.reservable, 300u);
  EXPECT_EQ(arena_.reserved(), 0u);
  EXPECT_EQ(total_.charged(), 750u);
  EXPECT_TRUE(arena_.SetReserved(refused.reservable).ok());
  EXPECT_EQ(total_.charged(), 1000u);
}

TEST_F(QuotaTest, AReserveForWhatIsChargedAlreadyCostsTheTotalNothing) {
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  ASSERT_TRUE(total_.set_limit(100));
  EXPECT_TRUE(arena_.SetReserved(500).ok());
  EXPECT_EQ(total_.charged(), 500u);
  arena_.Release(500);
  EXPECT_EQ(total_.charged(), 500u);
  EXPECT_TRUE(arena_.SetReserved(200).ok());
  EXPECT_EQ(total_.charged(), 200u);
}

TEST_F(QuotaTest, TheReserveNeverExceedsTheHardLimit) {
  const Quota::LimitResult refused = arena_.SetReserved(601);
  EXPECT_EQ(refused.failure, LimitFailure::kReserveAboveHardLimit);
  EXPECT_EQ(refused.reservable, 600u);
  EXPECT_EQ(total_.charged(), 0u);
  ASSERT_TRUE(arena_.SetReserved(600).ok());
  EXPECT_FALSE(arena_.set_limit(599));
  EXPECT_EQ(arena_.limit(), 600u);
}

TEST_F(QuotaTest, LimitsAreSetAllTogetherOrNotAtAll) {
  EXPECT_FALSE(
      arena_.SetLimits({.reserved = 1001, .soft = 5, .hard = 2000}).ok());
  EXPECT_EQ(arena_.reserved(), 0u);
  EXPECT_EQ(arena_.soft_limit(), Quota::kUnlimited);
  EXPECT_EQ(arena_.limit(), 600u);
  EXPECT_TRUE(
      arena_.SetLimits({.reserved = 1000, .soft = 5, .hard = 2000}).ok());
  EXPECT_EQ(arena_.reserved(), 1000u);
  EXPECT_EQ(arena_.soft_limit(), 5u);
  EXPECT_EQ(arena_.limit(), 2000u);
  EXPECT_TRUE(total_.SetLimits({.soft = 7, .hard = 10}).ok());
  EXPECT_EQ(total_.soft_limit(), 7u);
  EXPECT_EQ(total_.limit(), 10u);
}

TEST_F(QuotaTest, ClosingGivesTheReserveBack) {
  ASSERT_TRUE(arena_.SetReserved(400).ok());
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  arena_.Release(500);
  arena_.Close();
  EXPECT_EQ(total_.charged(), 0u);
  arena_.Init(&total_, 10);
  EXPECT_EQ(arena_.reserved(), 0u);
  EXPECT_EQ(arena_.limit(), 10u);
}

TEST_F(QuotaTest, AFreshIncarnationRemembersNothing) {
  arena_.set_soft_limit(10);
  ASSERT_EQ(arena_.TryCharge(20), PageFailure::kNone);
  ASSERT_TRUE(arena_.NoteRefusal());
  arena_.Release(20);
  arena_.Close();
  arena_.Init(&total_, 600);
  EXPECT_FALSE(arena_.TakeSoftCrossing());
  EXPECT_TRUE(arena_.NoteRefusal());
  EXPECT_EQ(arena_.peak(), 0u);
  EXPECT_EQ(arena_.soft_limit(), Quota::kUnlimited);
}

// --- pressure and peak -------------------------------------------------------

TEST_F(QuotaTest, ASoftCrossingIsToldOnce) {
  arena_.set_soft_limit(100);
  ASSERT_EQ(arena_.TryCharge(100), PageFailure::kNone);
  EXPECT_FALSE(arena_.TakeSoftCrossing()) << "at the limit is not above it";
  ASSERT_EQ(arena_.TryCharge(1), PageFailure::kNone);
  ASSERT_EQ(arena_.TryCharge(50), PageFailure::kNone);
  EXPECT_TRUE(arena_.above_soft_limit());
  EXPECT_TRUE(arena_.TakeSoftCrossing());
  EXPECT_FALSE(arena_.TakeSoftCrossing());
  EXPECT_FALSE(total_.TakeSoftCrossing());
}

TEST_F(QuotaTest, ASoftLimitIsCrossedAnewOnlyFromBelow) {
  arena_.set_soft_limit(100);
  ASSERT_EQ(arena_.TryCharge(200), PageFailure::kNone);
  ASSERT_TRUE(arena_.TakeSoftCrossing());
  arena_.Release(99);
  ASSERT_EQ(arena_.TryCharge(99), PageFailure::kNone);
  EXPECT_FALSE(arena_.TakeSoftCrossing());
  arena_.Release(100);
  ASSERT_EQ(arena_.TryCharge(1), PageFailure::kNone);
  EXPECT_TRUE(arena_.TakeSoftCrossing());
}

TEST_F(QuotaTest, ASoftLimitThatIsLoweredBelowWhatIsChargedIsCrossed) {
  ASSERT_EQ(arena_.TryCharge(200), PageFailure::kNone);
  arena_.set_soft_limit(100);
  EXPECT_TRUE(arena_.TakeSoftCrossing());
  arena_.set_soft_limit(150);
  EXPECT_FALSE(arena_.TakeSoftCrossing());
  arena_.set_soft_limit(200);
  EXPECT_FALSE(arena_.above_soft_limit());
  ASSERT_EQ(arena_.TryCharge(1), PageFailure::kNone);
  EXPECT_TRUE(arena_.TakeSoftCrossing());
}

TEST_F(QuotaTest, ASoftLimitAboveTheHardLimitIsNeverCrossed) {
  arena_.set_soft_limit(601);
  ASSERT_EQ(arena_.TryCharge(600), PageFailure::kNone);
  EXPECT_EQ(arena_.TryCharge(2), PageFailure::kArenaLimit);
  EXPECT_FALSE(arena_.TakeSoftCrossing());
}

TEST_F(QuotaTest, TheTotalsSoftLimitIsCrossedByFootprintsNotByCharges) {
  total_.set_soft_limit(500);
  ASSERT_TRUE(arena_.SetReserved(500).ok());
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  EXPECT_FALSE(total_.TakeSoftCrossing());
  ASSERT_EQ(other_.TryCharge(1), PageFailure::kNone);
  EXPECT_TRUE(total_.TakeSoftCrossing());
  other_.Release(1);
  ASSERT_TRUE(other_.SetReserved(100).ok());
  EXPECT_TRUE(total_.TakeSoftCrossing());
  EXPECT_FALSE(total_.TakeSoftCrossing());
}

TEST_F(QuotaTest, CrossingsThatNobodyTookAreKeptOneByOne) {
  arena_.set_soft_limit(100);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(arena_.TryCharge(101), PageFailure::kNone);
    arena_.Release(101);
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(arena_.TakeSoftCrossing());
  EXPECT_FALSE(arena_.TakeSoftCrossing());
}

TEST_F(QuotaTest, ARefusalIsNotedOnceUntilThereWasRoomAnew) {
  ASSERT_EQ(arena_.TryCharge(600), PageFailure::kNone);
  ASSERT_EQ(arena_.TryCharge(1), PageFailure::kArenaLimit);
  EXPECT_TRUE(arena_.NoteRefusal());
  EXPECT_FALSE(arena_.NoteRefusal());
  arena_.Release(1);
  EXPECT_TRUE(arena_.NoteRefusal());
  EXPECT_FALSE(arena_.NoteRefusal());
  arena_.set_limit(599);
  EXPECT_FALSE(arena_.NoteRefusal());
  arena_.set_limit(601);
  EXPECT_TRUE(arena_.NoteRefusal());
}

TEST_F(QuotaTest, WhatIsReleasedWithinAReserveMakesNoRoomInTheTotal) {
  ASSERT_TRUE(arena_.SetReserved(400).ok());
  ASSERT_EQ(arena_.TryCharge(400), PageFailure::kNone);
  ASSERT_EQ(other_.TryCharge(600), PageFailure::kNone);
  ASSERT_TRUE(total_.NoteRefusal());
  arena_.Release(400);
  EXPECT_FALSE(total_.NoteRefusal());
  other_.Release(1);
  EXPECT_TRUE(total_.NoteRefusal());
}

TEST_F(QuotaTest, ThePeakIsTheHighestChargeSinceItWasReset) {
  ASSERT_EQ(arena_.TryCharge(500), PageFailure::kNone);
  arena_.Release(400);
  EXPECT_EQ(arena_.peak(), 500u);
  EXPECT_EQ(arena_.TryCharge(501), PageFailure::kArenaLimit);
  EXPECT_EQ(arena_.peak(), 500u) << "what was refused was never held";
  arena_.ResetPeak();
  EXPECT_EQ(arena_.peak(), 100u);
  arena_.ChargeAnyway(900);
  EXPECT_EQ(arena_.peak(), 1000u);
  EXPECT_EQ(total_.peak(), 1000u);
}

TEST(QuotaDeathTest, AReserveThatWasNotGivenBackIsNotForgotten) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Quota total;
  Quota arena;
  total.Init(nullptr, 100);
  arena.Init(&total, 100);
  ASSERT_TRUE(arena.SetReserved(10).ok());
  EXPECT_DEATH(arena.Init(&total, 100), "reserved");
}

TEST(QuotaDeathTest, NobodyReleasesMoreThanIsCharged) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Quota total;
  Quota arena;
  total.Init(nullptr, 100);
  arena.Init(&total, 100);
  ASSERT_EQ(arena.TryCharge(10), PageFailure::kNone);
  EXPECT_DEATH(arena.Release(11), "bytes");
  EXPECT_DEATH(arena.Close(), "charged");
}

}  // namespace
}  // namespace acre::allocator
