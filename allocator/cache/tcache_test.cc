// What a tcache hands out, keeps and gives back. Wrong use and arenas that end
// under it are in tcache_misuse_test.cc.

#include "allocator/cache/tcache.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "allocator/cache/cache_policy.h"

namespace acre::allocator {
namespace {

class TcacheTest : public DomainTest {
 protected:
  void SetUp() override {
    if (kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing in this build";
    UseArena({});
  }
  // Tcaches do not close themselves.
  ~TcacheTest() override { tcache_.Close(); }

  void UseArena(const ArenaSettings& settings) {
    tcache_.Close();
    arena_ = NewArena(settings);
    tcache_ = Open();
  }
  Tcache Open() { return Tcache(arena_, arena_->cache_generation.load()); }
  ArenaCaches::Counts Counts() const { return arena_->caches.counts(); }

  // Allocations past the tcache.
  std::vector<void*> Direct(size_t size, size_t n) {
    std::vector<void*> out;
    for (size_t i = 0; i < n; ++i) out.push_back(arena_->Allocate(size));
    return out;
  }
  void Deallocate(const std::vector<void*>& all) {
    for (void* p : all) tcache_.Deallocate(p);
  }
  uint64_t Flushes(size_t size) const {
    return arena_->BinOf(ClassOf(size))->sizes().flushes;
  }
  uint64_t Fills(size_t size) const {
    return arena_->BinOf(ClassOf(size))->sizes().fills;
  }

  Arena* arena_ = nullptr;
  Tcache tcache_;
};

TEST_F(TcacheTest, AClosedTcacheGivesNothing) {
  Tcache closed;
  for (size_t size : {0, 8, 1000, 20000, 2 << 20}) {
    EXPECT_EQ(closed.Allocate(size), nullptr);
    EXPECT_EQ(closed.AllocateZeroed(size), nullptr);
    EXPECT_EQ(closed.AllocateAligned(size, 64), nullptr);
    EXPECT_EQ(closed.Reallocate(nullptr, size), nullptr);
  }
  closed.Deallocate(nullptr);
  closed.Deallocate(nullptr, 10);
  EXPECT_FALSE(closed.valid());
  EXPECT_EQ(closed.CachedBytes(), 0u);
  EXPECT_EQ(closed.UsableSize(nullptr), 0u);
  EXPECT_FALSE(closed.ResizeInPlace(nullptr, 10));
  closed.Close();
  closed.Close();
}

TEST_F(TcacheTest, AnUnusedTcacheCostsNothing) {
  const uint64_t charged = arena_->quota.charged();
  for (int i = 0; i < 100; ++i) {
    Tcache unused = Open();
    EXPECT_TRUE(unused.valid());
    unused.Deallocate(nullptr);
    unused.Close();
    EXPECT_FALSE(unused.valid());
  }
  EXPECT_EQ(Counts().open_tcaches + Counts().parked_tcaches, 0u);
  EXPECT_EQ(arena_->quota.charged(), charged);
}

TEST_F(TcacheTest, EverySizeIsServedAndTakenBack) {
  for (size_t size : {0, 1, 8, 9, 100, 1024, 14336, 14337, 100000, 1 << 20,
                      1048577, 3 << 20}) {
    void* p = tcache_.Allocate(size);
    ASSERT_NE(p, nullptr) << size;
    EXPECT_EQ(tcache_.UsableSize(p), ClassSize(ClassOf(size)));
    memset(p, 0xab, tcache_.UsableSize(p));
    tcache_.Deallocate(p);
    p = tcache_.Allocate(size);
    tcache_.Deallocate(p, size);
  }
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(TcacheTest, ConstantSizesAreServedLikeOthers) {
  void* p = tcache_.Allocate(100);
  EXPECT_EQ(tcache_.UsableSize(p), 112u);
  void* q = tcache_.Allocate(50000);
  EXPECT_EQ(tcache_.UsableSize(q), 57344u);
  tcache_.Deallocate(p, 100);
  tcache_.Deallocate(q, 50000);
  volatile size_t unknown = 100;
  EXPECT_EQ(tcache_.Allocate(unknown), p);
}

TEST_F(TcacheTest, WhatWasFreedLastIsServedFirst) {
  std::vector<void*> all;
  for (int i = 0; i < 5; ++i) all.push_back(tcache_.Allocate(64));
  Deallocate(all);
  std::reverse(all.begin(), all.end());
  for (void* p : all) EXPECT_EQ(tcache_.Allocate(64), p);
}

TEST_F(TcacheTest, FreshRegionsComeInTheOrderOfAddresses) {
  const size_t fill = FirstFill(ClassOf(64));
  char* first = static_cast<char*>(tcache_.Allocate(64));
  for (size_t i = 1; i < fill; ++i) {
    EXPECT_EQ(tcache_.Allocate(64), first + i * 64);
  }
  EXPECT_EQ(Fills(64), 1u);
}

TEST_F(TcacheTest, FillsGrowWhileTheyRecur) {
  for (int i = 0; i < 4000; ++i) ASSERT_NE(tcache_.Allocate(64), nullptr);
  // A fill is half of 255 regions at most; the first few are less, and a fill
  // ends with its slab.
  EXPECT_LE(Fills(64), 60u);
  EXPECT_GE(Fills(64), 4000u / 128);
  EXPECT_EQ(arena_->LiveAllocations(), 4000u);
}

TEST_F(TcacheTest, AStackGrowsWithUseToWhatItsClassMayHold) {
  for (size_t size : {64, 14336, 16384}) {
    const size_t most = MostCapacity(ClassOf(size));
    Deallocate(Direct(size, most));
    EXPECT_EQ(tcache_.CachedBytes(), most * ClassSize(ClassOf(size))) << size;
    EXPECT_EQ(arena_->LiveAllocations(), 0u);
    tcache_.Close();
    arena_->Purge();
    tcache_ = Open();
  }
}

TEST_F(TcacheTest, AFullStackGivesItsOlderHalfBack) {
  const size_t most = MostCapacity(ClassOf(64));
  const std::vector<void*> all = Direct(64, most + 1);
  for (size_t i = 0; i < most; ++i) tcache_.Deallocate(all[i]);
  EXPECT_EQ(Flushes(64), 0u);
  tcache_.Deallocate(all[most]);
  EXPECT_EQ(Flushes(64), 1u);
  EXPECT_EQ(tcache_.CachedBytes(), (most - FlushCount(most) + 1) * 64);
  EXPECT_EQ(tcache_.Allocate(64), all[most]);
  EXPECT_EQ(tcache_.Allocate(64), all[most - 1]);
}

TEST_F(TcacheTest, WhatIsCachedIsNotAllocated) {
  Deallocate(Direct(1000, 10));
  EXPECT_EQ(arena_->AllocatedBytes(), 0u);
  EXPECT_EQ(Counts().cached_bytes, 10 * 1024u);
  EXPECT_EQ(Counts().cached_regions, 10u);
  EXPECT_EQ(tcache_.CachedBytes(), 10 * 1024u);
}

TEST_F(TcacheTest, NoTcacheHoldsMoreThanItsLimitAndOtherClassesGiveWay) {
  constexpr uint32_t kLimit = 64 << 10;
  UseArena({.tcache_limit_bytes = kLimit});
  Deallocate(Direct(1024, 100));
  const uint64_t first = tcache_.CachedBytes();
  EXPECT_GT(first, kLimit / 2);
  EXPECT_LE(first, kLimit);
  Deallocate(Direct(4096, 100));
  EXPECT_LE(tcache_.CachedBytes(), kLimit);
  // The second class has its part, at the cost of the first.
  size_t of_4096 = 0;
  for (uint64_t before = Fills(4096); Fills(4096) == before; ++of_4096) {
    ASSERT_NE(tcache_.Allocate(4096), nullptr);
  }
  EXPECT_GE(of_4096, 4u);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(TcacheTest, ATcacheThatMayHoldNothingStillServes) {
  UseArena({.tcache_limit_bytes = 0});
  for (size_t size : {8, 1000, 20000}) {
    void* p = tcache_.Allocate(size);
    ASSERT_NE(p, nullptr);
    tcache_.Deallocate(p);
  }
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(TcacheTest, LargeAllocationsAreCachedUpToAMebibyte) {
  for (size_t size : {size_t{20000}, size_t{200000}, kMaxCachedSize}) {
    void* p = tcache_.Allocate(size);
    tcache_.Deallocate(p);
    EXPECT_EQ(tcache_.CachedBytes(), ClassSize(ClassOf(size)));
    EXPECT_EQ(tcache_.Allocate(size), p);
  }
  void* p = tcache_.Allocate(kMaxCachedSize + 1);
  tcache_.Deallocate(p);
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
}

TEST_F(TcacheTest, ZeroedMemoryIsZeroAlsoWhenItIsWarm) {
  for (size_t size : {1, 100, 14336, 20000, 1 << 20, 2 << 20}) {
    for (int round = 0; round < 2; ++round) {
      auto* p = static_cast<char*>(tcache_.AllocateZeroed(size));
      ASSERT_NE(p, nullptr);
      EXPECT_TRUE(std::all_of(p, p + size, [](char c) { return c == 0; }))
          << size;
      memset(p, 1, size);
      tcache_.Deallocate(p);
    }
  }
}

TEST_F(TcacheTest, AlignmentIsKeptForEverySizeAndPowerOfTwo) {
  for (size_t alignment = 1; alignment <= size_t{1} << 20; alignment *= 4) {
    for (size_t size : {0, 1, 100, 4000, 20000}) {
      void* p = tcache_.AllocateAligned(size, alignment);
      ASSERT_NE(p, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
      EXPECT_GE(tcache_.UsableSize(p), size);
      tcache_.Deallocate(p);
    }
  }
  EXPECT_EQ(tcache_.AllocateAligned(100, 48), nullptr);
  EXPECT_EQ(tcache_.AllocateAligned(100, 0), nullptr);
}

TEST_F(TcacheTest, ReallocatingKeepsContent) {
  auto* p = static_cast<char*>(tcache_.Reallocate(nullptr, 10));
  memset(p, 'a', 10);
  for (size_t size : {12, 5000, 40000, 3 << 20, 20000, 10}) {
    p = static_cast<char*>(tcache_.Reallocate(p, size));
    ASSERT_NE(p, nullptr);
    EXPECT_TRUE(std::all_of(p, p + 10, [](char c) { return c == 'a'; }));
    EXPECT_EQ(arena_->LiveAllocations(), 1u);
  }
  EXPECT_TRUE(tcache_.ResizeInPlace(p, 16));
  EXPECT_FALSE(tcache_.ResizeInPlace(p, 17));
}

TEST_F(TcacheTest, ReallocatingAnothersMemoryMovesItHere) {
  Arena* other = NewArena();
  void* p = other->Allocate(100);
  void* q = tcache_.Reallocate(p, 5000);
  EXPECT_EQ(domain_->OwnerOf(q), arena_);
  EXPECT_EQ(other->LiveAllocations(), 0u);
  EXPECT_EQ(other->foreign_frees.Get(), 1u);
}

// --- Closing and opening again
// ------------------------------------------------

TEST_F(TcacheTest, TheNextTcacheIsWarm) {
  for (int i = 0; i < 50; ++i) tcache_.Deallocate(tcache_.Allocate(64));
  void* p = tcache_.Allocate(64);
  tcache_.Deallocate(p);
  const uint64_t held = tcache_.CachedBytes();
  const uint64_t fills = Fills(64);
  tcache_.Close();
  EXPECT_EQ(Counts().open_tcaches, 0u);
  EXPECT_EQ(Counts().parked_tcaches, 1u);
  EXPECT_EQ(Counts().cached_bytes, held) << "parked bytes count as cached";
  EXPECT_GE(Counts().parked_bytes, held);
  tcache_ = Open();
  EXPECT_EQ(tcache_.Allocate(64), p);
  EXPECT_EQ(Fills(64), fills);
  EXPECT_EQ(Counts().open_tcaches, 1u);
  EXPECT_EQ(Counts().parked_tcaches, 0u);
}

TEST_F(TcacheTest, TcachesOpenAtTheSameTimeShareNothing) {
  Tcache other = Open();
  void* p = tcache_.Allocate(64);
  void* q = other.Allocate(64);
  EXPECT_NE(p, q);
  EXPECT_EQ(Counts().open_tcaches, 2u);
  tcache_.Deallocate(q);
  EXPECT_EQ(tcache_.Allocate(64), q);
  other.Close();
}

TEST_F(TcacheTest, WhatMayNotBeParkedGoesBack) {
  UseArena({.parked_limit_bytes = 0});
  const uint64_t metadata = arena_->pages.sizes().metadata;
  Deallocate(Direct(1000, 10));
  tcache_.Close();
  EXPECT_EQ(Counts().parked_tcaches, 0u);
  EXPECT_EQ(Counts().cached_bytes, 0u);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  arena_->Purge();
  // Of metadata the bin and the sets of free extents stay.
  EXPECT_LE(arena_->pages.sizes().metadata,
            metadata + sizeof(Bin) + sizeof(FreeExtents) + 20 * sizeof(Extent));
  EXPECT_EQ(domain_->cache_states().live_objects(), 0u);
}

TEST_F(TcacheTest, PurgingTheArenaDrainsParkedTcaches) {
  Deallocate(Direct(1000, 10));
  tcache_.Close();
  ASSERT_EQ(Counts().parked_tcaches, 1u);
  arena_->Purge();
  EXPECT_EQ(Counts().parked_tcaches, 0u);
  EXPECT_EQ(Counts().cached_bytes, 0u);
  EXPECT_EQ(arena_->pages.sizes().active, 0u);
}

TEST_F(TcacheTest, AStockThatNoQueryNeedsShrinksWithTime) {
  Deallocate(Direct(4096, 200));
  const uint64_t stock = tcache_.CachedBytes();
  for (int query = 0; query < 2000; ++query) {
    tcache_.Close();
    tcache_ = Open();
    tcache_.Deallocate(tcache_.Allocate(64));
  }
  EXPECT_LT(tcache_.CachedBytes(), stock / 4);
}

TEST_F(TcacheTest, ATcacheMayBeHandedToAnotherThread) {
  void* p = tcache_.Allocate(100);
  Tcache handed = tcache_;
  tcache_ = Tcache();
  std::thread query([&] {
    handed.Deallocate(p);
    EXPECT_EQ(handed.Allocate(100), p);
    handed.Deallocate(p);
    handed.Close();
  });
  query.join();
  EXPECT_EQ(Counts().parked_tcaches, 1u);
}

// --- Limits
// -------------------------------------------------------------------

TEST_F(TcacheTest, WithoutRoomForACacheTheArenaServes) {
  void* p = arena_->Allocate(64);
  arena_->quota.set_limit(arena_->quota.charged());
  void* q = tcache_.Allocate(64);
  EXPECT_NE(q, nullptr);
  tcache_.Deallocate(p);
  tcache_.Deallocate(q);
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
  EXPECT_EQ(Counts().open_tcaches, 0u);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(TcacheTest, ARefusedAllocationIsNullAndTheTcacheGoesOn) {
  UseArena({.hard_limit_bytes = 256 << 10});
  std::vector<void*> held;
  while (void* p = tcache_.Allocate(1024)) held.push_back(p);
  EXPECT_GT(held.size(), 128u);
  EXPECT_FALSE(refusals_.empty());
  EXPECT_EQ(refusals_[0].failure, PageFailure::kArenaLimit);
  tcache_.Deallocate(held.back());
  EXPECT_EQ(tcache_.Allocate(1024), held.back());
}

}  // namespace
}  // namespace acre::allocator
