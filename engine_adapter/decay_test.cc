// Decay as an engine sees it: options, ticks, the thread, and what is wrong
// with what was asked for.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/base/check.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"

namespace acre {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

constexpr size_t kMiB = size_t{1} << 20;

std::unique_ptr<MemoryService> NewService(const ServiceOptions& options) {
  auto service = MemoryService::Create(options);
  EXPECT_TRUE(service.ok()) << service.status();
  return std::move(service).value();
}

Arena NewArena(MemoryService& service, const ArenaOptions& options) {
  auto arena = service.CreateArena(options);
  EXPECT_TRUE(arena.ok()) << arena.status();
  return std::move(arena).value();
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

uint64_t Unused(const Arena& arena) {
  const auto held = arena.ref().live()->pages.sizes();
  return held.dirty + held.muzzy;
}

// A query: small and large buffers, all freed at its end.
void RunQuery(Arena& arena, size_t bytes) {
  Tcache tcache = arena.OpenTcache();
  std::vector<void*> all;
  for (size_t left = bytes; left > 0;) {
    const size_t size =
        std::min<size_t>(left, all.size() % 2 == 0 ? 4000 : 64 * 1024);
    all.push_back(tcache.Allocate(size));
    ASSERT_NE(all.back(), nullptr);
    memset(all.back(), 1, size);
    left -= size;
  }
  for (void* p : all) tcache.Deallocate(p);
}

// --- Without the thread ------------------------------------------------------

class TickedServiceTest : public ::testing::Test {
 protected:
  ~TickedServiceTest() override { service_->domain().Verify(); }

  // Lets `ms` pass, with a tick whenever the one before asked for it.
  void Pass(uint64_t ms) {
    for (uint64_t left = ms; left > 0;) {
      const uint64_t step = std::min(left, service_->Tick().value_or(left));
      clock_.AdvanceMillis(std::max<uint64_t>(step, 1));
      left -= std::min(left, std::max<uint64_t>(step, 1));
    }
    service_->Tick();
  }

  testing::FakeClock clock_;
  std::unique_ptr<MemoryService> service_ =
      NewService({.governor = {.thread = false, .clock = &clock_}});
};

TEST_F(TickedServiceTest, ATickSaysWhenTheNextOneIsDue) {
  EXPECT_EQ(service_->Tick(), std::nullopt);
  Arena arena = NewArena(*service_, {.decay = {.dirty_decay_ms = 2000}});
  EXPECT_EQ(service_->Tick(), std::nullopt) << "nothing is unused";
  RunQuery(arena, kMiB);
  const std::optional<uint64_t> first = service_->Tick();
  ASSERT_TRUE(first.has_value());
  EXPECT_GT(*first, 0u);
  EXPECT_LE(*first, 2000u);
  Pass(10'000);
  EXPECT_EQ(service_->Tick(), std::nullopt);
  EXPECT_EQ(Unused(arena), 0u);
}

TEST_F(TickedServiceTest, WithoutTicksNothingGoes) {
  Arena arena = NewArena(*service_, {.decay = {.dirty_decay_ms = 0}});
  arena.Deallocate(arena.Allocate(4 * kMiB));
  clock_.AdvanceMillis(1'000'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(Unused(arena), 4 * kMiB);
  service_->Tick();
  EXPECT_EQ(Unused(arena), 0u);
}

TEST_F(TickedServiceTest, ByDefaultAnIdleTenantIsSmallAfterFiveSeconds) {
  Arena arena = NewArena(*service_, {});
  const uint64_t empty = arena.charged_bytes();
  RunQuery(arena, 32 * kMiB);
  EXPECT_GT(arena.charged_bytes(), empty + 8 * kMiB);
  Pass(5000);
  EXPECT_LT(arena.charged_bytes(), empty + 64 * 1024);
}

TEST_F(TickedServiceTest, EachTenantHasItsOwnTimes) {
  Arena at_once = NewArena(*service_, {.decay = {.dirty_decay_ms = 0}});
  Arena soon = NewArena(*service_, {.decay = {.dirty_decay_ms = 1000}});
  Arena never = NewArena(*service_, {.decay = {.dirty_decay_ms = -1}});
  Arena capped = NewArena(
      *service_, {.decay = {.dirty_decay_ms = -1, .most_dirty_bytes = kMiB}});
  for (Arena* arena : {&at_once, &soon, &never, &capped}) {
    for (int i = 0; i < 8; ++i) arena->Deallocate(arena->Allocate(2 * kMiB));
  }
  service_->Tick();
  EXPECT_EQ(Unused(at_once), 0u);
  EXPECT_EQ(Unused(soon), 2 * kMiB);
  EXPECT_EQ(Unused(never), 2 * kMiB);
  EXPECT_LE(Unused(capped), kMiB);
  Pass(3000);
  EXPECT_EQ(Unused(soon), 0u);
  EXPECT_EQ(Unused(never), 2 * kMiB);
}

TEST_F(TickedServiceTest, SetDecayAppliesToWhatIsUnusedNow) {
  Arena arena = NewArena(*service_, {.decay = {.dirty_decay_ms = -1}});
  arena.Deallocate(arena.Allocate(4 * kMiB));
  Pass(100'000);
  EXPECT_EQ(Unused(arena), 4 * kMiB);
  ASSERT_TRUE(arena.SetDecay({.dirty_decay_ms = 0}).ok());
  service_->Tick();
  EXPECT_EQ(Unused(arena), 0u);
}

TEST_F(TickedServiceTest, PurgeAllTakesTheModes) {
  std::vector<Arena> arenas;
  for (int i = 0; i < 3; ++i) {
    arenas.push_back(NewArena(*service_, {.decay = {.dirty_decay_ms = -1}}));
    RunQuery(arenas.back(), kMiB);
    arenas.back().Deallocate(arenas.back().Allocate(4 * kMiB));
  }
  const uint64_t unused = service_->PurgeAll(PurgeMode::kUnused);
  EXPECT_GE(unused, 3 * 4 * kMiB);
  const uint64_t idle = service_->PurgeAll(PurgeMode::kIdle);
  // Tcaches of the checked build keep nothing.
  EXPECT_EQ(idle > 0, !allocator::kCheckedBuild);
  EXPECT_EQ(service_->PurgeAll(), 0u);
  for (Arena& arena : arenas) {
    EXPECT_EQ(arena.ref().live()->pages.sizes().active, 0u);
  }
}

TEST_F(TickedServiceTest, AServiceCanEndWithArenasThatAreDue) {
  Arena arena = NewArena(*service_, {});
  arena.Deallocate(arena.Allocate(4 * kMiB));
  EXPECT_EQ(service_->domain().governor().statistics().scheduled, 1u);
}

// --- Bad options -------------------------------------------------------------

TEST(DecayOptionsTest, ErrorsCarryTheNumbers) {
  auto service = NewService({});
  const struct {
    DecayOptions decay;
    const char* says;
  } kRows[] = {
      {{.dirty_decay_ms = -2},
       "arena \"t\": dirty_decay_ms -2, must be from "
       "-1 (never) to 31536000000"},
      {{.dirty_decay_ms = 31'536'000'001}, "dirty_decay_ms 31536000001, must"},
      {{.muzzy_decay_ms = -7}, "arena \"t\": muzzy_decay_ms -7, must"},
      {{.muzzy_decay_ms = INT64_MAX}, "muzzy_decay_ms 9223372036854775807,"}};
  Arena arena = NewArena(*service, {.name = "t"});
  for (const auto& row : kRows) {
    const absl::Status set = arena.SetDecay(row.decay);
    EXPECT_EQ(set.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(set), HasSubstr(row.says));
  }
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  for (const auto& row : kRows) {
    const auto created =
        service->CreateArena({.name = "t", .decay = row.decay});
    EXPECT_EQ(created.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(created.status()), HasSubstr(row.says));
  }
  // The ends of the range are in it.
  for (const int64_t ms : {int64_t{-1}, int64_t{0}, int64_t{31'536'000'000}}) {
    EXPECT_TRUE(service
                    ->CreateArena(
                        {.decay = {.dirty_decay_ms = ms, .muzzy_decay_ms = ms}})
                    .ok());
  }
}

TEST(DecayOptionsTest, ARefusedSetDecayChangesNothing) {
  testing::FakeClock clock;
  auto service = NewService({.governor = {.thread = false, .clock = &clock}});
  Arena arena = NewArena(*service, {.decay = {.dirty_decay_ms = -1}});
  arena.Deallocate(arena.Allocate(kMiB));
  EXPECT_FALSE(
      arena.SetDecay({.dirty_decay_ms = 0, .muzzy_decay_ms = -9}).ok());
  service->Tick();
  EXPECT_EQ(Unused(arena), kMiB);
}

TEST(DecayOptionsTest, AStaleRefCannotSetDecay) {
  auto service = NewService({});
  Arena arena = NewArena(*service, {});
  const ArenaRef ref = arena.ref();
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_EQ(ref.SetDecay({}).code(), StatusCode::kNotFound);
  EXPECT_EQ(ref.Purge().status().code(), StatusCode::kNotFound);
}

TEST(GovernorSettingsTest, ErrorsCarryTheNumbers) {
  const struct {
    GovernorSettings governor;
    const char* says;
  } kRows[] = {
      {{.thread = false, .watch_pressure = true},
       "service \"e\": watch_pressure needs the governor's thread"},
      {{.pressure_high_percent = 0}, "pressure from 0 % and 97 %"},
      {{.pressure_high_percent = 98}, "pressure from 98 % and 97 %"},
      {{.pressure_critical_percent = 101}, "pressure from 90 % and 101 %"}};
  for (const auto& row : kRows) {
    const auto created =
        MemoryService::Create({.name = "e", .governor = row.governor});
    EXPECT_EQ(created.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(created.status()), HasSubstr(row.says));
  }
}

// --- With the thread ---------------------------------------------------------

// Sleeps until `done`, a minute at most: a deadline, not a measurement.
bool Eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 60'000 && !done(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return done();
}

TEST(GovernorThreadTest, MemoryGoesByItself) {
  testing::FakeOs os;
  os.set_verify_purges(false);
  auto service = NewService({.os = &os});
  const auto governor = [&] {
    return service->domain().governor().statistics();
  };
  EXPECT_FALSE(governor().running) << "nothing to do yet";
  {
    Arena arena = NewArena(*service, {.decay = {.dirty_decay_ms = 100}});
    RunQuery(arena, 32 * kMiB);
    EXPECT_TRUE(governor().running);
    EXPECT_TRUE(Eventually([&] {
      return Unused(arena) + arena.ref().live()->pages.sizes().active == 0;
    }));
    EXPECT_TRUE(Eventually([&] { return governor().scheduled == 0; }));
    // What is in memory is metadata.
    EXPECT_LT(os.resident_bytes(), 2 * kMiB);
    // And again, by the thread that sleeps now.
    arena.Deallocate(arena.Allocate(4 * kMiB));
    EXPECT_TRUE(Eventually([&] { return Unused(arena) == 0; }));
  }
  service->domain().Verify();
}

}  // namespace
}  // namespace acre
