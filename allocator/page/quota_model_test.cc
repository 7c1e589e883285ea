// Random operations on several arenas' quotas, against a model in which every
// number is worked out anew from its definition.

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

#include "allocator/page/quota.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kArenas = 4;
constexpr uint64_t kUnlimited = Quota::kUnlimited;

// What is remembered of one quota.
struct Level {
  uint64_t charged = 0;
  uint64_t reserved = 0;
  uint64_t soft = kUnlimited;
  uint64_t hard = kUnlimited;
  uint64_t peak = 0;
  int crossings = 0;
  bool refusal_noted = false;

  uint64_t footprint() const { return std::max(charged, reserved); }
  void Move(uint64_t to) {
    if (charged <= soft && to > soft) ++crossings;
    if (to < charged) refusal_noted = false;
    charged = to;
    peak = std::max(peak, to);
  }
  void SetSoft(uint64_t to) {
    if (charged <= soft && charged > to) ++crossings;
    soft = to;
  }
  void SetHard(uint64_t to) {
    if (to > hard) refusal_noted = false;
    hard = to;
  }
};

struct Model {
  std::array<Level, kArenas> arenas;
  Level total;

  uint64_t Footprints() const {
    uint64_t sum = 0;
    for (const Level& arena : arenas) sum += arena.footprint();
    return sum;
  }
  // Whether the total has room for what the arenas, so changed, would hold.
  bool TotalAllows(const Model& changed) const {
    const uint64_t sum = changed.Footprints();
    return sum <= total.charged || sum <= total.hard;
  }
  void FollowFootprints() { total.Move(Footprints()); }
};

class QuotaModelTest : public testing::TestWithParam<unsigned> {
 protected:
  QuotaModelTest() : random_(GetParam()) {
    total_.Init(nullptr, kUnlimited);
    for (Quota& quota : quotas_) quota.Init(&total_, kUnlimited);
  }

  uint64_t Below(uint64_t end) { return random_() % end; }
  uint64_t SomeLimit(uint64_t end) {
    return Below(8) == 0 ? kUnlimited : Below(end);
  }

  void TryCharge(size_t i) {
    const uint64_t bytes = Below(200);
    Model changed = model_;
    changed.arenas[i].Move(model_.arenas[i].charged + bytes);
    PageFailure expected = PageFailure::kNone;
    if (changed.arenas[i].charged > model_.arenas[i].hard) {
      expected = PageFailure::kArenaLimit;
    } else if (!model_.TotalAllows(changed)) {
      expected = PageFailure::kServiceLimit;
    }
    ASSERT_EQ(quotas_[i].TryCharge(bytes), expected);
    if (expected == PageFailure::kNone) model_ = changed;
    model_.FollowFootprints();
    if (expected == PageFailure::kArenaLimit) {
      NoteRefusal(&quotas_[i], &model_.arenas[i]);
    } else if (expected == PageFailure::kServiceLimit) {
      NoteRefusal(&total_, &model_.total);
    }
  }

  static void NoteRefusal(Quota* quota, Level* level) {
    ASSERT_EQ(quota->NoteRefusal(), !level->refusal_noted);
    level->refusal_noted = true;
  }

  void ChargeAnyway(size_t i) {
    const uint64_t bytes = Below(100);
    quotas_[i].ChargeAnyway(bytes);
    model_.arenas[i].Move(model_.arenas[i].charged + bytes);
    model_.FollowFootprints();
  }

  void Release(size_t i) {
    const uint64_t bytes = Below(model_.arenas[i].charged + 1);
    quotas_[i].Release(bytes);
    model_.arenas[i].Move(model_.arenas[i].charged - bytes);
    model_.FollowFootprints();
  }

  void SetLimits(size_t i) {
    const Quota::Limits limits = {.reserved = Below(400),
                                  .soft = SomeLimit(800),
                                  .hard = SomeLimit(1000)};
    Model changed = model_;
    changed.arenas[i].reserved = limits.reserved;
    changed.arenas[i].SetSoft(limits.soft);
    changed.arenas[i].SetHard(limits.hard);
    Quota::LimitFailure expected = Quota::LimitFailure::kNone;
    if (limits.reserved > limits.hard) {
      expected = Quota::LimitFailure::kReserveAboveHardLimit;
    } else if (!model_.TotalAllows(changed)) {
      expected = Quota::LimitFailure::kServiceLimit;
    }
    const Quota::LimitResult result = quotas_[i].SetLimits(limits);
    ASSERT_EQ(result.failure, expected);
    if (result.ok()) {
      model_ = changed;
      model_.FollowFootprints();
    } else {
      // The number in the refusal is one that is accepted.
      ASSERT_LT(result.reservable, limits.reserved);
      SetReserved(i, result.reservable);
    }
  }

  void SetReserved(size_t i, uint64_t bytes) {
    if (bytes > model_.arenas[i].hard) return;
    ASSERT_TRUE(quotas_[i].SetReserved(bytes).ok());
    model_.arenas[i].reserved = bytes;
    model_.FollowFootprints();
  }

  void SetOneLimit(size_t i) {
    const uint64_t bytes = SomeLimit(1000);
    if (Below(2) == 0) {
      quotas_[i].set_soft_limit(bytes);
      model_.arenas[i].SetSoft(bytes);
    } else {
      const bool allowed = bytes >= model_.arenas[i].reserved;
      ASSERT_EQ(quotas_[i].set_limit(bytes), allowed);
      if (allowed) model_.arenas[i].SetHard(bytes);
    }
  }

  void SetTotalLimits() {
    const uint64_t soft = SomeLimit(2500);
    const uint64_t hard = SomeLimit(2500);
    ASSERT_TRUE(total_.SetLimits({.soft = soft, .hard = hard}).ok());
    model_.total.SetSoft(soft);
    model_.total.SetHard(hard);
  }

  void Reopen(size_t i) {
    quotas_[i].Release(model_.arenas[i].charged);
    quotas_[i].Close();
    quotas_[i].Init(&total_, 700);
    // In two steps, as above, since each may be the total's last.
    model_.arenas[i].Move(0);
    model_.FollowFootprints();
    model_.arenas[i] = {.hard = 700};
    model_.FollowFootprints();
  }

  void ResetPeak(Quota* quota, Level* level) {
    quota->ResetPeak();
    level->peak = level->charged;
  }

  void Step() {
    const size_t i = Below(kArenas);
    switch (Below(32)) {
      case 0:
        return SetLimits(i);
      case 1:
        return SetOneLimit(i);
      case 2:
        return SetReserved(i, model_.arenas[i].footprint());
      case 3:
        return Below(8) == 0 ? SetTotalLimits() : void();
      case 4:
        return Below(8) == 0 ? Reopen(i) : void();
      case 5:
        return ResetPeak(&quotas_[i], &model_.arenas[i]);
      case 6:
        return ResetPeak(&total_, &model_.total);
      case 7:
        return ChargeAnyway(i);
      default:
        return Below(5) < 2 ? Release(i) : TryCharge(i);
    }
  }

  void Compare(Quota* quota, Level* level) {
    ASSERT_EQ(quota->charged(), level->charged);
    ASSERT_EQ(quota->reserved(), level->reserved);
    ASSERT_EQ(quota->soft_limit(), level->soft);
    ASSERT_EQ(quota->limit(), level->hard);
    ASSERT_EQ(quota->peak(), level->peak);
    ASSERT_EQ(quota->above_soft_limit(), level->charged > level->soft);
    if (Below(4) != 0) return;
    for (; level->crossings > 0; --level->crossings) {
      ASSERT_TRUE(quota->TakeSoftCrossing());
    }
    ASSERT_FALSE(quota->TakeSoftCrossing());
  }

  std::mt19937 random_;
  Quota total_;
  std::array<Quota, kArenas> quotas_;
  Model model_;
};

TEST_P(QuotaModelTest, EveryNumberIsWhatItsDefinitionSays) {
  for (int step = 0; step < 20000; ++step) {
    SCOPED_TRACE(step);
    Step();
    if (HasFatalFailure()) return;
    for (size_t i = 0; i < kArenas; ++i) {
      Compare(&quotas_[i], &model_.arenas[i]);
    }
    ASSERT_EQ(total_.charged(), model_.Footprints());
    Compare(&total_, &model_.total);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, QuotaModelTest, testing::Range(0u, 8u));

}  // namespace
}  // namespace acre::allocator
