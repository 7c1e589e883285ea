#include "stats/extent_statistics.h"

#include <cstdint>
#include <random>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "gtest/gtest.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::ExtentState;
using allocator::PageAllocator;
using allocator::PageCount;

class ExtentStatisticsTest : public allocator::DomainTest {};

// At rest the tables add up to the arena's own figures.
void ExpectAddsUp(const allocator::Domain& domain, const Arena& arena) {
  ArenaStatistics now;
  ReadArena(arena, &now);
  ExtentTable extents;
  ReadExtents(domain, &arena, &extents);
  ExtentStatistics sum;
  for (const ExtentStatistics& row : extents) {
    sum.dirty_bytes += row.dirty_bytes;
    sum.muzzy_bytes += row.muzzy_bytes;
    sum.retained_bytes += row.retained_bytes;
    EXPECT_GE(row.dirty_bytes, row.dirty * row.size);
    EXPECT_GE(row.retained_bytes, row.retained * row.size);
  }
  EXPECT_EQ(sum.dirty_bytes, now.dirty);
  EXPECT_EQ(sum.muzzy_bytes, now.muzzy);
  EXPECT_EQ(sum.retained_bytes, now.retained - now.released);

  std::array<LargeStatistics, allocator::kLargeClasses> large;
  const size_t classes = ReadLarge(arena, &large);
  uint64_t count = 0;
  uint64_t bytes = 0;
  for (size_t i = 0; i < classes; ++i) {
    EXPECT_EQ(large[i].large_allocations, large[i].created - large[i].ended);
    EXPECT_EQ(large[i].bytes, large[i].large_allocations * large[i].size);
    count += large[i].large_allocations;
    bytes += large[i].bytes;
  }
  EXPECT_EQ(count, now.large_allocations);
  std::array<BinStatistics, allocator::kSmallClasses> bins;
  const size_t n = ReadBins(arena, &bins);
  for (size_t i = 0; i < n; ++i) {
    EXPECT_EQ(bins[i].regions_taken - bins[i].regions_returned,
              bins[i].regions_out);
    EXPECT_LE(bins[i].open_slabs, bins[i].slabs);
    bytes += bins[i].slab_bytes - bins[i].released;
  }
  EXPECT_EQ(bytes, now.active);
}

TEST_F(ExtentStatisticsTest, TablesAddUpToTheArenasFigures) {
  Arena* arenas[] = {NewArena({.dirty_decay_ms = -1, .muzzy_decay_ms = -1}),
                     NewArena({.dirty_decay_ms = -1, .muzzy_decay_ms = -1})};
  std::mt19937 random(7);
  std::vector<void*> live;
  for (int i = 0; i < 3000; ++i) {
    Arena* arena = arenas[random() % 2];
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        live.push_back(arena->Allocate(random() % 2000));
        break;
      case 3:
        live.push_back(arena->Allocate(random() % 300'000));
        break;
      case 4:
      case 5:
        if (live.empty()) break;
        std::swap(live[random() % live.size()], live.back());
        domain_->Free(live.back());
        live.pop_back();
        break;
      case 6:
        if (i % 50 == 0) {
          arena->pages.PurgeFrom(ExtentState::kDirty,
                                 PageAllocator::PurgeMode::kLazily,
                                 PageCount(16));
        }
        break;
      case 7:
        if (i % 100 == 0) arena->Purge();
        break;
    }
    if (i % 500 == 0) {
      for (Arena* one : arenas) ExpectAddsUp(*domain_, *one);
    }
  }
  for (Arena* one : arenas) ExpectAddsUp(*domain_, *one);
  for (void* ptr : live) domain_->Free(ptr);
  for (Arena* one : arenas) ExpectAddsUp(*domain_, *one);
}

TEST_F(ExtentStatisticsTest, ResizingAndDiscardingEndLargeAllocations) {
  Arena* arena = NewArena();
  void* ptr = arena->Allocate(40'000);
  ASSERT_TRUE(domain_->ResizeInPlace(ptr, 20'000));
  std::array<LargeStatistics, allocator::kLargeClasses> large;
  ASSERT_EQ(ReadLarge(*arena, &large), 2u);
  EXPECT_EQ(large[0].size, 20'480u);
  EXPECT_EQ(large[0].created, 1u);
  EXPECT_EQ(large[0].large_allocations, 1u);
  EXPECT_EQ(large[1].size, 40'960u);
  EXPECT_EQ(large[1].large_allocations, 0u);
  domain_->ResetArena(arena->index, arena->generation);
  ASSERT_EQ(ReadLarge(*arena, &large), 2u);
  EXPECT_EQ(large[0].large_allocations, 0u);
  EXPECT_EQ(large[0].ended, 1u);
}

}  // namespace
}  // namespace acre::stats
