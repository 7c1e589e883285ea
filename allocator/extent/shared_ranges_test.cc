#include "allocator/extent/shared_ranges.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

constexpr size_t kMiB = size_t{1} << 20;
constexpr uint32_t kTag = 5;

PageCount MiB(size_t n) { return PageCount::Ceil(n * kMiB); }

bool AllZero(const Extent& extent) {
  const char* bytes = static_cast<const char*>(extent.address());
  return std::all_of(bytes, bytes + extent.pages.bytes(),
                     [](char c) { return c == 0; });
}

class SharedRangesTest : public ::testing::Test {
 protected:
  SharedRangesTest() {
    EXPECT_TRUE(extents_->Init(&os_));
    ranges_->Init(&hooks_, &supply_);
  }
  ~SharedRangesTest() override {
    ranges_->Verify();
    ranges_.reset();
    EXPECT_EQ(grants_->count(), 0u);
    grants_.reset();
    extents_.reset();
    EXPECT_EQ(os_.mapped_bytes(), 0u);
    EXPECT_THAT(os_.violations(), ::testing::IsEmpty());
  }

  Extent* Take(PageCount least, PageCount wanted,
               size_t alignment = kPageSize) {
    return ranges_->Take({.tag = kTag,
                          .least = least,
                          .wanted = wanted,
                          .alignment = alignment});
  }
  Extent* Take(PageCount pages) { return Take(pages, pages); }

  FakeOs os_;
  MmapHooks hooks_{&os_};
  std::unique_ptr<ExtentMap> extents_ = std::make_unique<ExtentMap>();
  std::unique_ptr<Grants> grants_ = std::make_unique<Grants>(&os_);
  HookReports reports_;
  RangesSupply supply_{
      .extents = extents_.get(), .grants = grants_.get(), .reports = &reports_};
  std::unique_ptr<SharedRanges> ranges_ = std::make_unique<SharedRanges>();
};

TEST_F(SharedRangesTest, NothingIsMappedBeforeItIsNeeded) {
  EXPECT_EQ(ranges_->mapped_bytes(), 0u);
  EXPECT_EQ(ranges_->mappings(), 0u);
  EXPECT_EQ(grants_->metadata_bytes(), 0u);
}

TEST_F(SharedRangesTest, WhatIsTakenIsZeroRetainedAndShownAsTheTakers) {
  Extent* extent = Take(PageCount(7));
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(extent->pages, PageCount(7));
  EXPECT_EQ(extent->owner_tag.load(), kTag);
  EXPECT_EQ(extent->state, ExtentState::kRetained);
  EXPECT_TRUE(extent->zeroed);
  EXPECT_TRUE(AllZero(*extent));
  EXPECT_EQ(extents_->Find(extent->base), extent);
  EXPECT_EQ(extents_->Find(extent->end() - 1), extent);
  EXPECT_EQ(extents_->page_map().Get(extent->base).owner_tag(), kTag);
  EXPECT_EQ(ranges_->free_bytes(), ranges_->mapped_bytes() - 7 * kPageSize);
}

TEST_F(SharedRangesTest, MappingsStartSmallAndGrowInProportion) {
  // Four MiB at first; then a quarter of what is mapped, so that a GiB takes
  // some twenty-five mappings.
  ASSERT_NE(Take(PageCount(1)), nullptr);
  EXPECT_EQ(ranges_->mapped_bytes(), 4 * kMiB);
  while (ranges_->mapped_bytes() < 1024 * kMiB) {
    const size_t before = ranges_->mapped_bytes();
    ASSERT_NE(Take(MiB(1)), nullptr);
    const size_t grown = ranges_->mapped_bytes() - before;
    if (grown != 0) {
      EXPECT_GE(grown, std::max(4 * kMiB, before / 4));
      EXPECT_LE(grown, std::max(4 * kMiB, before / 4 + 2 * kMiB));
    }
  }
  EXPECT_LE(ranges_->mappings(), 25u);
  // And the page map's root.
  EXPECT_EQ(os_.calls(OsCall::kMap), ranges_->mappings() + 1);
}

TEST_F(SharedRangesTest, ARequestAboveTheStepGetsAMappingOfItsSize) {
  Extent* extent = Take(MiB(100));
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(ranges_->mapped_bytes(), 100 * kMiB);
  EXPECT_EQ(ranges_->free_bytes(), 0u);
}

TEST_F(SharedRangesTest, WhatIsWantedIsGivenOnlyWhereItIsToBeHad) {
  Extent* all = Take(PageCount(1), PageCount(1000));
  EXPECT_EQ(all->pages, PageCount(1000));
  // 24 pages are left of the mapping: less than wanted, but enough.
  Extent* rest = Take(PageCount(5), PageCount(1000));
  EXPECT_EQ(rest->pages, PageCount(24));
  EXPECT_EQ(ranges_->mappings(), 1u);
  EXPECT_EQ(ranges_->free_bytes(), 0u);
}

TEST_F(SharedRangesTest, PiecesCoalesceInWhateverOrderTheyComeBack) {
  std::array<size_t, 4> order = {0, 1, 2, 3};
  do {
    std::array<Extent*, 4> pieces;
    for (Extent*& piece : pieces) piece = Take(PageCount(100));
    for (size_t i : order) ranges_->Give(pieces[i]);
    ranges_->Verify();
    EXPECT_EQ(ranges_->free_bytes(), 4 * kMiB);
    // One descriptor: the whole mapping's.
    EXPECT_EQ(extents_->pool().pool().live_objects(), 1u);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(SharedRangesTest, OfWholeFreeMappingsOneIsKeptTheSmallest) {
  for (bool small_first : {true, false}) {
    Extent* small = Take(MiB(4));
    Extent* big = Take(MiB(32));
    ASSERT_EQ(ranges_->mappings(), 2u);
    ranges_->Give(small_first ? small : big);
    EXPECT_EQ(ranges_->mappings(), 2u);
    ranges_->Give(small_first ? big : small);
    EXPECT_EQ(ranges_->mappings(), 1u);
    EXPECT_EQ(ranges_->mapped_bytes(), 4 * kMiB);
    ranges_->Verify();
  }
}

TEST_F(SharedRangesTest, AMappingInUseIsNeverUnmapped) {
  Extent* first = Take(MiB(2));
  Extent* second = Take(MiB(2));
  Extent* third = Take(MiB(8));
  ranges_->Give(first);
  ranges_->Give(third);
  // `first` is half a mapping: only `third` is a whole one.
  EXPECT_EQ(ranges_->mappings(), 2u);
  memset(second->address(), 1, second->pages.bytes());
  EXPECT_EQ(extents_->Find(second->base), second);
  memset(second->address(), 0, second->pages.bytes());
  ranges_->Give(second);
  EXPECT_EQ(ranges_->mappings(), 1u);
}

TEST_F(SharedRangesTest, MetadataReturnsWithItsMappings) {
  const size_t root = extents_->page_map().metadata_bytes();
  std::vector<Extent*> taken;
  for (size_t i = 1; i <= 40; ++i) taken.push_back(Take(MiB(16 * i)));
  EXPECT_EQ(grants_->metadata_bytes(), kPageSize);
  EXPECT_EQ(extents_->page_map().metadata_bytes() - root,
            ranges_->mapped_bytes() / kPageSize * 8);
  for (Extent* extent : taken) ranges_->Give(extent);
  EXPECT_EQ(ranges_->mapped_bytes(), 16 * kMiB);
  EXPECT_EQ(extents_->page_map().metadata_bytes() - root,
            16 * kMiB / kPageSize * 8);
  EXPECT_EQ(extents_->pool().pool().live_objects(), 1u);
}

TEST_F(SharedRangesTest, AlignedPiecesAreAlignedAndTheirEndsStayFree) {
  for (size_t alignment = kPageSize; alignment <= kMaxAlignment;
       alignment *= 8) {
    Take(PageCount(1));  // Misplaces what follows.
    const size_t free = ranges_->free_bytes();
    const size_t mapped = ranges_->mapped_bytes();
    Extent* extent = Take(PageCount(3), PageCount(3), alignment);
    ASSERT_NE(extent, nullptr);
    EXPECT_EQ(extent->base % alignment, 0u);
    EXPECT_EQ(extent->pages, PageCount(3));
    EXPECT_TRUE(AllZero(*extent));
    EXPECT_EQ(ranges_->free_bytes() - free,
              ranges_->mapped_bytes() - mapped - 3 * kPageSize);
    ranges_->Verify();
  }
}

TEST_F(SharedRangesTest, RefusedMemoryIsNullAndChangesNothing) {
  Extent* held = Take(MiB(4));
  const size_t live = extents_->pool().pool().live_objects();
  os_.FailFrom(0, OsCall::kMap);
  EXPECT_EQ(Take(PageCount(1)), nullptr);
  os_.FailFrom(0, OsCall::kCommit);  // The page map's entries.
  const size_t address_space = os_.mapped_bytes();
  EXPECT_EQ(Take(PageCount(1)), nullptr);
  EXPECT_EQ(os_.mapped_bytes(), address_space);
  os_.FailNever();
  EXPECT_EQ(ranges_->mapped_bytes(), 4 * kMiB);
  EXPECT_EQ(extents_->pool().pool().live_objects(), live);
  ranges_->Verify();
  EXPECT_NE(Take(PageCount(1)), nullptr);
  ranges_->Give(held);
}

TEST_F(SharedRangesTest, WhereAStepIsRefusedWhatIsNeededIsMapped) {
  Take(MiB(256));
  os_.FailNth(0, OsCall::kMap);  // The step of 64 MiB.
  Extent* extent = Take(MiB(6));
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(ranges_->mapped_bytes(), 262 * kMiB);
}

TEST_F(SharedRangesTest, CopiesMappingsInPieces) {
  for (size_t i = 1; i <= 5; ++i) Take(MiB(16 * i));
  std::array<Grants::Range, 3> some;
  size_t bytes = 0;
  ASSERT_EQ(grants_->Copy(0, some), 3u);
  for (const auto& mapping : some) bytes += mapping.size;
  ASSERT_EQ(grants_->Copy(3, some), 2u);
  bytes += some[0].size + some[1].size;
  EXPECT_EQ(bytes, ranges_->mapped_bytes());
  EXPECT_EQ(grants_->Copy(5, some), 0u);
  EXPECT_EQ(grants_->Copy(500, some), 0u);
}

// Gives an extent back as its taker must: zero.
void GiveZeroed(SharedRanges* ranges, Extent* extent) {
  memset(extent->address(), 0, kPageSize);
  ranges->Give(extent);
}

TEST_F(SharedRangesTest, RandomUseKeepsExtentsApartAndZero) {
  std::mt19937 random(11);
  std::vector<Extent*> held;
  size_t bytes = 0;
  for (int step = 0; step < 2000; ++step) {
    if (held.empty() || (held.size() < 60 && random() % 2 == 0)) {
      const PageCount least(random() % 300 + 1);
      const PageCount wanted = least + PageCount(random() % 600);
      const size_t alignment = kPageSize << (random() % 10);
      Extent* extent = Take(least, wanted, alignment);
      ASSERT_NE(extent, nullptr);
      ASSERT_GE(extent->pages, least);
      ASSERT_LE(extent->pages, wanted);
      ASSERT_EQ(extent->base % alignment, 0u);
      auto* first = static_cast<uint64_t*>(extent->address());
      ASSERT_EQ(*first, 0u);
      *first = extent->base;
      held.push_back(extent);
      bytes += extent->pages.bytes();
    } else {
      std::swap(held[random() % held.size()], held.back());
      Extent* extent = held.back();
      held.pop_back();
      ASSERT_EQ(*static_cast<uint64_t*>(extent->address()), extent->base);
      bytes -= extent->pages.bytes();
      GiveZeroed(ranges_.get(), extent);
    }
    ASSERT_EQ(ranges_->mapped_bytes() - ranges_->free_bytes(), bytes);
    if (step % 50 == 0) ranges_->Verify();
  }
  for (Extent* extent : held) GiveZeroed(ranges_.get(), extent);
  EXPECT_EQ(ranges_->mappings(), 1u);
  EXPECT_EQ(extents_->pool().pool().live_objects(), 1u);
}

}  // namespace
}  // namespace acre::allocator
