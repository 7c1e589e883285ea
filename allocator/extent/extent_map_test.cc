#include "allocator/extent/extent_map.h"

#include <cstdint>

#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr uintptr_t kBase = uintptr_t{1} << 40;
constexpr uint32_t kTag = 7;

class ExtentMapTest : public testing::Test {
 protected:
  ExtentMapTest() {
    EXPECT_TRUE(map_.Init(LinuxOs::Get()));
    EXPECT_TRUE(map_.page_map().AddRange(kBase, PageMap::kRangeAlignment));
  }

  // An extent of kTag at a page of the range, not shown yet.
  Extent* New(uint64_t first_page, uint64_t pages,
              ExtentState state = ExtentState::kDirty) {
    Extent* extent = map_.pool().Allocate();
    extent->base = PageAt(first_page);
    extent->pages = PageCount(pages);
    extent->state = state;
    extent->owner_tag.store(kTag);
    return extent;
  }
  Extent* Shown(uint64_t first_page, uint64_t pages,
                ExtentState state = ExtentState::kDirty) {
    Extent* extent = New(first_page, pages, state);
    map_.ShowBounds(extent);
    return extent;
  }
  static uintptr_t PageAt(uint64_t page) { return kBase + page * kPageSize; }
  PageEntry Entry(uint64_t page) const {
    return map_.page_map().Get(PageAt(page));
  }

  ExtentMap map_;
};

TEST_F(ExtentMapTest, BoundsAreTheFirstAndTheLastPage) {
  Extent* extent = Shown(10, 5);
  EXPECT_EQ(map_.Find(PageAt(9)), nullptr);
  EXPECT_EQ(map_.Find(PageAt(10)), extent);
  EXPECT_EQ(map_.Find(PageAt(12)), nullptr);
  EXPECT_EQ(map_.Find(PageAt(14)), extent);
  EXPECT_EQ(map_.Find(PageAt(15)), nullptr);
  EXPECT_EQ(Entry(10).shown_class(), kUncachedClass);
  EXPECT_EQ(Entry(10).owner_tag(), kTag);
  map_.HideBounds(extent);
  EXPECT_TRUE(Entry(10).empty());
  EXPECT_TRUE(Entry(14).empty());
}

TEST_F(ExtentMapTest, OnlyTheFirstPageShowsAClassThatMayBeCached) {
  Extent* extent = New(10, 5, ExtentState::kActive);
  map_.ShowBounds(extent, 40);
  EXPECT_EQ(Entry(10).shown_class(), 40u);
  EXPECT_EQ(Entry(14).shown_class(), kUncachedClass);
  Extent* one_page = New(20, 1, ExtentState::kActive);
  map_.ShowBounds(one_page, 36);
  EXPECT_EQ(Entry(20).shown_class(), 36u);
}

TEST_F(ExtentMapTest, EveryPageOfASlabShowsItsPlace) {
  Extent* slab = New(32, 5, ExtentState::kActive);
  slab->size_class = ClassIndex{12};
  map_.ShowSlab(slab);
  for (uint64_t page = 0; page < 5; ++page) {
    const PageEntry entry = Entry(32 + page);
    EXPECT_EQ(map_.Find(PageAt(32 + page)), slab);
    EXPECT_EQ(entry.shown_class(), 12u);
    EXPECT_EQ(entry.OffsetInSlab(PageAt(32 + page) + 17),
              page * kPageSize + 17);
  }
  EXPECT_TRUE(Entry(37).empty());
  map_.HideSlab(slab);
  for (uint64_t page = 0; page < 5; ++page) {
    EXPECT_TRUE(Entry(32 + page).empty());
  }
}

TEST_F(ExtentMapTest, SplittingLeavesTwoExtentsOfOneOwnerAndContent) {
  for (bool zeroed : {false, true}) {
    Extent* extent = Shown(10, 8, ExtentState::kRetained);
    extent->zeroed = zeroed;
    extent->mapping_head = true;
    Extent* tail = map_.pool().Allocate();
    map_.Split(extent, PageCount(3), tail);
    EXPECT_EQ(extent->base, PageAt(10));
    EXPECT_EQ(extent->pages, PageCount(3));
    EXPECT_EQ(tail->base, PageAt(13));
    EXPECT_EQ(tail->pages, PageCount(5));
    EXPECT_EQ(tail->owner_tag.load(), kTag);
    EXPECT_EQ(tail->state, ExtentState::kRetained);
    EXPECT_EQ(tail->zeroed, zeroed);
    EXPECT_TRUE(extent->mapping_head);
    EXPECT_FALSE(tail->mapping_head);
    EXPECT_EQ(map_.Find(PageAt(10)), extent);
    EXPECT_EQ(map_.Find(PageAt(12)), extent);
    EXPECT_EQ(map_.Find(PageAt(13)), tail);
    EXPECT_EQ(map_.Find(PageAt(17)), tail);
  }
}

TEST_F(ExtentMapTest, MergingIsZeroOnlyIfBothWere) {
  for (bool left_zeroed : {false, true}) {
    for (bool right_zeroed : {false, true}) {
      const size_t live = map_.pool().pool().live_objects();
      Extent* left = Shown(10, 3);
      Extent* right = Shown(13, 5);
      left->zeroed = left_zeroed;
      right->zeroed = right_zeroed;
      map_.Merge(left, right);
      EXPECT_EQ(left->base, PageAt(10));
      EXPECT_EQ(left->pages, PageCount(8));
      EXPECT_EQ(left->zeroed, left_zeroed && right_zeroed);
      EXPECT_EQ(map_.Find(PageAt(10)), left);
      EXPECT_TRUE(Entry(12).empty());
      EXPECT_TRUE(Entry(13).empty());
      EXPECT_EQ(map_.Find(PageAt(17)), left);
      EXPECT_EQ(map_.pool().pool().live_objects(), live + 1);
      map_.pool().Free(left);
    }
  }
}

TEST_F(ExtentMapTest, NeighboursOfOneOwnerStateAndMappingCanBeMerged) {
  constexpr ExtentState kDirty = ExtentState::kDirty;
  Extent* left = Shown(10, 3);
  Extent* middle = Shown(13, 1);
  Extent* right = Shown(14, 6);
  EXPECT_EQ(map_.MergeableBefore(middle, kDirty), left);
  EXPECT_EQ(map_.MergeableAfter(middle, kDirty), right);
  EXPECT_EQ(map_.MergeableBefore(left, kDirty), nullptr);
  EXPECT_EQ(map_.MergeableAfter(right, kDirty), nullptr);

  left->state = ExtentState::kPurging;
  right->state = ExtentState::kActive;
  EXPECT_EQ(map_.MergeableBefore(middle, kDirty), nullptr);
  EXPECT_EQ(map_.MergeableAfter(middle, kDirty), nullptr);
  left->state = right->state = kDirty;

  left->owner_tag.store(kTag + 1);
  right->owner_tag.store(kNobodyTag);
  EXPECT_EQ(map_.MergeableBefore(middle, kDirty), nullptr);
  EXPECT_EQ(map_.MergeableAfter(middle, kDirty), nullptr);
  left->owner_tag.store(kTag);
  right->owner_tag.store(kTag);

  middle->mapping_head = true;
  right->mapping_head = true;
  EXPECT_EQ(map_.MergeableBefore(middle, kDirty), nullptr);
  EXPECT_EQ(map_.MergeableAfter(middle, kDirty), nullptr);
}

TEST(ExtentPoolTest, DescriptorsComeWithoutOwnerAndAreKnownByIndex) {
  ExtentPool pool;
  ASSERT_TRUE(pool.Init(LinuxOs::Get()));
  for (int i = 0; i < 1000; ++i) {
    Extent* extent = pool.Allocate();
    ASSERT_NE(extent, nullptr);
    EXPECT_EQ(extent->owner_tag.load(), kNobodyTag);
    EXPECT_FALSE(extent->mapping_head);
    EXPECT_EQ(pool.At(pool.IndexOf(extent)), extent);
    // Used and freed: the next one must not show it.
    extent->owner_tag.store(kTag);
    extent->mapping_head = true;
    if (i % 3 != 0) pool.Free(extent);
  }
}

TEST(ExtentTest, BlocksAreLargeExtentsOfTheirOwnKind) {
  ExtentPool pool;
  ASSERT_TRUE(pool.Init(LinuxOs::Get()));
  Extent* extent = pool.Allocate();
  extent->size_class = ClassIndex{kSmallClasses};
  EXPECT_FALSE(extent->is_block());
  extent->slab_step = kBlockStep;
  EXPECT_TRUE(extent->is_block());
  extent->size_class = ClassIndex{3};
  EXPECT_FALSE(extent->is_block());
}

}  // namespace
}  // namespace acre::allocator
