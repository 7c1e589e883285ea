#include "allocator/extent/extent_set.h"

#include <algorithm>
#include <random>
#include <vector>

#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

class ExtentSetTest : public testing::Test {
 protected:
  ExtentSetTest() {
    EXPECT_TRUE(pool_.Init(LinuxOs::Get()));
    set_.Init(&pool_);
  }

  // A dirty extent at a page number; nothing lies there.
  Extent* New(uint64_t first_page, uint64_t pages) {
    Extent* extent = pool_.Allocate();
    extent->base = first_page * kPageSize;
    extent->pages = PageCount(pages);
    extent->state = ExtentState::kDirty;
    return extent;
  }
  Extent* Insert(uint64_t first_page, uint64_t pages) {
    Extent* extent = New(first_page, pages);
    set_.Insert(extent);
    return extent;
  }
  Extent* Find(uint64_t pages, size_t alignment = kPageSize) const {
    return set_.Find(PageCount(pages), alignment);
  }

  ExtentPool pool_;
  ExtentSet set_;
};

TEST_F(ExtentSetTest, AnEmptySetHasNothing) {
  EXPECT_TRUE(set_.empty());
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_EQ(Find(1, size_t{2} << 20), nullptr);
  EXPECT_EQ(set_.Largest(), nullptr);
  set_.Verify(ExtentState::kDirty);
}

TEST_F(ExtentSetTest, TheLeastClassThatHoldsTheRequestIsPreferred) {
  Extent* eight = Insert(100, 8);
  Extent* three = Insert(200, 3);
  Extent* hundred = Insert(300, 100);
  EXPECT_EQ(Find(1), three);
  EXPECT_EQ(Find(3), three);
  EXPECT_EQ(Find(4), eight);
  EXPECT_EQ(Find(8), eight);
  EXPECT_EQ(Find(9), hundred);
  EXPECT_EQ(Find(96), hundred);
  EXPECT_EQ(Find(129), nullptr);
}

TEST_F(ExtentSetTest, WithinAClassTheLowestAddressIsPreferred) {
  Insert(500, 33);
  Extent* lowest = Insert(100, 39);
  Insert(300, 32);
  EXPECT_EQ(Find(32), lowest);
  set_.Remove(lowest);
  EXPECT_EQ(Find(32)->base, 300 * kPageSize);
}

TEST_F(ExtentSetTest, AnExtentIsFiledUnderWhatItSurelyHolds) {
  // 39 pages are of the class of 32: whoever asks for 33 takes the class of 40.
  Insert(100, 39);
  EXPECT_NE(Find(32), nullptr);
  EXPECT_EQ(Find(33), nullptr);
}

TEST_F(ExtentSetTest, LargestIsTheLowestOfTheGreatestClass) {
  Insert(100, 5);
  Extent* high = Insert(900, 2048);
  EXPECT_EQ(set_.Largest(), high);
  Extent* low = Insert(200, 2100);
  EXPECT_EQ(set_.Largest(), low);
  set_.Remove(low);
  set_.Remove(high);
  EXPECT_EQ(set_.Largest()->pages, PageCount(5));
}

TEST_F(ExtentSetTest, HugeExtentsHaveAClassToo) {
  Extent* huge = Insert(0, uint64_t{1} << 36);
  EXPECT_EQ(Find(uint64_t{1} << 34), huge);
  EXPECT_EQ(set_.Largest(), huge);
  set_.Verify(ExtentState::kDirty);
}

TEST_F(ExtentSetTest, AnAlignedExtentIsFoundWhereItHappensToFit) {
  constexpr size_t k64KiB = size_t{64} << 10;
  Insert(17, 16);  // Misplaced: 15 pages are lost.
  Extent* placed = Insert(64, 16);
  EXPECT_EQ(Find(16, k64KiB), placed);
  set_.Remove(placed);
  EXPECT_EQ(Find(16, k64KiB), nullptr);
  Extent* roomy = Insert(201, 32);
  EXPECT_EQ(Find(16, k64KiB), roomy);
  EXPECT_TRUE(FitsAligned(*roomy, PageCount(16), k64KiB));
}

TEST_F(ExtentSetTest, VisitsEachExtentOnce) {
  for (uint64_t i = 0; i < 100; ++i) Insert(i * 1000, i % 40 + 1);
  std::vector<Extent*> visited;
  set_.ForEach([&](Extent* extent) { visited.push_back(extent); });
  std::sort(visited.begin(), visited.end());
  EXPECT_EQ(std::unique(visited.begin(), visited.end()), visited.end());
  EXPECT_EQ(visited.size(), 100u);
}

// The best fit by a look at everything: least class, then lowest address.
Extent* NaiveFind(const std::vector<Extent*>& extents, PageCount pages) {
  Extent* best = nullptr;
  for (Extent* extent : extents) {
    const size_t floor = PageClassFloor(extent->pages);
    if (floor < PageClassCeil(pages)) continue;
    if (best == nullptr || floor < PageClassFloor(best->pages) ||
        (floor == PageClassFloor(best->pages) && extent->base < best->base)) {
      best = extent;
    }
  }
  return best;
}

TEST_F(ExtentSetTest, RandomUseAgreesWithALookAtEverything) {
  std::mt19937 random(3);
  std::vector<Extent*> model;
  uint64_t pages = 0;
  for (uint64_t step = 0; step < 4000; ++step) {
    if (model.size() < 20 || random() % 2 == 0) {
      const uint64_t size = (uint64_t{1} << (random() % 12)) + random() % 7;
      model.push_back(Insert(random() % 100000 * 10000, size));
      pages += size;
    } else {
      std::swap(model[random() % model.size()], model.back());
      set_.Remove(model.back());
      pages -= model.back()->pages.raw();
      pool_.Free(model.back());
      model.pop_back();
    }
    const PageCount wanted(random() % 3000 + 1);
    ASSERT_EQ(set_.Find(wanted, kPageSize), NaiveFind(model, wanted));
    ASSERT_EQ(set_.count(), model.size());
    ASSERT_EQ(set_.pages(), PageCount(pages));
    if (step % 100 == 0) set_.Verify(ExtentState::kDirty);
  }
}

TEST_F(ExtentSetTest, AlignedFindsFitAndNeverMissWhatSurelyFits) {
  std::mt19937 random(5);
  std::vector<Extent*> model;
  for (int i = 0; i < 300; ++i) {
    model.push_back(Insert(random() % 100000 * 1000, random() % 900 + 1));
  }
  for (int i = 0; i < 2000; ++i) {
    const size_t alignment = kPageSize << (random() % 10);
    const PageCount wanted(random() % 800 + 1);
    const PageCount surely = wanted + PageCount(alignment / kPageSize - 1);
    Extent* found = set_.Find(wanted, alignment);
    if (found != nullptr) {
      ASSERT_TRUE(FitsAligned(*found, wanted, alignment));
    } else {
      ASSERT_EQ(NaiveFind(model, surely), nullptr);
    }
  }
}

using ExtentSetDeathTest = ExtentSetTest;

TEST_F(ExtentSetDeathTest, VerifyFindsAnExtentOfAnotherState) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Insert(1, 1)->state = ExtentState::kPurging;
  EXPECT_DEATH(set_.Verify(ExtentState::kDirty), "check failed");
}

TEST_F(ExtentSetDeathTest, VerifyFindsASizeThatChangedInTheSet) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Insert(1, 32)->pages = PageCount(33);
  EXPECT_DEATH(set_.Verify(ExtentState::kDirty), "check failed");
}

}  // namespace
}  // namespace acre::allocator
