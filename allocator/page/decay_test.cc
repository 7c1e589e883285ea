#include "allocator/page/decay.h"

#include <cmath>
#include <cstdint>

#include "allocator/base/clock.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

double Smoothstep(double x) {
  return 6 * std::pow(x, 5) - 15 * std::pow(x, 4) + 10 * std::pow(x, 3);
}

constexpr int64_t kMs = 2000;
constexpr uint64_t kEpochNs = kMs * kNanosPerMilli / Decay::kEpochs;

TEST(DecayTest, TheWeightsAreTheClosedForm) {
  for (size_t age = 0; age <= Decay::kEpochs + 1; ++age) {
    const double left =
        age >= Decay::kEpochs ? 0 : 1 - static_cast<double>(age) / 200;
    EXPECT_NEAR(Decay::WeightAt(age) / std::exp2(Decay::kWeightBits),
                Smoothstep(left), 1 / std::exp2(Decay::kWeightBits))
        << age;
  }
  EXPECT_EQ(Decay::WeightAt(0), uint32_t{1} << Decay::kWeightBits);
  EXPECT_EQ(Decay::WeightAt(100), uint32_t{1} << (Decay::kWeightBits - 1));
  EXPECT_EQ(Decay::WeightAt(200), 0u);
}

TEST(DecayTest, WhatBecameUnusedAtOnceFollowsTheCurve) {
  Decay decay;
  decay.Start(kMs, 0);
  constexpr uint64_t kPages = 1'000'000;
  EXPECT_EQ(decay.Advance(0, kPages), kPages);
  uint64_t left = kPages;
  for (uint64_t epoch = 1; epoch <= 200; ++epoch) {
    left = decay.Advance(epoch * kEpochNs, left);
    decay.Purged(left);
    const double x = 1 - static_cast<double>(epoch) / 200;
    EXPECT_NEAR(static_cast<double>(left), kPages * Smoothstep(x), 2) << epoch;
  }
  EXPECT_EQ(left, 0u);
}

TEST(DecayTest, WithinAnEpochNothingGoes) {
  Decay decay;
  decay.Start(kMs, 5);
  EXPECT_EQ(decay.Advance(5, 10), 10u);
  EXPECT_EQ(decay.Advance(4 + kEpochNs, 700), 700u);
}

TEST(DecayTest, EachBatchHasItsOwnAge) {
  Decay decay;
  decay.Start(kMs, 0);
  EXPECT_EQ(decay.Advance(0, 1000), 1000u);
  // At half time half is due; a second batch comes then.
  EXPECT_EQ(decay.Advance(100 * kEpochNs, 1000), 500u);
  decay.Purged(500);
  EXPECT_EQ(decay.Advance(100 * kEpochNs + 1, 1500), 1500u);
  EXPECT_EQ(decay.Advance(200 * kEpochNs, 1500), 500u);
  decay.Purged(500);
  EXPECT_EQ(decay.Advance(300 * kEpochNs, 500), 0u);
}

TEST(DecayTest, PagesThatWereUsedAgainDoNotComeBackOlder) {
  Decay decay;
  decay.Start(kMs, 0);
  decay.Advance(0, 1000);
  // All used again, then unused anew: they are new.
  EXPECT_EQ(decay.Advance(100 * kEpochNs, 0), 0u);
  EXPECT_EQ(decay.Advance(100 * kEpochNs, 1000), 1000u);
}

TEST(DecayTest, ALongSleepEndsTheDecay) {
  Decay decay;
  decay.Start(kMs, 0);
  decay.Advance(0, 1000);
  EXPECT_EQ(decay.Advance(uint64_t{1} << 62, 1000), 0u);
  // And time that goes back is no time.
  decay.Purged(0);
  EXPECT_EQ(decay.Advance(0, 10), 10u);
}

TEST(DecayTest, TheTimeOfANumberOfPagesIsWhenThatManyAreDue) {
  Decay decay;
  decay.Start(kMs, 0);
  decay.Advance(0, 10000);
  for (uint64_t pages : {1u, 100u, 2500u, 9999u, 10000u}) {
    const uint64_t at = decay.TimeOf(pages);
    Decay then = decay;
    EXPECT_LE(then.Advance(at, 10000), 10000 - pages) << pages;
    then = decay;
    if (at > kEpochNs) {
      EXPECT_GT(then.Advance(at - kEpochNs, 10000), 10000 - pages) << pages;
    }
  }
  // More than there are: the end.
  EXPECT_EQ(decay.TimeOf(20000), 200 * kEpochNs);
}

TEST(DecayTest, TheLongestDecayDoesNotOverflow) {
  Decay decay;
  decay.Start(kMostDecayMs, 0);
  EXPECT_EQ(decay.Advance(1, UINT32_MAX), UINT32_MAX);
  const auto half = static_cast<uint64_t>(kMostDecayMs) * kNanosPerMilli / 2;
  EXPECT_NEAR(static_cast<double>(decay.Advance(half, UINT32_MAX)),
              UINT32_MAX * 0.5, 1000);
}

TEST(DecayTest, PagesThatAreSeenLateAreNoOlderThanTheLookBefore) {
  constexpr uint64_t kShortEpochNs = 1000 * kNanosPerMilli / Decay::kEpochs;
  Decay decay;
  decay.Start(1000, 0);
  decay.Advance(0, 16);
  // 10,000 more became unused at some time since; now is no such time, but
  // the look before was the one moment when they were not.
  EXPECT_GE(decay.Advance(200 * kShortEpochNs, 10'016), 10'000u);
}

}  // namespace
}  // namespace acre::allocator
