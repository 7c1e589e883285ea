// How unused pages of an arena go as time passes, by each setting. What an
// idle arena gives up besides is in arena_idle_test.cc.

#include "allocator/arena/arena_decay.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "allocator/arena/arena_decay_test_fixture.h"

namespace acre::allocator {
namespace {

using testing::OsCall;

constexpr size_t kMiB = size_t{1} << 20;

// The share of pages that stays after `x` of the decay time.
double Kept(double x) {
  const double left = 1 - std::clamp(x, 0.0, 1.0);
  return left * left * left * (left * (6 * left - 15) + 10);
}

class DecayCurveTest : public ArenaDecayTest,
                       public ::testing::WithParamInterface<int64_t> {};

TEST_P(DecayCurveTest, DirtyPagesFollowTheCurve) {
  const int64_t ms = GetParam();
  constexpr double kBytes = 64 * kMiB;
  Arena* arena = NewArena({.dirty_decay_ms = ms});
  MakeDirty(arena, 64 * kMiB);
  ASSERT_EQ(Dirty(arena), 64 * kMiB);
  // The pages count from the first visit, a twentieth of the time on, by
  // epochs of a 200th, and go a sixteenth, or 32 pages, at a time.
  constexpr double kLate = 1.0 / 20 + 2.0 / Decay::kEpochs;
  constexpr double kSixteenth = 16.0 / 15;
  constexpr double kLeast = 33 * kPageSize;
  for (int percent = 1; percent <= 100; ++percent) {
    Pass(static_cast<uint64_t>(ms / 100));
    const auto dirty = static_cast<double>(Dirty(arena));
    EXPECT_GE(dirty + kPageSize, kBytes * Kept(percent / 100.0)) << percent;
    EXPECT_LE(dirty,
              kBytes * Kept(percent / 100.0 - kLate) * kSixteenth + kLeast)
        << percent;
  }
  Pass(static_cast<uint64_t>(ms / 10));
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_EQ(arena->pages.purged_pages(), PageCount::Ceil(64 * kMiB).raw());
  // A few dozen visits do it.
  EXPECT_LT(Visits(), 150u);
}

INSTANTIATE_TEST_SUITE_P(Times, DecayCurveTest,
                         ::testing::Values(1000, 2000, 60'000, 86'400'000));

TEST_F(ArenaDecayTest, PagesOfManySizesGoAlike) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  FreeAll(ThinOut(arena, 100, 20'000, 1));
  FreeAll(ThinOut(arena, 20'000, 300, 1));
  MakeDirty(arena, 3 * kMiB);
  const uint64_t dirty = Dirty(arena);
  EXPECT_GT(dirty, 5 * kMiB);
  Pass(550);
  EXPECT_NEAR(static_cast<double>(Dirty(arena)),
              0.45 * static_cast<double>(dirty),
              0.15 * static_cast<double>(dirty));
  Pass(1000);
  EXPECT_EQ(Dirty(arena), 0u);
}

TEST_F(ArenaDecayTest, NeverIsNever) {
  Arena* arena = NewArena({.dirty_decay_ms = kDecayNever});
  MakeDirty(arena, 4 * kMiB);
  EXPECT_EQ(Scheduled(), 0u);
  Pass(uint64_t{1000} * 60 * 60 * 24 * 365);
  EXPECT_EQ(Dirty(arena), 4 * kMiB);
  EXPECT_EQ(Visits(), 0u);
}

TEST_F(ArenaDecayTest, AtOnceIsAtTheFirstTick) {
  Arena* arena = NewArena({.dirty_decay_ms = 0});
  MakeDirty(arena, 64 * kMiB);
  EXPECT_EQ(Dirty(arena), 64 * kMiB);
  Tick();
  EXPECT_EQ(Dirty(arena), 0u);
}

TEST_F(ArenaDecayTest, DirtyPagesBecomeMuzzyAndThenGo) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000, .muzzy_decay_ms = 4000});
  MakeDirty(arena, 16 * kMiB);
  Pass(1150);
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_GT(Muzzy(arena), 15 * kMiB);
  EXPECT_EQ(arena->pages.lazily_purged_pages(),
            PageCount::Ceil(16 * kMiB).raw());
  // Still the tenant's: the system has not taken them yet.
  EXPECT_GE(arena->quota.charged(), Muzzy(arena));
  Pass(1500);
  EXPECT_GT(Muzzy(arena), 4 * kMiB);
  EXPECT_LT(Muzzy(arena), 14 * kMiB);
  Pass(3000);
  EXPECT_EQ(Muzzy(arena), 0u);
  EXPECT_EQ(arena->pages.purged_pages(), PageCount::Ceil(16 * kMiB).raw());
  EXPECT_EQ(Scheduled(), 0u);
}

TEST_F(ArenaDecayTest, MuzzyPagesMayStayForEver) {
  Arena* arena =
      NewArena({.dirty_decay_ms = 500, .muzzy_decay_ms = kDecayNever});
  MakeDirty(arena, 4 * kMiB);
  Pass(60'000);
  EXPECT_EQ(Muzzy(arena), 4 * kMiB);
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_EQ(Scheduled(), 0u) << "nothing will ever be due";
}

TEST_F(ArenaDecayTest, DirtyPagesAboveTheCapGoAtOnce) {
  for (const int64_t ms : {int64_t{10'000}, kDecayNever}) {
    Arena* arena =
        NewArena({.dirty_decay_ms = ms, .most_dirty_bytes = 4 * kMiB});
    MakeDirty(arena, 3 * kMiB);
    Tick();
    EXPECT_EQ(Dirty(arena), 3 * kMiB);
    MakeDirty(arena, 16 * kMiB);
    EXPECT_GT(Dirty(arena), 4 * kMiB);
    Tick();
    // Extents that are little longer than what must go, go whole.
    EXPECT_LE(Dirty(arena), 4 * kMiB) << ms;
    EXPECT_GT(Dirty(arena), 2 * kMiB) << ms;
    // Again, although the arena was seen.
    clock_.AdvanceMillis(1);
    MakeDirty(arena, 20 * kMiB);
    Tick();
    EXPECT_LE(Dirty(arena), 4 * kMiB) << ms;
    EXPECT_GT(Dirty(arena), 2 * kMiB) << ms;
  }
}

TEST_F(ArenaDecayTest, TheCapIsKeptHoweverManyFreesLeadToIt) {
  Arena* arena =
      NewArena({.dirty_decay_ms = 100'000, .most_dirty_bytes = 4 * kMiB});
  for (int round = 0; round < 3; ++round) {
    std::vector<void*> all;
    for (int i = 0; i < 64; ++i) all.push_back(arena->Allocate(kMiB / 4));
    FreeAll(all);
    EXPECT_GT(Dirty(arena), 12 * kMiB);
    Tick();
    EXPECT_LE(Dirty(arena), 4 * kMiB) << round;
    clock_.AdvanceMillis(1);
  }
}

TEST_F(ArenaDecayTest, TimesCanBeChangedWhilePagesDecay) {
  Arena* arena = NewArena({.dirty_decay_ms = 100'000});
  MakeDirty(arena, 16 * kMiB);
  Pass(10'000);
  EXPECT_GT(Dirty(arena), 15 * kMiB);
  MakeDirty(arena, 4096);  // It is in use.
  Tick();
  SetDecay(arena, 1000);
  Pass(100);
  EXPECT_GT(Dirty(arena), 15 * kMiB) << "it decays anew";
  Pass(1000);
  EXPECT_EQ(Dirty(arena), 0u);

  MakeDirty(arena, 16 * kMiB);
  SetDecay(arena, kDecayNever);
  Pass(1'000'000);
  EXPECT_EQ(Dirty(arena), 16 * kMiB);
  SetDecay(arena, 0);
  Tick();
  EXPECT_EQ(Dirty(arena), 0u);

  MakeDirty(arena, 16 * kMiB);
  SetDecay(arena, kDecayNever, 0, 2 * kMiB);
  Tick();
  EXPECT_LE(Dirty(arena), 2 * kMiB);
}

TEST_F(ArenaDecayTest, PagesThatBecameMuzzyGoWhenMuzzyIsTurnedOff) {
  Arena* arena = NewArena({.dirty_decay_ms = 500, .muzzy_decay_ms = 100'000});
  MakeDirty(arena, 4 * kMiB);
  Pass(1000);
  EXPECT_GT(Muzzy(arena), 3 * kMiB);
  SetDecay(arena, 500, 0);
  Tick();
  EXPECT_EQ(Muzzy(arena), 0u);
}

TEST_F(ArenaDecayTest, AnArenaThatIsDestroyedLeavesTheQueue) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 4 * kMiB);
  Pass(400);
  EXPECT_EQ(Scheduled(), 1u);
  EXPECT_EQ(domain_->decays().live_objects(), 1u);
  domain_->DestroyArena(arena);
  EXPECT_EQ(Scheduled(), 0u);
  EXPECT_EQ(domain_->decays().live_objects(), 0u);
  // The next one in its place has its own times.
  Arena* next = NewArena({.dirty_decay_ms = 10'000});
  ASSERT_EQ(next, arena);
  MakeDirty(next, 4 * kMiB);
  Pass(2000);
  EXPECT_GT(Dirty(next), 3 * kMiB);
  EXPECT_EQ(Scheduled(), 1u);
  domain_->DestroyArena(next);
}

TEST_F(ArenaDecayTest, WhatAResetLeavesDecays) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 4 * kMiB);
  ThinOut(arena, 1000, 1000, 2);
  ASSERT_NE(arena->Allocate(8 * kMiB), nullptr);
  Pass(300);
  ASSERT_TRUE(domain_->ResetArena(arena->index, arena->generation.load()));
  EXPECT_GT(Dirty(arena), 8 * kMiB);
  Pass(2500);
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_EQ(Scheduled(), 0u);
}

TEST_F(ArenaDecayTest, ResetAloneSchedulesWhatItLeaves) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  ASSERT_NE(arena->Allocate(8 * kMiB), nullptr);
  EXPECT_EQ(Scheduled(), 0u);
  ASSERT_TRUE(domain_->ResetArena(arena->index, arena->generation.load()));
  EXPECT_EQ(Scheduled(), 1u);
  Pass(2500);
  EXPECT_EQ(Dirty(arena), 0u);
}

// --- When the system or a limit says no --------------------------------------

TEST_F(ArenaDecayTest, ARefusedPurgeDoesNotSpin) {
  for (const OsCall call : {OsCall::kPurge, OsCall::kPurgeLazily}) {
    Arena* arena =
        NewArena({.dirty_decay_ms = 1000,
                  .muzzy_decay_ms = call == OsCall::kPurgeLazily ? 1000 : 0});
    MakeDirty(arena, 4 * kMiB);
    os_.FailFrom(0, call);
    const uint64_t visits = Visits();
    Pass(10'000);
    EXPECT_EQ(Dirty(arena), 4 * kMiB) << testing::OsCallName(call);
    EXPECT_LT(Visits() - visits, 500u);
    arena->Verify();
    // The pages are still there to be used and purged.
    os_.FailNever();
    MakeDirty(arena, 4 * kMiB);
    EXPECT_EQ(Dirty(arena), 4 * kMiB);
    Pass(5000);
    EXPECT_EQ(Dirty(arena) + Muzzy(arena), 0u) << testing::OsCallName(call);
    EXPECT_EQ(Scheduled(), 0u);
  }
}

TEST_F(ArenaDecayTest, PurgesThatFailNowAndThenEndAllTheSame) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000, .muzzy_decay_ms = 500});
  os_.FailSometimes(0.5, 11);
  for (int i = 0; i < 20; ++i) {
    void* p = arena->Allocate(kMiB);
    if (p != nullptr) domain_->Free(p);
    Pass(200);
    arena->Verify();
  }
  os_.FailNever();
  Pass(5000);
  EXPECT_EQ(Dirty(arena) + Muzzy(arena), 0u);
  EXPECT_EQ(Scheduled(), 0u);
}

TEST_F(ArenaDecayTest, WithoutMemoryToRememberAgesEverythingIsOld) {
  // A limit that the pages fill to the last byte.
  Arena* arena = NewArena({.dirty_decay_ms = 60'000});
  MakeDirty(arena, kMiB);
  arena->quota.set_limit(arena->quota.charged());
  Pass(4000);
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_EQ(Scheduled(), 0u);
  EXPECT_EQ(domain_->decays().live_objects(), 0u);
  // It goes on like this.
  MakeDirty(arena, kMiB / 2);
  Pass(200'000);
  EXPECT_EQ(Dirty(arena), 0u);
}

TEST_F(ArenaDecayTest, WhatIsUsedAgainInTimeStays) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 16 * kMiB);
  for (int i = 0; i < 100; ++i) {
    Pass(50);
    MakeDirty(arena, 16 * kMiB);
  }
  EXPECT_EQ(Dirty(arena), 16 * kMiB);
  EXPECT_EQ(arena->pages.purged_pages(), 0u);
}

TEST_F(ArenaDecayTest, WhatIsFreedLateIsAsOldAsItIs) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 64 * 1024);
  // Before the visit that the few pages from before wait for.
  Pass(1040);
  MakeDirty(arena, 64 * kMiB);
  Pass(20);
  EXPECT_GE(Dirty(arena), 63 * kMiB) << "freed 20 ms ago";
  Pass(1200);
  EXPECT_EQ(Dirty(arena), 0u);
}

TEST_F(ArenaDecayTest, AtOnceIsSoWhileTheArenaIsInUse) {
  Arena* arena = NewArena({.dirty_decay_ms = 0});
  for (int i = 0; i < 10; ++i) {
    MakeDirty(arena, kMiB);
    Tick();
    EXPECT_EQ(Dirty(arena), 0u) << i;
    clock_.AdvanceMillis(1);
  }
}

TEST_F(ArenaDecayTest, ATimeThatIsSetAgainStartsAnew) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 16 * kMiB);
  Pass(100);
  SetDecay(arena, kDecayNever);
  Pass(5000);
  EXPECT_GT(Dirty(arena), 15 * kMiB);
  MakeDirty(arena, 4096);  // It is in use.
  SetDecay(arena, 1000);
  Pass(100);
  EXPECT_GT(Dirty(arena), 15 * kMiB) << "it decays anew";
  Pass(1200);
  EXPECT_EQ(Dirty(arena), 0u);
}

TEST_F(ArenaDecayTest, WhatARefusedPurgeLeftGoesLater) {
  Arena* arena = NewArena({.dirty_decay_ms = 1000});
  MakeDirty(arena, 4 * kMiB);
  os_.FailFrom(0, OsCall::kPurge);
  Pass(10'000);
  EXPECT_EQ(Dirty(arena), 4 * kMiB);
  os_.FailNever();
  // Nobody uses the arena.
  Pass(60'000);
  EXPECT_EQ(Dirty(arena), 0u);
}

}  // namespace
}  // namespace acre::allocator
