// How pages are found, split, joined and changed in place. What is purged,
// refused and given back is in page_allocator_limits_test.cc.

#include "allocator/page/page_allocator.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

class PageAllocatorTest : public ::testing::Test {
 protected:
  ~PageAllocatorTest() override {
    shared_.ranges.Verify();
    EXPECT_TRUE(shared_.os.violations().empty());
  }

  TestSupply shared_;
};

TEST_F(PageAllocatorTest, AnEmptyArenaHoldsAndIsChargedNothing) {
  TestPages arena(&shared_);
  EXPECT_EQ(arena.quota.charged(), 0u);
  EXPECT_EQ(arena.pages.sizes().metadata, 0u);
  EXPECT_EQ(shared_.free_extents.live_objects(), 0u);
}

TEST_F(PageAllocatorTest, ExtentsAreExactAlignedActiveAndCharged) {
  TestPages arena(&shared_);
  uint64_t pages = 0;
  for (size_t alignment : {kPageSize, size_t{64} << 10, 2 * kMiB}) {
    for (uint64_t count : {1, 3, 9, 100, 700}) {
      Extent* extent = arena.Allocate(count, alignment);
      ASSERT_NE(extent, nullptr);
      EXPECT_EQ(extent->pages, PageCount(count));
      EXPECT_EQ(extent->base % alignment, 0u);
      EXPECT_EQ(extent->state, ExtentState::kActive);
      EXPECT_EQ(extent->owner_tag.load(), 1u);
      pages += count;
      EXPECT_EQ(arena.active(), pages);
    }
  }
  const PageAllocator::Sizes sizes = arena.pages.sizes();
  EXPECT_EQ(arena.quota.charged(), sizes.active + sizes.metadata);
  EXPECT_EQ(shared_.total.charged(), arena.quota.charged());
}

TEST_F(PageAllocatorTest, ATinyArenaTakesSixteenPagesOfAddressSpace) {
  TestPages arena(&shared_);
  ASSERT_NE(arena.Allocate(1), nullptr);
  EXPECT_EQ(arena.active(), 1u);
  EXPECT_EQ(arena.retained(), 15u);
  EXPECT_EQ(arena.pages.sizes().metadata,
            sizeof(FreeExtents) + 2 * sizeof(Extent));
}

TEST_F(PageAllocatorTest, AnArenaAsksTheSharedRangesAFewTimesOnly) {
  TestPages arena(&shared_);
  int grown = 0;
  for (int i = 0; i < 2048; ++i) {
    const uint64_t held = arena.active() + arena.retained();
    ASSERT_NE(arena.Allocate(1), nullptr);
    grown += arena.active() + arena.retained() != held;
  }
  EXPECT_EQ(grown, 8);  // 16 pages, then doubling.
}

TEST_F(PageAllocatorTest, DirtyPagesAreReusedFirst) {
  TestPages arena(&shared_);
  Extent* first = arena.AllocateUsed(8);
  Extent* apart = arena.Allocate(4);
  const uintptr_t base = first->base;
  arena.pages.Free(first);
  EXPECT_EQ(arena.dirty(), 8u);
  // Though the retained run just behind `apart` would fit as well.
  Extent* again = arena.Allocate(5);
  EXPECT_EQ(again->base, base);
  EXPECT_FALSE(arena.zeroed);
  EXPECT_EQ(arena.dirty(), 3u);
  EXPECT_NE(apart->base, base);
}

TEST_F(PageAllocatorTest, RetainedPagesAreReusedBeforeTheArenaGrows) {
  TestPages arena(&shared_);
  Extent* first = arena.AllocateUsed(200);
  ASSERT_NE(arena.Allocate(4), nullptr);
  const uintptr_t base = first->base;
  arena.pages.Free(first);
  ASSERT_EQ(arena.pages.Purge(PageCount(200)), PageCount(200));
  const uint64_t held = arena.active() + arena.retained();
  Extent* again = arena.Allocate(192);
  EXPECT_EQ(again->base, base);
  EXPECT_EQ(arena.active() + arena.retained(), held);
}

TEST_F(PageAllocatorTest, FreshAndPurgedPagesAreZeroAndSaidToBe) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(10);
  EXPECT_TRUE(arena.zeroed);
  EXPECT_TRUE(ReadsAsZero(*extent));
  memset(extent->address(), 1, extent->pages.bytes());
  arena.pages.Free(extent);
  extent = arena.Allocate(10);
  EXPECT_FALSE(arena.zeroed);
  arena.pages.Free(extent);
  arena.pages.Purge(PageCount(10));
  extent = arena.Allocate(10);
  EXPECT_TRUE(arena.zeroed);
  EXPECT_TRUE(ReadsAsZero(*extent));
}

TEST_F(PageAllocatorTest, NeighboursCoalesceInWhateverOrderTheyAreFreed) {
  TestPages arena(&shared_);
  std::array<size_t, 4> order = {0, 1, 2, 3};
  do {
    std::array<Extent*, 4> parts;
    for (Extent*& part : parts) part = arena.Allocate(20);
    const uintptr_t base = parts[0]->base;
    ASSERT_EQ(parts[3]->base, base + 60 * kPageSize);
    for (size_t i : order) arena.pages.Free(parts[i]);
    arena.pages.Verify();
    Extent* whole = arena.Allocate(80);
    EXPECT_EQ(whole->base, base);
    EXPECT_EQ(arena.dirty(), 0u);
    arena.pages.Free(whole);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(PageAllocatorTest, ArenasNeverMergeTheirNeighbours) {
  TestPages one(&shared_, 1);
  TestPages other(&shared_, 2);
  Extent* mine = one.Allocate(16);
  Extent* theirs = other.Allocate(16);
  ASSERT_EQ(mine->end(), theirs->base);
  one.pages.Free(mine);
  other.pages.Free(theirs);
  EXPECT_EQ(one.dirty(), 16u);
  EXPECT_EQ(other.dirty(), 16u);
  one.pages.Verify();
  other.pages.Verify();
}

TEST_F(PageAllocatorTest, EachActiveExtentIsVisitedOnce) {
  TestPages arena(&shared_);
  std::vector<const Extent*> allocated;
  for (uint64_t i = 1; i <= 10; ++i) allocated.push_back(arena.Allocate(i));
  arena.pages.Free(arena.Allocate(7));
  std::vector<const Extent*> visited;
  arena.pages.ForEachActive(
      [&](const Extent& extent) { visited.push_back(&extent); });
  std::sort(visited.begin(), visited.end());
  std::sort(allocated.begin(), allocated.end());
  EXPECT_EQ(visited, allocated);
}

TEST_F(PageAllocatorTest, ThePageMapShowsWhatAnExtentIsUsedFor) {
  TestPages arena(&shared_);
  const PageMap& map = shared_.extents.page_map();
  const ClassIndex small = ClassOf(640);
  Extent* slab =
      arena.pages.Allocate(PageCount(5), kPageSize, small, 0, &arena.failure);
  for (size_t page = 0; page < 5; ++page) {
    EXPECT_EQ(map.Get(slab->base + page * kPageSize).shown_class(), Raw(small));
  }
  Extent* large = arena.Allocate(8);
  EXPECT_EQ(map.Get(large->base).shown_class(), Raw(ClassOf(8 * kPageSize)));
  Extent* huge = arena.Allocate(512);  // More than a tcache may hold.
  EXPECT_EQ(map.Get(huge->base).shown_class(), kUncachedClass);
  Extent* block =
      arena.pages.Allocate(PageCount(8), kPageSize, ClassOf(8 * kPageSize),
                           kBlockStep, &arena.failure);
  EXPECT_EQ(map.Get(block->base).shown_class(), kUncachedClass);

  const uintptr_t base = large->base;
  arena.pages.Free(large);
  EXPECT_EQ(map.Get(base).shown_class(), kUncachedClass);
  const uintptr_t middle = slab->base + 2 * kPageSize;
  arena.pages.Free(slab);
  EXPECT_TRUE(map.Get(middle).empty());
}

// --- In place ----------------------------------------------------------------

TEST_F(PageAllocatorTest, AnExtentGrowsIntoDirtyPagesBehindIt) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(20);
  Extent* behind = arena.Allocate(20);
  arena.pages.Free(behind);
  const uint64_t charged = arena.quota.charged();
  ASSERT_TRUE(arena.pages.Grow(extent, PageCount(32), ClassOf(32 * kPageSize)));
  EXPECT_EQ(extent->pages, PageCount(32));
  EXPECT_EQ(extent->size_class, ClassOf(32 * kPageSize));
  EXPECT_EQ(arena.active(), 32u);
  EXPECT_EQ(arena.dirty(), 8u);
  EXPECT_EQ(arena.quota.charged(), charged);
  // All of it, to the last page.
  ASSERT_TRUE(arena.pages.Grow(extent, PageCount(40), ClassOf(40 * kPageSize)));
  EXPECT_EQ(arena.dirty(), 0u);
  EXPECT_EQ(arena.quota.charged(), charged - sizeof(Extent));
}

TEST_F(PageAllocatorTest, AnExtentGrowsIntoRetainedPagesBehindIt) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(4);
  const uint64_t charged = arena.quota.charged();
  ASSERT_TRUE(arena.pages.Grow(extent, PageCount(10), ClassOf(10 * kPageSize)));
  EXPECT_EQ(arena.active(), 10u);
  EXPECT_EQ(arena.retained(), 6u);
  EXPECT_EQ(arena.quota.charged(), charged + 6 * kPageSize);
  EXPECT_EQ(shared_.extents.Find(extent->end() - 1), extent);
}

TEST_F(PageAllocatorTest, AnExtentGrowsOnlyWhereItsNeighbourAllows) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(20);
  Extent* behind = arena.Allocate(20);
  Extent* last = arena.Allocate(20);
  const ClassIndex to = ClassOf(48 * kPageSize);
  EXPECT_FALSE(arena.pages.Grow(extent, PageCount(48), to)) << "active";
  arena.pages.Free(behind);
  EXPECT_FALSE(arena.pages.Grow(extent, PageCount(48), to)) << "too small";
  EXPECT_EQ(extent->pages, PageCount(20));
  EXPECT_EQ(arena.dirty(), 20u);
  arena.pages.Free(last);
  EXPECT_TRUE(arena.pages.Grow(extent, PageCount(48), to));
}

TEST_F(PageAllocatorTest, AnExtentDoesNotGrowBeyondALimit) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(4);
  const uint64_t charged = arena.quota.charged();
  const ClassIndex to = ClassOf(8 * kPageSize);
  arena.quota.set_limit(charged + 3 * kPageSize);
  EXPECT_FALSE(arena.pages.Grow(extent, PageCount(8), to));
  // Enough for the pages, not for the descriptor of what is left over.
  arena.quota.set_limit(charged + 4 * kPageSize);
  Extent* tail = shared_.extents.Find(extent->end());
  ASSERT_EQ(tail->pages, PageCount(12));
  EXPECT_FALSE(arena.pages.Grow(extent, PageCount(8), to));
  EXPECT_EQ(arena.quota.charged(), charged);
  EXPECT_EQ(extent->pages, PageCount(4));
  arena.pages.Verify();
  arena.quota.set_limit(charged + 4 * kPageSize + sizeof(Extent));
  EXPECT_TRUE(arena.pages.Grow(extent, PageCount(8), to));
}

TEST_F(PageAllocatorTest, AnExtentShrinksAndItsTailIsDirty) {
  TestPages arena(&shared_);
  Extent* extent = arena.AllocateUsed(40);
  const uintptr_t base = extent->base;
  ASSERT_TRUE(
      arena.pages.Shrink(extent, PageCount(10), ClassOf(10 * kPageSize)));
  EXPECT_EQ(extent->base, base);
  EXPECT_EQ(extent->pages, PageCount(10));
  EXPECT_EQ(arena.active(), 10u);
  EXPECT_EQ(arena.dirty(), 30u);
  EXPECT_EQ(shared_.extents.page_map().Get(base).shown_class(),
            Raw(ClassOf(10 * kPageSize)));
  EXPECT_EQ(arena.Allocate(28)->base, base + 10 * kPageSize);
}

TEST_F(PageAllocatorTest, ShrinkingNeedsMetadataAndOtherwiseChangesNothing) {
  TestPages arena(&shared_);
  Extent* extent = arena.Allocate(40);
  arena.quota.set_limit(arena.quota.charged());
  EXPECT_FALSE(
      arena.pages.Shrink(extent, PageCount(10), ClassOf(10 * kPageSize)));
  EXPECT_EQ(extent->pages, PageCount(40));
  arena.pages.Verify();
}

// --- Everything together -----------------------------------------------------

struct Held {
  Extent* extent;
  uint64_t content;
};

void Check(const Held& held) {
  const auto* word = static_cast<const uint64_t*>(held.extent->address());
  ASSERT_EQ(*word, held.content);
}

TEST_F(PageAllocatorTest, RandomUseKeepsContentAndInvariants) {
  TestPages arena(&shared_);
  std::mt19937 random(17);
  std::vector<Held> held;
  for (uint64_t step = 1; step <= 1500; ++step) {
    const uint64_t what = random() % 16;
    if (held.empty() || (what < 7 && held.size() < 100)) {
      Extent* extent =
          arena.Allocate(random() % 64 + 1, kPageSize << (random() % 4));
      ASSERT_NE(extent, nullptr);
      if (arena.zeroed) {
        ASSERT_TRUE(ReadsAsZero(*extent));
      }
      *static_cast<uint64_t*>(extent->address()) = step;
      held.push_back({extent, step});
    } else if (what < 13) {
      std::swap(held[random() % held.size()], held.back());
      Check(held.back());
      arena.pages.Free(held.back().extent);
      held.pop_back();
    } else if (what < 15) {
      Extent* extent = held[random() % held.size()].extent;
      const PageCount to(random() % 64 + 4);
      const ClassIndex size_class = ClassOf(to.bytes());
      if (to > extent->pages) arena.pages.Grow(extent, to, size_class);
      if (to < extent->pages) arena.pages.Shrink(extent, to, size_class);
    } else {
      arena.pages.Purge(PageCount(random() % 50));
    }
    if (step % 50 == 0) {
      arena.pages.Verify();
      for (const Held& one : held) Check(one);
    }
  }
}

}  // namespace
}  // namespace acre::allocator
