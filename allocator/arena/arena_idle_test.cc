// What an arena that nobody uses gives up, what one in use keeps, what idle
// arenas cost, and what the modes of a purge give back.

#include <cstdint>
#include <vector>

#include "allocator/arena/arena_decay_test_fixture.h"
#include "allocator/arena/slab_pages.h"
#include "allocator/cache/region.h"
#include "allocator/cache/tcache.h"

namespace acre::allocator {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr int64_t kMs = 1000;

class ArenaIdleTest : public ArenaDecayTest {
 protected:
  Tcache OpenTcache(Arena* arena) {
    return Tcache(arena, arena->cache_generation.load());
  }
  void RunQuery(Arena* arena) {
    Tcache tcache = OpenTcache(arena);
    std::vector<void*> all;
    for (size_t size : {40, 40, 200, 200, 1000, 5000, 20'000, 100'000}) {
      all.push_back(tcache.Allocate(size));
      ASSERT_NE(all.back(), nullptr);
    }
    for (void* p : all) tcache.Deallocate(p);
    tcache.Close();
  }
  static uint64_t SpareSlabs(const Arena* arena) {
    uint64_t spare = 0;
    arena->pages.ForEachActive([&](const Extent& extent) {
      if (IsSmall(extent.size_class) && IsEmptySlab(extent)) ++spare;
    });
    return spare;
  }
  static uint64_t Active(const Arena* arena) {
    return arena->pages.sizes().active;
  }
};

TEST_F(ArenaIdleTest, AnIdleArenaGivesUpWhatItKeptWarm) {
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  const uint64_t empty = arena->quota.charged();
  RunQuery(arena);
  EXPECT_EQ(arena->caches.counts().parked_tcaches, kCheckedBuild ? 0u : 1u);
  FreeAll(ThinOut(arena, 64, 100, 1));
  EXPECT_GT(SpareSlabs(arena), 0u);
  Pass(3 * kMs);
  EXPECT_EQ(arena->caches.counts().parked_tcaches, 0u);
  EXPECT_EQ(arena->caches.counts().cached_bytes, 0u);
  EXPECT_EQ(SpareSlabs(arena), 0u);
  EXPECT_EQ(Active(arena), 0u);
  EXPECT_EQ(Dirty(arena), 0u);
  // Bins and the sets of free extents stay: a few KiB.
  EXPECT_LT(arena->quota.charged(), empty + 16 * 1024);
}

TEST_F(ArenaIdleTest, AnIdleArenaGivesUpManyPagesAtOnce) {
  Arena* arena = NewArena({.dirty_decay_ms = 10 * kMs});
  Region region(arena, arena->cache_generation.load());
  for (int i = 0; i < 700; ++i) ASSERT_NE(region.Allocate(10'000, 16), nullptr);
  region.Close();
  EXPECT_GT(arena->caches.counts().parked_bytes, 6 * kMiB);
  // Idle from the first visit on at the latest.
  Pass(11 * kMs);
  EXPECT_EQ(Active(arena) + Dirty(arena), 0u);
  EXPECT_EQ(Scheduled(), 0u);
}

TEST_F(ArenaIdleTest, AnIdleArenaGivesUpPagesInsideSlabs) {
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  const std::vector<void*> kept = ThinOut(arena, 512, 20'000, 50);
  const uint64_t before = Active(arena);
  EXPECT_GT(before, 9 * kMiB);
  Pass(3 * kMs);
  EXPECT_LT(Active(arena), before / 2);
  for (void* p : kept) {
    const auto* bytes = static_cast<const char*>(p);
    for (size_t i = 0; i < 512; ++i) ASSERT_EQ(bytes[i], 1);
  }
  FreeAll(kept);
  Pass(3 * kMs);
  EXPECT_EQ(Active(arena), 0u);
}

TEST_F(ArenaIdleTest, AnArenaInUseKeepsWhatIsWarm) {
  if (kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing in this build";
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  const std::vector<void*> kept = ThinOut(arena, 512, 20'000, 50);
  RunQuery(arena);
  const uint64_t active = Active(arena);
  const uint64_t cached = arena->caches.counts().cached_bytes;
  EXPECT_GT(cached, 0u);
  for (int i = 0; i < 100; ++i) {
    Pass(kMs / 2);
    EXPECT_EQ(arena->caches.counts().parked_tcaches, 1u) << i;
    RunQuery(arena);
  }
  EXPECT_EQ(arena->caches.counts().cached_bytes, cached);
  EXPECT_EQ(Active(arena), active);
  // Pages without use go all the same.
  EXPECT_EQ(Dirty(arena), 0u);
  FreeAll(kept);
}

TEST_F(ArenaIdleTest, AnArenaThatIsUsedAgainComesBackToTheQueue) {
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  for (int i = 0; i < 5; ++i) {
    RunQuery(arena);
    EXPECT_EQ(Scheduled(), 1u) << i;
    Pass(3 * kMs);
    EXPECT_EQ(Scheduled(), 0u) << i;
    EXPECT_EQ(Active(arena) + Dirty(arena), 0u) << i;
  }
}

TEST_F(ArenaIdleTest, OpenTcachesKeepTheirMemory) {
  if (kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing in this build";
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  Tcache tcache = OpenTcache(arena);
  tcache.Deallocate(tcache.Allocate(1000));
  MakeDirty(arena, kMiB);
  Pass(10 * kMs);
  EXPECT_EQ(Dirty(arena), 0u);
  EXPECT_GT(tcache.CachedBytes(), 0u);
  EXPECT_EQ(Scheduled(), 0u);
  tcache.Close();
  EXPECT_EQ(Scheduled(), 1u);
  Pass(3 * kMs);
  EXPECT_EQ(Active(arena), 0u);
}

// --- What idle arenas cost ---------------------------------------------------

TEST_F(ArenaIdleTest, AnArenaWithNothingUnusedIsInNoQueue) {
  Arena* arena = NewArena({.dirty_decay_ms = kMs});
  EXPECT_EQ(Scheduled(), 0u);
  void* p = arena->Allocate(kMiB);
  void* q = arena->Allocate(100);
  EXPECT_EQ(Scheduled(), 0u);
  EXPECT_EQ(Tick(), kNoDeadline);
  domain_->Free(p);
  EXPECT_EQ(Scheduled(), 1u);
  Pass(3 * kMs);
  EXPECT_EQ(Scheduled(), 0u);
  EXPECT_EQ(domain_->decays().live_objects(), 0u);
  domain_->Free(q);
  Pass(3 * kMs);
  EXPECT_EQ(Scheduled(), 0u);
}

TEST_F(ArenaIdleTest, TenThousandIdleArenasCostNoVisits) {
  constexpr size_t kArenas = 10'000;
  os_.set_verify_purges(false);  // A look at the page tables each.
  std::vector<Arena*> arenas;
  for (size_t i = 0; i < kArenas; ++i) {
    arenas.push_back(NewArena({.dirty_decay_ms = kMs}));
    void* p = arenas.back()->Allocate(100);
    ASSERT_NE(p, nullptr);
    domain_->Free(p);
  }
  EXPECT_EQ(Scheduled(), kArenas);
  Pass(3 * kMs);
  EXPECT_EQ(Scheduled(), 0u);
  EXPECT_EQ(domain_->decays().live_objects(), 0u);
  const uint64_t visits = Visits();
  EXPECT_LE(visits, kArenas * 4);
  Pass(uint64_t{1000} * 3600);
  EXPECT_EQ(Visits(), visits);
  // One in use costs its own visits only.
  MakeDirty(arenas[77], kMiB);
  Pass(3 * kMs);
  EXPECT_LT(Visits(), visits + 100);
}

// --- What a purge gives back -------------------------------------------------

class PurgeModeTest : public ArenaIdleTest {
 protected:
  // An arena with something of everything.
  PurgeModeTest() : arena_(NewArena({.dirty_decay_ms = kDecayNever})) {
    kept_ = ThinOut(arena_, 512, 20'000, 50);
    RunQuery(arena_);
    FreeAll(ThinOut(arena_, 48, 100, 1));
    MakeDirty(arena_, 4 * kMiB);
  }
  ~PurgeModeTest() override { FreeAll(kept_); }

  uint64_t Purge(PurgeMode mode) {
    uint64_t bytes = 0;
    const uint64_t charged = arena_->quota.charged();
    EXPECT_TRUE(domain_->PurgeArena(arena_->index, arena_->generation.load(),
                                    mode, &bytes));
    // What it says came off the charge, and metadata with it.
    EXPECT_LE(bytes, charged - arena_->quota.charged());
    EXPECT_EQ(Dirty(arena_), 0u);
    return bytes;
  }

  Arena* arena_;
  std::vector<void*> kept_;
};

TEST_F(PurgeModeTest, UnusedIsPagesOnly) {
  const uint64_t active = Active(arena_);
  const uint64_t parked = arena_->caches.counts().parked_tcaches;
  EXPECT_GE(Purge(PurgeMode::kUnused), 4 * kMiB);
  EXPECT_EQ(Active(arena_), active);
  EXPECT_EQ(arena_->caches.counts().parked_tcaches, parked);
  EXPECT_EQ(Purge(PurgeMode::kUnused), 0u);
}

TEST_F(PurgeModeTest, IdleIsWhatWasKeptWarmToo) {
  Purge(PurgeMode::kUnused);
  const uint64_t active = Active(arena_);
  EXPECT_GT(Purge(PurgeMode::kIdle), 0u);
  EXPECT_EQ(arena_->caches.counts().parked_tcaches, 0u);
  EXPECT_EQ(SpareSlabs(arena_), 0u);
  // The slabs of what lives are whole.
  EXPECT_LT(Active(arena_), active);
  EXPECT_GT(Active(arena_), 9 * kMiB);
}

TEST_F(PurgeModeTest, EverythingIsPagesInsideSlabsToo) {
  Purge(PurgeMode::kIdle);
  const uint64_t active = Active(arena_);
  const uint64_t gone = Purge(PurgeMode::kEverything);
  EXPECT_EQ(Active(arena_), active - gone);
  EXPECT_LT(Active(arena_), active / 2);
  EXPECT_EQ(Purge(PurgeMode::kEverything), 0u);
}

TEST_F(PurgeModeTest, MuzzyPagesAreUnused) {
  SetDecay(arena_, 0, kDecayNever);
  Tick();
  EXPECT_GE(Muzzy(arena_), 4 * kMiB);
  EXPECT_GE(Purge(PurgeMode::kUnused), 4 * kMiB);
  EXPECT_EQ(Muzzy(arena_), 0u);
}

}  // namespace
}  // namespace acre::allocator
