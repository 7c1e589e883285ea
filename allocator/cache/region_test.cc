#include "allocator/cache/region.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::allocator {
namespace {

constexpr size_t kKiB = size_t{1} << 10;

class RegionTest : public DomainTest {
 protected:
  RegionTest() { UseArena({}); }
  // Regions do not close themselves.
  ~RegionTest() override { region_.Close(); }

  void UseArena(const ArenaSettings& settings) {
    region_.Close();
    arena_ = NewArena(settings);
    region_ = Region(arena_, arena_->cache_generation.load());
  }
  char* Allocate(size_t size, size_t alignment = 1) {
    return static_cast<char*>(region_.Allocate(size, alignment));
  }
  ArenaCaches::Counts Counts() const { return arena_->caches.counts(); }

  Arena* arena_ = nullptr;
  Region region_;
};

TEST_F(RegionTest, AClosedRegionGivesNothing) {
  Region closed;
  EXPECT_FALSE(closed.valid());
  for (size_t size : {0, 1, 1000, 1 << 20}) {
    EXPECT_EQ(closed.Allocate(size, 16), nullptr);
  }
  closed.Drop();
  closed.Close();
  EXPECT_EQ(closed.block_bytes(), 0u);
}

TEST_F(RegionTest, AnUnusedRegionCostsNothing) {
  const uint64_t charged = arena_->quota.charged();
  for (int i = 0; i < 10; ++i) {
    Region unused(arena_, arena_->cache_generation.load());
    EXPECT_TRUE(unused.valid());
    unused.Drop();
    unused.Close();
  }
  EXPECT_EQ(arena_->quota.charged(), charged);
}

TEST_F(RegionTest, AllocationsAreLaidOneAfterTheOther) {
  char* first = Allocate(10);
  EXPECT_EQ(Allocate(3), first + 10);
  EXPECT_EQ(Allocate(100), first + 13);
  EXPECT_EQ(Allocate(1, 16), first + 128);
}

TEST_F(RegionTest, AlignmentIsKeptUpToAPage) {
  for (size_t alignment = 1; alignment <= kPageSize; alignment *= 2) {
    for (size_t size : {1, 100, 5000, 200000}) {
      Allocate(1);
      char* p = Allocate(size, alignment);
      ASSERT_NE(p, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
      memset(p, 1, size);
    }
  }
}

TEST_F(RegionTest, AlignmentsThatAreNoneAreNull) {
  for (size_t alignment : {size_t{0}, size_t{3}, 2 * kPageSize}) {
    EXPECT_EQ(Allocate(100, alignment), nullptr) << alignment;
  }
}

TEST_F(RegionTest, SizeZeroIsServedAsSizeOne) {
  char* p = Allocate(0);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(Allocate(0), p + 1);
  EXPECT_EQ(Allocate(5), p + 2);
}

TEST_F(RegionTest, BlocksDoubleWithWhatTheRegionHolds) {
  uint64_t steps = 0;
  for (uint64_t before = 0; region_.block_bytes() < 16 << 20;) {
    ASSERT_NE(Allocate(1000), nullptr);
    const uint64_t grown = region_.block_bytes() - before;
    if (grown == 0) continue;
    EXPECT_GE(grown, 32 * kKiB);
    EXPECT_LE(grown, 1024 * kKiB);
    ++steps;
    before = region_.block_bytes();
  }
  EXPECT_LE(steps, 6u + 16u);
}

TEST_F(RegionTest, AnOversizedAllocationLeavesTheBlockInUse) {
  char* before = Allocate(100);
  char* big = Allocate(129 * kKiB);
  ASSERT_NE(big, nullptr);
  memset(big, 1, 129 * kKiB);
  EXPECT_EQ(Allocate(100), before + 100);
  EXPECT_GE(region_.block_bytes(), 32 * kKiB + 129 * kKiB);
}

TEST_F(RegionTest, NothingOverlaps) {
  std::vector<std::pair<unsigned char*, size_t>> all;
  for (size_t i = 0; i < 2000; ++i) {
    const size_t size = i * 37 % 3000 + 1;
    auto* p = reinterpret_cast<unsigned char*>(Allocate(size, 8));
    ASSERT_NE(p, nullptr);
    memset(p, static_cast<int>(i % 251), size);
    all.emplace_back(p, size);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    const auto [p, size] = all[i];
    for (size_t at : {size_t{0}, size / 2, size - 1}) {
      ASSERT_EQ(p[at], i % 251) << i;
    }
  }
}

TEST_F(RegionTest, DroppedBlocksAreWarmForTheNext) {
  char* first = Allocate(100);
  region_.Drop();
  EXPECT_EQ(region_.block_bytes(), 0u);
  EXPECT_EQ(Counts().parked_blocks, 1u);
  EXPECT_EQ(Counts().cached_bytes, 32 * kKiB);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_EQ(Allocate(200), first);
  EXPECT_EQ(Counts().parked_blocks, 0u);
  region_.Close();
  region_ = Region(arena_, arena_->cache_generation.load());
  EXPECT_EQ(Allocate(300), first);
}

TEST_F(RegionTest, OversizedAllocationsAreNotParked) {
  Allocate(500 * kKiB);
  region_.Drop();
  EXPECT_EQ(Counts().parked_blocks, 0u);
  EXPECT_EQ(arena_->pages.sizes().dirty, 512 * kKiB);
}

TEST_F(RegionTest, BlocksThatMayNotBeParkedGoBack) {
  UseArena({.parked_limit_bytes = 40 * kKiB});
  for (int i = 0; i < 100; ++i) Allocate(1000);
  region_.Close();
  EXPECT_LE(Counts().parked_bytes, 40 * kKiB);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_EQ(arena_->AllocatedBytes(), 0u);
}

TEST_F(RegionTest, ClosingGivesEverythingBack) {
  const uint64_t before = arena_->quota.charged();
  for (int i = 0; i < 1000; ++i) Allocate(1000);
  EXPECT_EQ(arena_->AllocatedBytes(), region_.block_bytes());
  region_.Close();
  EXPECT_FALSE(region_.valid());
  arena_->Purge();
  EXPECT_LE(arena_->quota.charged(),
            before + sizeof(FreeExtents) + 20 * sizeof(Extent));
  EXPECT_EQ(domain_->region_states().live_objects(), 0u);
}

TEST_F(RegionTest, ARegionOfAResetArenaIsStaleAndHarmless) {
  Allocate(100);
  Allocate(200 * kKiB);
  ASSERT_TRUE(domain_->ResetArena(arena_->index, arena_->generation.load()));
  EXPECT_FALSE(region_.valid());
  EXPECT_EQ(region_.block_bytes(), 0u);
  for (size_t size : {0, 1, 1000, 1 << 20}) EXPECT_EQ(Allocate(size), nullptr);
  region_.Drop();
  region_.Close();
  EXPECT_EQ(domain_->region_states().live_objects(), 0u);
  arena_->Verify();
}

TEST_F(RegionTest, ARegionOfADestroyedArenaIsStaleAndHarmless) {
  Allocate(100);
  const uint32_t index = arena_->index;
  domain_->DestroyArena(arena_);
  arena_ = NewArena();
  ASSERT_EQ(arena_->index, index);
  EXPECT_FALSE(region_.valid());
  EXPECT_EQ(Allocate(100), nullptr);
  region_.Close();
  EXPECT_EQ(domain_->region_states().live_objects(), 0u);
}

TEST_F(RegionTest, ARefusedAllocationIsNullAndTheRegionGoesOn) {
  UseArena({.hard_limit_bytes = 256 * kKiB});
  char* last = nullptr;
  while (char* p = Allocate(10 * kKiB)) last = p;
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(Allocate(200 * kKiB), nullptr);
  ASSERT_GE(refusals_.size(), 2u);
  EXPECT_EQ(refusals_.back().failure, PageFailure::kArenaLimit);
  EXPECT_NE(Allocate(8), nullptr) << "the last block has room for this";
  region_.Drop();
  EXPECT_NE(Allocate(10 * kKiB), nullptr);
}

TEST_F(RegionTest, SizesBeyondTheGreatestAreOutOfMemory) {
  for (size_t size : {kMaxSize + 1, SIZE_MAX - 4096, SIZE_MAX}) {
    EXPECT_EQ(Allocate(size, 16), nullptr);
    Allocate(1);
  }
  EXPECT_EQ(arena_->out_of_memory.Get(), 3u);
}

}  // namespace
}  // namespace acre::allocator
