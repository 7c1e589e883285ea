// Reserves, soft and hard limits of tenants and of the service: who gets what,
// what the engine is told, and what is tried before anybody is refused.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"

namespace acre {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Pressure {
  PressureReport report;
  std::string arena;  // The report's is not kept.
};

class LimitsTest : public ::testing::Test {
 protected:
  void Start(uint64_t total = 0, uint64_t total_soft = 0) {
    ServiceOptions options;
    options.hard_limit_bytes = total;
    options.soft_limit_bytes = total_soft;
    options.governor = {.thread = false, .clock = &clock_};
    options.on_pressure_context = this;
    options.on_pressure = [](void* self, const PressureReport& report) {
      auto* test = static_cast<LimitsTest*>(self);
      test->pressures_.push_back({report, report.arena_name});
      if (test->react_) test->react_(report);
    };
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const RefusalReport&) {
      ++static_cast<LimitsTest*>(self)->refusals_;
    };
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
  }

  Arena NewArena(const ArenaOptions& options) {
    auto arena = service_->CreateArena(options);
    EXPECT_TRUE(arena.ok()) << arena.status();
    return *std::move(arena);
  }

  // Allocates until refused.
  static std::vector<void*> Fill(Arena* arena, size_t size) {
    std::vector<void*> got;
    while (void* p = arena->Allocate(size)) {
      got.push_back(p);
      if (got.size() > 100000) break;
    }
    EXPECT_LE(got.size(), 100000u) << "a limit did not hold";
    return got;
  }

  static std::string Message(const absl::Status& status) {
    return std::string(status.message());
  }

  testing::FakeOs memory_;
  allocator::MmapHooks hooks_{&memory_};
  testing::FakeClock clock_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Pressure> pressures_;
  std::function<void(const PressureReport&)> react_;
  int refusals_ = 0;
};

TEST_F(LimitsTest, ATenantsBurstNeverEatsAnothersGuarantee) {
  Start(32 * kMiB);
  Arena sure = NewArena({.name = "sure", .reserved_bytes = 8 * kMiB});
  Arena greedy = NewArena({.name = "greedy"});
  Fill(&greedy, 200000);
  Fill(&greedy, 5000);
  EXPECT_LE(greedy.charged_bytes(), 24 * kMiB);
  for (int i = 0; i < 7; ++i) ASSERT_NE(sure.Allocate(kMiB), nullptr) << i;
  EXPECT_LE(service_->domain().total().charged(), 32 * kMiB);
  // What is beyond the guarantee is whoever's comes first.
  greedy = Arena();
  EXPECT_NE(sure.Allocate(16 * kMiB), nullptr);
  service_->domain().Verify();
}

TEST_F(LimitsTest, AReserveThatDoesNotFitIsAnErrorWithTheNumbers) {
  Start(32 * kMiB);
  Arena first = NewArena({.name = "first", .reserved_bytes = 24 * kMiB});
  auto second =
      service_->CreateArena({.name = "second", .reserved_bytes = 16 * kMiB});
  EXPECT_EQ(second.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(
      Message(second.status()),
      AllOf(HasSubstr("\"second\""), HasSubstr("33554432"),
            HasSubstr(std::to_string(service_->domain().total().charged())),
            HasSubstr("16777216")));
  // Nothing is left of the attempt.
  EXPECT_TRUE(service_->FindArena("second").status().code() ==
              StatusCode::kNotFound);
  Arena third = NewArena({.name = "third", .reserved_bytes = 4 * kMiB});
  EXPECT_EQ(third.ref().SetLimits({.reserved_bytes = 16 * kMiB}).code(),
            StatusCode::kResourceExhausted);
  first = Arena();
  EXPECT_TRUE(third.SetLimits({.reserved_bytes = 16 * kMiB}).ok());
  service_->domain().Verify();
}

TEST_F(LimitsTest, APrefaultedReserveIsInMemoryAndOutlastsTheBurst) {
  Start();
  Arena arena = NewArena({.name = "warm",
                          .decay = {.dirty_decay_ms = 1000},
                          .reserved_bytes = 8 * kMiB,
                          .prefault_reserve = true,
                          .memory = {.hooks = &hooks_}});
  EXPECT_GE(memory_.resident_bytes(), 8 * kMiB - 64 * 1024);
  EXPECT_GE(arena.charged_bytes(), 8 * kMiB - 64 * 1024);
  void* const burst = arena.Allocate(24 * kMiB);
  memset(burst, 1, 24 * kMiB);
  arena.Deallocate(burst);
  EXPECT_GE(arena.charged_bytes(), 24 * kMiB);
  for (int i = 0; i < 400; ++i) {
    clock_.AdvanceMillis(50);
    service_->Tick();
  }
  EXPECT_LE(arena.charged_bytes(), 9 * kMiB);
  EXPECT_GE(arena.charged_bytes(), 8 * kMiB - 64 * 1024);
  EXPECT_GE(memory_.resident_bytes(), 8 * kMiB - 256 * 1024);
  service_->domain().Verify();
}

TEST_F(LimitsTest, ASoftLimitIsToldOnceForEachCrossing) {
  Start();
  Arena arena = NewArena({.name = "tenant", .soft_limit_bytes = 4 * kMiB});
  ASSERT_NE(arena.Allocate(3 * kMiB), nullptr);
  EXPECT_THAT(pressures_, IsEmpty());
  void* over = arena.Allocate(2 * kMiB);
  ASSERT_NE(arena.Allocate(2 * kMiB), nullptr);
  ASSERT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(pressures_[0].arena, "tenant");
  const PressureReport& report = pressures_[0].report;
  EXPECT_EQ(report.level, PressureLevel::kSoft);
  EXPECT_EQ(report.arena_index, arena.index());
  EXPECT_EQ(report.arena_generation, arena.generation());
  EXPECT_EQ(report.limit_bytes, 4 * kMiB);
  EXPECT_EQ(report.wanted_bytes, 2 * kMiB);
  EXPECT_GT(report.charged_bytes, 5 * kMiB);
  EXPECT_LT(report.charged_bytes, 6 * kMiB);
  EXPECT_EQ(refusals_, 0);
  // Back below, and over again.
  ASSERT_TRUE(arena.Reset().ok());
  ASSERT_TRUE(arena.Purge().ok());
  over = arena.Allocate(5 * kMiB);
  EXPECT_NE(over, nullptr);
  EXPECT_THAT(pressures_, SizeIs(2));
}

TEST_F(LimitsTest, TheServicesSoftLimitIsToldOfTheArenaThatCrossedIt) {
  Start(0, 8 * kMiB);
  Arena first = NewArena({.name = "first"});
  Arena second = NewArena({.name = "second"});
  ASSERT_NE(first.Allocate(6 * kMiB), nullptr);
  ASSERT_NE(second.Allocate(3 * kMiB), nullptr);
  ASSERT_NE(first.Allocate(3 * kMiB), nullptr);
  ASSERT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(pressures_[0].arena, "second");
  EXPECT_EQ(pressures_[0].report.level, PressureLevel::kTotalSoft);
  EXPECT_EQ(pressures_[0].report.limit_bytes, 8 * kMiB);
  EXPECT_EQ(pressures_[0].report.wanted_bytes, 3 * kMiB);
  EXPECT_GT(pressures_[0].report.charged_bytes, 9 * kMiB);
}

TEST_F(LimitsTest, ASoftLimitSetBelowWhatIsHeldIsToldAtTheNextAllocation) {
  Start();
  Arena arena = NewArena({.name = "tenant"});
  ASSERT_NE(arena.Allocate(3 * kMiB), nullptr);
  ASSERT_TRUE(arena.SetLimits({.soft_limit_bytes = kMiB}).ok());
  EXPECT_THAT(pressures_, IsEmpty());
  ASSERT_NE(arena.Allocate(20000), nullptr);
  EXPECT_THAT(pressures_, SizeIs(1));
}

class HardLimitTest : public LimitsTest {
 protected:
  static constexpr uint64_t kLimit = 16 * kMiB;

  void SetUp() override {
    Start();
    arena_ = NewArena({.name = "tenant",
                       .hard_limit_bytes = kLimit,
                       .decay = {.dirty_decay_ms = -1, .muzzy_decay_ms = -1}});
  }

  // Leaves room for less than `free` bytes.
  void Crowd(uint64_t free) {
    while (kLimit - arena_.charged_bytes() > free + 70000) {
      void* const p = arena_.Allocate(65536);
      ASSERT_NE(p, nullptr);
      crowd_.push_back(p);
    }
  }

  Arena arena_;
  std::vector<void*> crowd_;
};

TEST_F(HardLimitTest, MuzzyAndDirtyPagesGoBeforeAnybodyIsAsked) {
  ASSERT_TRUE(
      arena_.SetDecay({.dirty_decay_ms = 0, .muzzy_decay_ms = 100000}).ok());
  void* p = arena_.Allocate(4 * kMiB);
  memset(p, 1, 4 * kMiB);
  arena_.Deallocate(p);
  service_->Tick();
  ASSERT_TRUE(
      arena_.SetDecay({.dirty_decay_ms = -1, .muzzy_decay_ms = -1}).ok());
  EXPECT_GE(arena_.ref().live()->pages.sizes().muzzy, 4 * kMiB);
  void* const large = arena_.Allocate(14 * kMiB);  // Of muzzy pages none fits.
  ASSERT_NE(large, nullptr);
  EXPECT_LT(arena_.ref().live()->pages.sizes().muzzy, 4 * kMiB);
  arena_.Deallocate(large);
  ASSERT_TRUE(arena_.Purge().ok());
  void* const dirty = arena_.Allocate(8 * kMiB);
  ASSERT_NE(arena_.Allocate(4 * kMiB), nullptr);
  arena_.Deallocate(dirty);
  EXPECT_NE(arena_.Allocate(10 * kMiB), nullptr);  // Nor of dirty ones.
  EXPECT_THAT(pressures_, IsEmpty());
  EXPECT_EQ(refusals_, 0);
}

TEST_F(HardLimitTest, ParkedTcachesGoBeforeAnybodyIsAsked) {
  {
    Tcache tcache = arena_.OpenTcache();
    std::vector<void*> out;
    for (int i = 0; i < 40; ++i) out.push_back(tcache.Allocate(30000));
    for (void* p : out) tcache.Deallocate(p);
  }
  const uint64_t parked = arena_.ref().live()->caches.counts().parked_tcaches;
  ASSERT_EQ(parked, 1u);
  Crowd(0);
  ASSERT_EQ(refusals_, 0);
  EXPECT_NE(arena_.Allocate(200000), nullptr);
  EXPECT_EQ(arena_.ref().live()->caches.counts().parked_tcaches, 0u);
  EXPECT_THAT(pressures_, IsEmpty());
}

TEST_F(HardLimitTest, PagesInsideSlabsGoBeforeAnybodyIsAsked) {
  std::vector<void*> out;
  for (int i = 0; i < 20000; ++i) out.push_back(arena_.Allocate(200));
  for (size_t i = 0; i < out.size(); ++i) {
    if (i % 200 != 0) arena_.Deallocate(out[i]);
  }
  Crowd(0);
  EXPECT_NE(arena_.Allocate(kMiB), nullptr);
  EXPECT_THAT(pressures_, IsEmpty());
  EXPECT_EQ(refusals_, 0);
  service_->domain().Verify();
}

TEST_F(HardLimitTest, TheEngineIsAskedOnceThenAllocationsAreRefused) {
  std::vector<void*> pieces = Fill(&arena_, 100000);
  EXPECT_EQ(refusals_, 1);
  ASSERT_THAT(pressures_, SizeIs(1));
  const PressureReport& report = pressures_[0].report;
  EXPECT_EQ(report.level, PressureLevel::kHard);
  EXPECT_EQ(report.limit_bytes, kLimit);
  EXPECT_EQ(report.wanted_bytes, 114688u);
  EXPECT_LE(report.charged_bytes, kLimit);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(arena_.Allocate(100000), nullptr);
  EXPECT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(refusals_, 6);
  // Room was made, and used up again: another crossing.
  for (int i = 0; i < 10; ++i) arena_.Deallocate(pieces[i]);
  ASSERT_TRUE(arena_.Purge().ok());
  Fill(&arena_, 100000);
  EXPECT_THAT(pressures_, SizeIs(2));
}

TEST_F(HardLimitTest, WhatTheEngineFreesServesTheAllocation) {
  Crowd(0);
  react_ = [&](const PressureReport&) {
    for (void* p : crowd_) arena_.Deallocate(p);
    crowd_.clear();
  };
  EXPECT_NE(arena_.Allocate(4 * kMiB), nullptr);
  EXPECT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(refusals_, 0);
}

TEST_F(HardLimitTest, WhatTheEngineClosesServesTheAllocation) {
  std::optional<Tcache> open = arena_.OpenTcache();
  std::vector<void*> out;
  for (int i = 0; i < 40; ++i) out.push_back(open->Allocate(30000));
  for (void* p : out) open->Deallocate(p);
  Crowd(0);
  react_ = [&](const PressureReport&) {
    open.reset();
    EXPECT_TRUE(arena_.Purge(PurgeMode::kIdle).ok());
  };
  EXPECT_NE(arena_.Allocate(400000), nullptr);
  EXPECT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(refusals_, 0);
}

TEST_F(HardLimitTest, ALimitThatTheEngineRaisesServesTheAllocation) {
  Crowd(0);
  react_ = [&](const PressureReport&) {
    EXPECT_TRUE(arena_.SetHardLimit(2 * kLimit).ok());
  };
  Tcache tcache = arena_.OpenTcache();
  EXPECT_NE(tcache.Allocate(4 * kMiB), nullptr);
  EXPECT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(refusals_, 0);
}

TEST_F(HardLimitTest, LoweredBelowWhatIsHeldItRefusesUntilEnoughCameBack) {
  Crowd(8 * kMiB);
  ASSERT_TRUE(arena_.SetLimits({.hard_limit_bytes = 4 * kMiB}).ok());
  EXPECT_GT(arena_.charged_bytes(), 4 * kMiB);
  EXPECT_EQ(arena_.Allocate(20000), nullptr);
  for (void* p : crowd_) arena_.Deallocate(p);
  EXPECT_NE(arena_.Allocate(20000), nullptr);
  EXPECT_LE(arena_.charged_bytes(), 4 * kMiB);
  EXPECT_EQ(
      arena_
          .SetLimits({.reserved_bytes = 8 * kMiB, .hard_limit_bytes = 4 * kMiB})
          .code(),
      StatusCode::kInvalidArgument);
}

TEST_F(LimitsTest, WhatOthersDoNotUseGoesBeforeAnybodyIsRefused) {
  Start(32 * kMiB);
  Arena idle = NewArena({.name = "idle", .decay = {.dirty_decay_ms = -1}});
  Arena busy = NewArena({.name = "busy"});
  void* const p = idle.Allocate(20 * kMiB);
  memset(p, 1, 20 * kMiB);
  void* const used = idle.Allocate(kMiB);
  memset(used, 2, kMiB);
  idle.Deallocate(p);
  EXPECT_NE(busy.Allocate(24 * kMiB), nullptr);
  EXPECT_THAT(pressures_, IsEmpty());
  EXPECT_EQ(refusals_, 0);
  EXPECT_EQ(static_cast<char*>(used)[kMiB - 1], 2);
  EXPECT_EQ(busy.Allocate(12 * kMiB), nullptr);
  ASSERT_THAT(pressures_, SizeIs(1));
  EXPECT_EQ(pressures_[0].report.level, PressureLevel::kTotal);
  EXPECT_EQ(pressures_[0].report.limit_bytes, 32 * kMiB);
  EXPECT_EQ(pressures_[0].report.wanted_bytes, 12 * kMiB);
  EXPECT_EQ(refusals_, 1);
  service_->domain().Verify();
}

TEST_F(LimitsTest, ManySmallRemaindersOfOthersServeALargeRequest) {
  Start(24 * kMiB);
  std::vector<Arena> others;
  for (int i = 0; i < 60; ++i) {
    others.push_back(NewArena({}));
    others.back().Deallocate(others.back().Allocate(256 << 10));
  }
  Arena big = NewArena({.name = "big"});
  // 15 MiB are unused, in sixty places.
  EXPECT_NE(big.Allocate(20 * kMiB), nullptr);
  EXPECT_EQ(refusals_, 0);
  service_->domain().Verify();
}

TEST_F(LimitsTest, WhatMakesUpAnothersReserveIsNotReclaimed) {
  Start(32 * kMiB);
  Arena warm = NewArena(
      {.name = "warm", .reserved_bytes = 12 * kMiB, .prefault_reserve = true});
  Arena idle = NewArena({.name = "idle"});
  idle.Deallocate(idle.Allocate(10 * kMiB));
  const uint64_t before = warm.charged_bytes();
  Arena asking = NewArena({.name = "asking"});
  EXPECT_NE(asking.Allocate(14 * kMiB), nullptr);
  // Descriptors that merged apart.
  EXPECT_GE(warm.charged_bytes() + 8192, std::min<uint64_t>(before, 12 * kMiB));
  EXPECT_EQ(refusals_, 0);
}

TEST_F(LimitsTest, TheEngineMayFreeThroughTheTcacheThatAsks) {
  Start();
  Arena arena = NewArena({.name = "tenant", .hard_limit_bytes = 16 * kMiB});
  Tcache tcache = arena.OpenTcache();
  std::vector<void*> held;
  bool freed = false;
  react_ = [&](const PressureReport& report) {
    if (report.level != PressureLevel::kHard || freed) return;
    freed = true;
    for (size_t i = 0; i < held.size(); i += 2) {
      tcache.Deallocate(held[i]);
      held[i] = nullptr;
    }
  };
  while (!freed) {
    void* p = tcache.Allocate(3000);
    ASSERT_NE(p, nullptr);
    memset(p, 1, 3000);
    held.push_back(p);
  }
  for (void* p : held) {
    if (p != nullptr) tcache.Deallocate(p);
  }
  tcache = Tcache();
  EXPECT_EQ(arena.ref().live()->LiveAllocations(), 0u);
  service_->domain().Verify();
}

TEST_F(LimitsTest, MemoryIsReplacedOnlyWhileAnArenaIsEmpty) {
  Start();
  Arena arena = NewArena({.name = "tenant"});
  void* const p = arena.Allocate(100000);
  const absl::Status status = arena.SetMemory({.hooks = &hooks_});
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(status),
              AllOf(HasSubstr("\"tenant\""), HasSubstr("114688 B")));
  arena.Deallocate(p);
  EXPECT_TRUE(arena.SetMemory({.hooks = &hooks_}).ok());
  EXPECT_EQ(memory_.mapped_bytes(), 0u);
  ASSERT_NE(arena.Allocate(100000), nullptr);
  EXPECT_GT(memory_.mapped_bytes(), 0u);
  ASSERT_TRUE(arena.Reset().ok());
  EXPECT_TRUE(arena.SetMemory({}).ok());
  EXPECT_EQ(memory_.mapped_bytes(), 0u) << "the last arena of the hooks left";
  ASSERT_NE(arena.Allocate(100000), nullptr);
  service_->domain().Verify();
}

}  // namespace
}  // namespace acre
