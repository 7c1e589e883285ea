#include "stats/arena_statistics.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "allocator/cache/region.h"
#include "allocator/cache/tcache.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Domain;
using allocator::PageFailure;
using allocator::Region;
using allocator::Tcache;

constexpr size_t kMiB = size_t{1} << 20;

class ArenaStatisticsTest : public allocator::DomainTest {
 protected:
  static ArenaStatistics Read(const Arena* arena) {
    ArenaStatistics statistics;
    ReadArena(*arena, &statistics);
    return statistics;
  }
  // Reads, and holds the figures to the equations that hold at rest.
  static ArenaStatistics ReadAtRest(const Arena* arena) {
    const ArenaStatistics now = Read(arena);
    EXPECT_EQ(now.active, now.allocated + now.cached + now.slack);
    EXPECT_EQ(now.charged, now.active + now.dirty + now.muzzy + now.metadata);
    EXPECT_GE(now.peak, now.charged);
    EXPECT_EQ(now.resident, now.charged);
    EXPECT_EQ(now.mapped, now.resident);
    EXPECT_LE(now.parked, now.cached + now.metadata);
    EXPECT_EQ(now.allocations, arena->LiveAllocations());
    EXPECT_EQ(now.allocated, arena->AllocatedBytes());
    return now;
  }
  Tcache OpenTcache(Arena* arena) const {
    return Tcache(arena, arena->cache_generation.load());
  }
  Region OpenRegion(Arena* arena) const {
    return Region(arena, arena->cache_generation.load());
  }
};

// --- One arena
// ----------------------------------------------------------------

TEST_F(ArenaStatisticsTest, AReadWritesEveryField) {
  Arena* arena = NewArena({.name = "t", .hard_limit_bytes = 64 * kMiB});
  arena->Allocate(100);
  ArenaStatistics zeroed;
  ArenaStatistics filled;
  memset(static_cast<void*>(&filled), 0xff, sizeof(filled));
  ReadArena(*arena, &zeroed);
  ReadArena(*arena, &filled);
  EXPECT_STREQ(filled.name, "t");
  EXPECT_EQ(filled.index, arena->index);
  EXPECT_EQ(filled.generation, arena->generation.load());
  for (const auto& field : kArenaFields) {
    EXPECT_EQ(filled.*field.member, zeroed.*field.member) << field.name;
  }
}

TEST_F(ArenaStatisticsTest, AnEmptyArenaHoldsItsDescriptionOnly) {
  const ArenaStatistics now = ReadAtRest(NewArena());
  EXPECT_EQ(now.charged, sizeof(Arena));
  EXPECT_EQ(now.metadata, sizeof(Arena));
  EXPECT_EQ(now.allocated + now.cached + now.slack + now.dirty, 0u);
  EXPECT_EQ(now.hard_limit, 0u) << "0 is no limit";
}

TEST_F(ArenaStatisticsTest, AllocationsCountAsTheirClasses) {
  Arena* arena = NewArena({.hard_limit_bytes = 64 * kMiB});
  std::vector<void*> all;
  for (int i = 0; i < 10; ++i) all.push_back(arena->Allocate(100));
  for (int i = 0; i < 3; ++i) all.push_back(arena->Allocate(20000));
  ArenaStatistics now = ReadAtRest(arena);
  EXPECT_EQ(now.allocated, 10 * 112 + 3 * 20480u);
  EXPECT_EQ(now.allocations, 13u);
  EXPECT_EQ(now.large_allocations, 3u);
  EXPECT_EQ(now.slabs, 1u);
  EXPECT_EQ(now.fills, 10u);
  EXPECT_EQ(now.slack, now.active - now.allocated);
  EXPECT_EQ(now.hard_limit, 64 * kMiB);
  for (void* p : all) domain_->Free(p);
  now = ReadAtRest(arena);
  EXPECT_EQ(now.allocated, 0u);
  EXPECT_EQ(now.allocations, 0u);
  EXPECT_EQ(now.dirty, 3 * 20480u);
  EXPECT_EQ(now.flushes, 10u);
}

TEST_F(ArenaStatisticsTest, WhatTcachesHoldIsCachedOpenOrParked) {
  if (allocator::kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing";
  Arena* arena = NewArena();
  Tcache tcache = OpenTcache(arena);
  std::vector<void*> all;
  for (int i = 0; i < 20; ++i) all.push_back(tcache.Allocate(1000));
  for (void* p : all) tcache.Deallocate(p);
  tcache.Deallocate(tcache.Allocate(30000));
  ArenaStatistics now = ReadAtRest(arena);
  EXPECT_EQ(now.allocated, 0u);
  EXPECT_EQ(now.cached, tcache.CachedBytes());
  EXPECT_GE(now.cached, 20 * 1024 + 32768u);
  EXPECT_EQ(now.open_tcaches, 1u);
  EXPECT_EQ(now.parked, 0u);
  tcache.Close();
  const ArenaStatistics parked = ReadAtRest(arena);
  EXPECT_EQ(parked.cached, now.cached);
  EXPECT_EQ(parked.open_tcaches, 0u);
  EXPECT_EQ(parked.parked_tcaches, 1u);
  EXPECT_GE(parked.parked, now.cached);
}

TEST_F(ArenaStatisticsTest, ARegionsBlocksAreAllocatedUntilTheyAreParked) {
  Arena* arena = NewArena();
  Region region = OpenRegion(arena);
  ASSERT_NE(region.Allocate(100, 8), nullptr);
  ASSERT_NE(region.Allocate(200000, 8), nullptr);
  ArenaStatistics now = ReadAtRest(arena);
  EXPECT_EQ(now.allocated, region.block_bytes());
  EXPECT_EQ(now.large_allocations, 2u);
  region.Drop();
  now = ReadAtRest(arena);
  EXPECT_EQ(now.allocated, 0u);
  EXPECT_EQ(now.cached, 32768u);
  region.Close();
  ReadAtRest(arena);
}

TEST_F(ArenaStatisticsTest, TheEquationsHoldThroughAnArenasLife) {
  Arena* arena = NewArena({.hard_limit_bytes = 8 * kMiB});
  Tcache tcache = OpenTcache(arena);
  std::vector<void*> all;
  for (size_t i = 1; i < 2000; ++i) {
    void* p = i % 3 == 0 ? arena->Allocate(i * 7) : tcache.Allocate(i * 7);
    if (p != nullptr) all.push_back(p);
    if (i % 4 == 0 && !all.empty()) {
      tcache.Deallocate(all.back());
      all.pop_back();
    }
    if (i % 100 == 0) ReadAtRest(arena);
  }
  EXPECT_GT(ReadAtRest(arena).refusals, 0u);
  for (size_t i = 0; i < all.size(); i += 2) domain_->Free(all[i]);
  ReadAtRest(arena);
  tcache.Close();
  ReadAtRest(arena);
  arena->Purge();
  const ArenaStatistics purged = ReadAtRest(arena);
  EXPECT_EQ(purged.dirty, 0u);
  EXPECT_GT(purged.purged, 0u);
  EXPECT_GT(purged.purges, 0u);
  ASSERT_TRUE(domain_->ResetArena(arena->index, arena->generation.load()));
  const ArenaStatistics reset = ReadAtRest(arena);
  EXPECT_EQ(reset.allocated + reset.cached + reset.slack, 0u);
}

TEST_F(ArenaStatisticsTest, EventsAreCountedWhereTheyHappen) {
  Arena* arena = NewArena({.hard_limit_bytes = kMiB});
  Arena* other = NewArena();
  EXPECT_EQ(arena->Allocate(2 * kMiB), nullptr);
  EXPECT_EQ(arena->Allocate(SIZE_MAX), nullptr);
  Tcache tcache = OpenTcache(arena);
  tcache.Deallocate(other->Allocate(64));
  tcache.Close();
  EXPECT_EQ(ReadAtRest(arena).refusals, 1u);
  EXPECT_EQ(ReadAtRest(arena).out_of_memory, 1u);
  EXPECT_EQ(ReadAtRest(arena).foreign_frees, 0u);
  EXPECT_EQ(ReadAtRest(other).foreign_frees, 1u);
}

TEST_F(ArenaStatisticsTest, AnArenaShowsItsLimitsAndItsPeak) {
  Arena* arena = NewArena({.hard_limit_bytes = 8 * kMiB,
                           .reserved_bytes = 2 * kMiB,
                           .soft_limit_bytes = 4 * kMiB});
  ArenaStatistics now = ReadAtRest(arena);
  EXPECT_EQ(now.hard_limit, 8 * kMiB);
  EXPECT_EQ(now.soft_limit, 4 * kMiB);
  EXPECT_EQ(now.reserved, 2 * kMiB);
  EXPECT_EQ(now.peak, now.charged);
  void* p = arena->Allocate(3 * kMiB);
  const uint64_t most = ReadAtRest(arena).charged;
  domain_->Free(p);
  arena->Purge();
  now = ReadAtRest(arena);
  EXPECT_LT(now.charged, kMiB);
  EXPECT_EQ(now.peak, most);
}

TEST_F(ArenaStatisticsTest, AnArenaIsReadByIndexAndGeneration) {
  Arena* arena = NewArena({.name = "one"});
  const uint32_t index = arena->index;
  const uint32_t generation = arena->generation.load();
  ArenaStatistics now;
  ASSERT_TRUE(ReadArena(*domain_, index, generation, &now));
  EXPECT_STREQ(now.name, "one");
  EXPECT_FALSE(ReadArena(*domain_, index, generation + 1, &now));
  domain_->DestroyArena(arena);
  EXPECT_FALSE(ReadArena(*domain_, index, generation, &now));
}

TEST_F(ArenaStatisticsTest, ANewArenaCountsFromZeroWhoeverWasThereBefore) {
  Arena* arena = NewArena({.name = "a long name", .hard_limit_bytes = kMiB});
  const uint32_t index = arena->index;
  const ArenaStatistics before = ReadAtRest(arena);
  for (size_t size : {100, 20000, 300000}) {
    domain_->Free(arena->Allocate(size));
  }
  arena->Allocate(2 * kMiB);
  arena->Purge();
  domain_->DestroyArena(arena);
  arena = NewArena({.name = "b"});
  ASSERT_EQ(arena->index, index);
  const ArenaStatistics now = ReadAtRest(arena);
  EXPECT_STREQ(now.name, "b");
  EXPECT_GT(now.created_ns, before.created_ns);
  for (const auto& field : kArenaFields) {
    const bool holds = field.name == "metadata" || field.name == "charged" ||
                       field.name == "resident" || field.name == "mapped" ||
                       field.name == "peak";
    if (field.name == "created_ns") continue;
    EXPECT_EQ(now.*field.member, holds ? sizeof(Arena) : 0) << field.name;
  }
}

// --- Bins
// ---------------------------------------------------------------------

TEST_F(ArenaStatisticsTest, BinsAreReadSmallestFirstAndAddUpToTheArena) {
  Arena* arena = NewArena();
  for (size_t size : {3000, 8, 500, 14336, 500}) arena->Allocate(size);
  std::array<BinStatistics, allocator::kSmallClasses> bins;
  ASSERT_EQ(ReadBins(*arena, &bins), 4u);
  const uint64_t kSizes[] = {8, 512, 3072, 14336};
  const ArenaStatistics now = ReadAtRest(arena);
  uint64_t out = 0;
  uint64_t slack = 0;
  uint64_t slab_bytes = 0;
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(bins[i].size, kSizes[i]);
    EXPECT_EQ(bins[i].slabs, 1u);
    EXPECT_EQ(bins[i].regions_out, i == 1 ? 2u : 1u);
    EXPECT_EQ(bins[i].slab_bytes,
              bins[i].regions_out * bins[i].size + bins[i].slack);
    out += bins[i].regions_out * bins[i].size;
    slack += bins[i].slack;
    slab_bytes += bins[i].slab_bytes;
  }
  EXPECT_EQ(out, now.allocated);
  EXPECT_EQ(slack, now.slack);
  EXPECT_EQ(slab_bytes, now.active);
}

TEST_F(ArenaStatisticsTest, AnArenaWithoutSmallAllocationsHasNoBins) {
  Arena* arena = NewArena();
  arena->Allocate(100000);
  std::array<BinStatistics, allocator::kSmallClasses> bins;
  EXPECT_EQ(ReadBins(*arena, &bins), 0u);
}

// --- The whole service
// ----------------------------------------------------------

TEST_F(ArenaStatisticsTest, TheServicesFiguresAreTheSumsOfItsArenas) {
  std::vector<Arena*> arenas;
  ArenaStatistics sum;
  for (size_t i = 0; i < 5; ++i) {
    arenas.push_back(NewArena());
    for (size_t j = 0; j <= i; ++j) arenas[i]->Allocate(1000 * (j + 1));
    domain_->Free(arenas[i]->Allocate(50000));
  }
  domain_->DestroyArena(arenas[1]);
  domain_->DestroyArena(arenas[0]);
  for (size_t i = 2; i < 5; ++i) AddTo(ReadAtRest(arenas[i]), &sum);
  const ServiceStatistics service = ReadService(*domain_);
  for (const auto& field : kArenaFields) {
    EXPECT_EQ(service.arenas.*field.member, sum.*field.member) << field.name;
  }
  EXPECT_EQ(service.arena_count, 3u);
  EXPECT_EQ(service.arenas_created, 5u);
  EXPECT_EQ(service.charged, service.arenas.charged);
  EXPECT_EQ(service.hard_limit, 0u);
  EXPECT_GE(service.metadata, service.arenas.metadata);
  EXPECT_EQ(service.resident,
            service.arenas.active + service.arenas.dirty + service.metadata);
  EXPECT_GE(service.mappings, 1u);
}

TEST_F(ArenaStatisticsTest, AddressSpaceIsActiveDirtyOrRetained) {
  Arena* arena = NewArena();
  arena->Allocate(3 * kMiB);
  domain_->Free(arena->Allocate(5 * kMiB));
  NewArena()->Allocate(100);
  const ServiceStatistics service = ReadService(*domain_);
  EXPECT_EQ(service.arenas.active + service.arenas.dirty + service.retained,
            domain_->ranges().mapped_bytes());
}

TEST_F(ArenaStatisticsTest, WhatTheKernelMeasuresIsWhatWasTouched) {
  Arena* arena = NewArena();
  const uint64_t before = MeasureResident(*domain_);
  void* p = arena->Allocate(10 * kMiB);
  EXPECT_EQ(MeasureResident(*domain_), before) << "not touched yet";
  memset(p, 1, 10 * kMiB);
  EXPECT_EQ(MeasureResident(*domain_), before + 10 * kMiB);
  domain_->Free(p);
  arena->Purge();
  EXPECT_EQ(MeasureResident(*domain_), before);
}

TEST_F(ArenaStatisticsTest, TheServiceIsChargedEachArenasReserveOrMore) {
  Open({.soft_limit_bytes = 16 * kMiB});
  Arena* within = NewArena({.reserved_bytes = 4 * kMiB});
  Arena* beyond = NewArena({.reserved_bytes = kMiB});
  Arena* without = NewArena();
  for (Arena* arena : {within, beyond, without}) arena->Allocate(2 * kMiB);
  const ServiceStatistics service = ReadService(*domain_);
  EXPECT_EQ(service.reserved, 5 * kMiB);
  EXPECT_EQ(service.charged, 4 * kMiB + ReadAtRest(beyond).charged +
                                 ReadAtRest(without).charged);
  EXPECT_EQ(service.soft_limit, 16 * kMiB);
  EXPECT_EQ(service.peak, service.charged);
}

TEST_F(ArenaStatisticsTest, PressuresOfTheServiceAreCounted) {
  Arena* arena = NewArena({.soft_limit_bytes = kMiB});
  arena->Allocate(2 * kMiB);
  EXPECT_EQ(ReadService(*domain_).pressures, 1u);
}

TEST_F(ArenaStatisticsTest, TheGovernorsWorkIsCounted) {
  Open({.governor = {.thread = false}});
  Arena* arena = NewArena({.dirty_decay_ms = 0});
  domain_->Free(arena->Allocate(kMiB));
  EXPECT_EQ(ReadService(*domain_).governor.scheduled, 1u);
  domain_->governor().Tick();
  const GovernorStatistics governor = ReadService(*domain_).governor;
  EXPECT_GE(governor.visits, 1u);
  EXPECT_FALSE(governor.running);
  EXPECT_EQ(governor.thread_failures, 0u);
}

TEST_F(ArenaStatisticsTest, RefusalsAndMisusesOfTheServiceAreCounted) {
  Open({.hard_limit_bytes = kMiB});
  Arena* arena = NewArena();
  EXPECT_EQ(arena->Allocate(2 * kMiB), nullptr);
  domain_->Free(this);
  const ServiceStatistics service = ReadService(*domain_);
  EXPECT_EQ(service.refusals, 1u);
  EXPECT_EQ(service.misuses, 1u);
  EXPECT_EQ(service.hard_limit, kMiB);
}

}  // namespace
}  // namespace acre::stats
