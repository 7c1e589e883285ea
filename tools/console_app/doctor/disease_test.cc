// Real diseases of Acre's own memory, and whether the doctor sees them.

#include <atomic>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include "stats/lock_statistics.h"
#include "tools/console_app/doctor/disease_fixture.h"

namespace acre::console::doctor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kHour = 3'600'000;

TEST_F(DiseaseTest, ManyTinyArenasAreMostlyMetadata) {
  Start();
  for (int i = 0; i < 3000; ++i) {
    ASSERT_NE(AddArena({.decay = {.dirty_decay_ms = kHour}}).Allocate(16),
              nullptr);
  }
  const auto found = FindingsOf(Examine(), "metadata");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kCritical);
  EXPECT_GE(found[0].value, 8.0 * kMiB);
  EXPECT_THAT(found[0].title, HasSubstr("metadata for"));
  EXPECT_THAT(found[0].evidence, Contains(StartsWith("by kind: ")));
  EXPECT_THAT(found[0].evidence, Contains(HasSubstr("3,001 arenas")));
  EXPECT_THAT(found[0].why, HasSubstr("many arenas"));
  EXPECT_THAT(found[0].remedy, HasSubstr("destroy those of tenants"));
  // Which helps.
  arenas_.resize(1000);
  EXPECT_THAT(FindingsOf(Examine(), "metadata"), ::testing::IsEmpty());
}

TEST_F(DiseaseTest, RandomFreesLeaveSlabsThatPinPages) {
  Start();
  Arena& arena =
      AddArena({.name = "tenant-7", .decay = {.dirty_decay_ms = kHour}});
  std::vector<void*> regions;
  for (int i = 0; i < 150'000; ++i) regions.push_back(arena.Allocate(256));
  std::shuffle(regions.begin(), regions.end(), std::mt19937(7));
  for (size_t i = 0; i < regions.size() * 9 / 10; ++i) {
    arena.Deallocate(regions[i]);
  }
  const auto found = FindingsOf(Examine(), "fragmentation");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_THAT(found[0].title, StartsWith("tenant-7: "));
  EXPECT_GE(found[0].value, 0.8 * 150'000 * 256);
  EXPECT_THAT(found[0].evidence, Contains(HasSubstr("size class 256: 15,000")));
  EXPECT_THAT(found[0].commands,
              Contains(StartsWith("acre_console arena purge tenant-7 --yes")));
  ASSERT_TRUE(arena.Purge().ok());
  const auto after = FindingsOf(Examine(), "fragmentation");
  ASSERT_EQ(after.size(), 1u) << text_;
  // As it was estimated, some 6 MiB went: the chance of a page to be free
  // is 18%.
  EXPECT_NEAR(found[0].value - after[0].value, 0.18 * 150'000 * 256,
              0.04 * 150'000 * 256);
  EXPECT_THAT(found[0].remedy, HasSubstr("gives back little"));
}

TEST_F(DiseaseTest, DirtyPagesStayWhereDecayIsOff) {
  Start();
  Arena& arena =
      AddArena({.name = "eu.west 7", .decay = {.dirty_decay_ms = -1}});
  arena.Deallocate(arena.Allocate(64 * kMiB));
  const auto found = FindingsOf(Examine(), "unused");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_GE(found[0].value, 64.0 * kMiB);
  EXPECT_THAT(found[0].title, HasSubstr("decay is off"));
  EXPECT_THAT(found[0].evidence, Contains(HasSubstr("dirty_decay_ms -1")));
  EXPECT_THAT(
      found[0].commands,
      Contains(StartsWith("acre_console arena decay 'eu.west 7' 2000 --yes")));
  ASSERT_TRUE(arena.Purge(PurgeMode::kIdle).ok());
  EXPECT_THAT(FindingsOf(Examine(), "unused"), ::testing::IsEmpty());
}

TEST_F(DiseaseTest, DirtyPagesStayForAsLongAsTheSettingSays) {
  Start();
  Arena& arena = AddArena({.name = "a", .decay = {.dirty_decay_ms = kHour}});
  arena.Deallocate(arena.Allocate(64 * kMiB));
  const auto found = FindingsOf(Examine(), "unused");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kNote);
  EXPECT_THAT(found[0].evidence, Contains(HasSubstr("dirty_decay_ms 3600000")));
}

TEST_F(DiseaseTest, DirtyPagesStayWhereNobodyTicks) {
  Start({.name = "engine", .governor = {.thread = false}});
  Arena& arena = AddArena({.name = "a", .decay = {.dirty_decay_ms = 40}});
  arena.Deallocate(arena.Allocate(64 * kMiB));
  const auto found = FindingsOf(
      Examine(
          {},
          [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }),
      "unused");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_THAT(found[0].title, HasSubstr("nobody calls MemoryService::Tick"));
}

TEST_F(DiseaseTest, ATenantIsAtItsLimit) {
  Start();
  Arena& arena = AddArena({.name = "tenant-7", .hard_limit_bytes = 16 * kMiB});
  while (arena.Allocate(64 << 10) != nullptr) continue;
  auto found = FindingsOf(Examine(), "limits");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_EQ(found[0].value, 1);
  EXPECT_THAT(
      found[0].commands,
      Contains(StartsWith("acre_console arena limit tenant-7 25MiB --yes")));

  found = FindingsOf(Examine({},
                             [&] {
                               for (int i = 0; i < 3; ++i) {
                                 EXPECT_EQ(arena.Allocate(kMiB), nullptr);
                               }
                             }),
                     "limits");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kCritical);
  EXPECT_EQ(found[0].value, 3);
}

TEST_F(DiseaseTest, TheServiceIsAtItsLimit) {
  Start({.name = "engine", .hard_limit_bytes = 32 * kMiB});
  Arena& arena = AddArena({.name = "a"});
  while (arena.Allocate(64 << 10) != nullptr) continue;
  const auto found = FindingsOf(Examine(), "limits");
  ASSERT_GE(found.size(), 1u) << text_;
  EXPECT_THAT(found[0].title, HasSubstr("of the service's limit of 32.0 MiB"));
}

TEST_F(DiseaseTest, ATcacheIsNeverClosed) {
  Start();
  Arena& arena = AddArena({.name = "tenant-7"});
  Tcache tcache = arena.OpenTcache();
  tcache.Deallocate(tcache.Allocate(1000));
  EXPECT_THAT(FindingsOf(Examine(), "tcaches"), ::testing::IsEmpty());
  const auto found = FindingsOf(Examine({.old_tcache_seconds = 0}), "tcaches");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].value, static_cast<double>(tcache.cached_bytes()));
  EXPECT_THAT(found[0].evidence, Contains(StartsWith("tenant-7: open for ")));
}

// Until threads have waited for locks for so long, all together.
void Hammer(MemoryService& service, Arena& arena, double seconds) {
  std::atomic<bool> enough{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!enough) arena.Deallocate(arena.Allocate(64 << 10));
    });
  }
  const auto waited = [&] {
    std::vector<stats::LockStatistics> locks(100);
    locks.resize(stats::ReadLocks(service.domain(), locks));
    double sum = 0;
    for (const auto& lock : locks) sum += static_cast<double>(lock.wait_ns);
    return sum / 1e9;
  };
  const double before = waited();
  while (waited() < before + seconds) std::this_thread::yield();
  enough = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(DiseaseTest, ThreadsWaitForOneArena) {
  Start();
  Arena& arena = AddArena({.name = "tenant-7"});
  arena.Deallocate(arena.Allocate(64 << 10));
  // However slow the machine is.
  const Thresholds thresholds = {.lock_wait_share = 1e-6};
  const auto found = FindingsOf(
      Examine(thresholds, [&] { Hammer(*service_, arena, 0.01); }), "locks");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_GT(found[0].value, 0.009);
  EXPECT_THAT(found[0].title, HasSubstr("of tenant-7"));
}

TEST_F(DiseaseTest, AddressSpaceIsTakenAndNotUsed) {
  Start();
  Arena& arena = AddArena({.name = "tenant-7"});
  const auto found =
      FindingsOf(Examine({},
                         [&] {
                           // Untouched: it costs nothing.
                           arena.Deallocate(arena.Allocate(kGiB));
                           EXPECT_TRUE(arena.Purge().ok());
                         }),
                 "address-space");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_GE(found[0].value, 0.99 * kGiB);
}

}  // namespace
}  // namespace acre::console::doctor
