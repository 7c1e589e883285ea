// Placement and purging where 2 MiB hugepages back the memory. The provider is
// the one for THP; whether the kernel makes hugepages is not looked at.

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/thp_hooks.h"
#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr uintptr_t kBlock = kHugepagePages.bytes();

uintptr_t BlockOf(const Extent* extent) { return extent->base / kBlock; }

class PageHugepagesTest : public ::testing::Test {
 protected:
  PageHugepagesTest() {
    ranges_.Init(&hooks_, &shared_.ranges_supply);
    pages().SetSources({.first = &ranges_});
  }
  ~PageHugepagesTest() override {
    pages().Verify();
    pages().DiscardAll();
    pages().ReleaseAll();
    ranges_.Verify();
    EXPECT_TRUE(ranges_.ReleaseAll());
    pages().SetSources({.first = &shared_.ranges});
  }

  PageAllocator& pages() { return arena_.pages; }
  // Fills `blocks` whole blocks with extents of 16 pages each, by block.
  std::vector<std::vector<Extent*>> Fill(size_t blocks) {
    std::vector<std::vector<Extent*>> filled;
    Extent* whole = arena_.Allocate(blocks * kHugepagePages.raw(), kBlock);
    const uintptr_t first = BlockOf(whole);
    pages().Free(whole);
    filled.resize(blocks);
    for (size_t i = 0; i < blocks * 32; ++i) {
      Extent* extent = arena_.AllocateUsed(16);
      EXPECT_LT(BlockOf(extent) - first, blocks);
      filled[BlockOf(extent) - first].push_back(extent);
    }
    return filled;
  }

  TestSupply shared_;
  ThpHooks hooks_{&shared_.os};
  SharedRanges ranges_;
  TestPages arena_{&shared_};
};

TEST_F(PageHugepagesTest, SmallExtentsGoToTheFullestBlock) {
  auto blocks = Fill(4);
  // Holes: many in blocks 0 and 2, some in block 3, one in block 1.
  auto punch = [&](size_t block, size_t holes) {
    for (size_t i = 0; i < holes; ++i) {
      pages().Free(blocks[block][2 * i]);
    }
  };
  punch(0, 12);
  punch(1, 1);
  punch(2, 14);
  punch(3, 5);
  const uintptr_t first = BlockOf(blocks[0][1]);
  std::vector<uintptr_t> order;
  for (int i = 0; i < 18; ++i) {
    order.push_back(BlockOf(arena_.Allocate(16)) - first);
  }
  // The fullest is filled, then the next one, until it is full.
  EXPECT_EQ(order, (std::vector<uintptr_t>{1, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0,
                                           0, 0, 0, 0, 0, 0}));
}

// How many blocks are in use after a heap shrank to a fifth under random use.
size_t BlocksAfterShrinking(TestPages* arena) {
  std::mt19937 random(3);
  std::vector<Extent*> live;
  for (uint64_t i = 0; i < 3000; ++i)
    live.push_back(arena->Allocate(5 + i % 20));
  for (int round = 0; round < 20'000; ++round) {
    std::swap(live[random() % live.size()], live.back());
    arena->pages.Free(live.back());
    live.pop_back();
    if (live.size() > 600 && random() % 4 == 0) continue;
    live.push_back(arena->Allocate(5 + random() % 20));
  }
  std::set<uintptr_t> used;
  for (const Extent* extent : live) {
    used.insert(BlockOf(extent));
    used.insert((extent->end() - 1) / kBlock);
  }
  return used.size();
}

TEST_F(PageHugepagesTest, BlocksEmptyWhollyWhileAHeapShrinks) {
  TestSupply other;
  TestPages small_pages(&other);
  const size_t without = BlocksAfterShrinking(&small_pages);
  const size_t with = BlocksAfterShrinking(&arena_);
  EXPECT_LE(with, without);
}

TEST_F(PageHugepagesTest, WholeBlocksAreGivenBackBeforePartsOfOthers) {
  auto blocks = Fill(3);
  for (Extent* extent : blocks[1]) pages().Free(extent);
  for (size_t i = 0; i < 20; ++i) pages().Free(blocks[2][i]);
  // Fewer pages are asked for than a block has: a whole one goes.
  EXPECT_EQ(pages().Purge(PageCount(10)), kHugepagePages);
  EXPECT_EQ(pages().subreleased_pages(), 0u);
  EXPECT_EQ(
      ResidentBytes(
          reinterpret_cast<void*>(blocks[1][0]->base / kBlock * kBlock), 1),
      0u);
  EXPECT_EQ(arena_.dirty(), 20 * 16u);
  // Then parts, counted.
  EXPECT_EQ(pages().Purge(PageCount(1000)), PageCount(20 * 16));
  EXPECT_EQ(pages().subreleased_pages(), 20 * 16u);
}

TEST_F(PageHugepagesTest, DecaySparesBlocksThatAreMostlyInUse) {
  auto blocks = Fill(2);
  for (size_t i = 0; i < 8; ++i) pages().Free(blocks[0][i]);   // A quarter.
  for (size_t i = 0; i < 24; ++i) pages().Free(blocks[1][i]);  // The most.
  EXPECT_EQ(pages().PurgeFrom(
                ExtentState::kDirty, PageAllocator::PurgeMode::kForcibly,
                PageCount(10'000), PageAllocator::Subrelease::kSparing),
            PageCount(24 * 16));
  EXPECT_EQ(arena_.dirty(), 8 * 16u);
  EXPECT_EQ(pages().subreleased_pages(), 24 * 16u);
}

TEST_F(PageHugepagesTest, CollapseAsksForEachBlockOnce) {
  Fill(3);
  const uint64_t before = shared_.os.calls(testing::OsCall::kCollapse);
  pages().Collapse(&shared_.os);
  EXPECT_EQ(shared_.os.calls(testing::OsCall::kCollapse) - before, 3u);
}

TEST_F(PageHugepagesTest,
       AnArenaThatOutgrewItsFirstSourceHasWholeBlocksToItself) {
  pages().SetSources({.first = &shared_.ranges, .later = &ranges_});
  std::vector<Extent*> small;
  uint64_t held = 0;
  while (held < PageSources::kOutgrown.raw() / 2) {
    small.push_back(arena_.AllocateUsed(100));
    held += 100;
  }
  EXPECT_EQ(ranges_.mapped_bytes(), 0u);
  for (int i = 0; i < 30; ++i) small.push_back(arena_.AllocateUsed(100));
  EXPECT_GT(ranges_.mapped_bytes(), 0u);
  EXPECT_EQ((ranges_.mapped_bytes() - ranges_.free_bytes()) % kBlock, 0u);
  pages().Verify();
  for (Extent* extent : small) pages().Free(extent);
  pages().PurgeAll();
  EXPECT_EQ(arena_.dirty(), 0u);
}

}  // namespace
}  // namespace acre::allocator
