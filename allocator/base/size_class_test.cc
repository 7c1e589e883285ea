#include "allocator/base/size_class.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

ClassIndex At(size_t index) { return ClassIndex{static_cast<uint8_t>(index)}; }

// jemalloc's small classes as its manual lists them, then four to each
// doubling, up to kMaxSize.
std::vector<size_t> JemallocSizes() {
  std::vector<size_t> sizes = {8,    16,    32,    48,   64,   80,   96,   112,
                               128,  160,   192,   224,  256,  320,  384,  448,
                               512,  640,   768,   896,  1024, 1280, 1536, 1792,
                               2048, 2560,  3072,  3584, 4096, 5120, 6144, 7168,
                               8192, 10240, 12288, 14336};
  for (size_t base = 16384; sizes.back() < kMaxSize; base *= 2) {
    if (base == 16384) sizes.push_back(base);
    for (size_t quarter = 1; quarter <= 4 && sizes.back() < kMaxSize;
         ++quarter) {
      sizes.push_back(base + base / 4 * quarter);
    }
  }
  return sizes;
}

size_t NaiveClass(const std::vector<size_t>& sizes, size_t size) {
  return static_cast<size_t>(
      std::lower_bound(sizes.begin(), sizes.end(), size) - sizes.begin());
}

TEST(SizeClassTest, ClassesAreJemallocs) {
  const std::vector<size_t> sizes = JemallocSizes();
  ASSERT_EQ(sizes.size(), kClasses);
  for (size_t c = 0; c < kClasses; ++c) {
    EXPECT_EQ(ClassSize(At(c)), sizes[c]) << "class " << c;
    EXPECT_EQ(IsSmall(At(c)), sizes[c] < 16384) << "class " << c;
  }
  EXPECT_EQ(kSmallClasses, 36u);
  EXPECT_EQ(ClassSize(At(kClasses - 1)), kMaxSize);
  EXPECT_EQ(ClassSize(At(kCachedClasses - 1)), kMaxCachedSize);
}

TEST(SizeClassTest, EverySizeUpTo64KiBHasTheLeastClassThatHoldsIt) {
  const std::vector<size_t> sizes = JemallocSizes();
  for (size_t size = 1; size <= size_t{64} << 10; ++size) {
    const size_t expected = NaiveClass(sizes, size);
    ASSERT_EQ(Raw(ClassOf(size)), expected) << size << " bytes";
    ASSERT_EQ(Raw(ComputeClass(size)), expected) << size << " bytes";
  }
}

TEST(SizeClassTest, SizesAroundEveryBoundaryHaveTheLeastClassThatHoldsThem) {
  const std::vector<size_t> sizes = JemallocSizes();
  for (size_t boundary : sizes) {
    for (size_t size : {boundary - 1, boundary, boundary + 1}) {
      if (size > kMaxSize) continue;
      const size_t expected = NaiveClass(sizes, size);
      EXPECT_EQ(Raw(ClassOf(size)), expected) << size << " bytes";
      EXPECT_EQ(Raw(ComputeClass(size)), expected) << size << " bytes";
    }
  }
}

TEST(SizeClassTest, SizeZeroIsServedByTheSmallestClass) {
  EXPECT_EQ(Raw(ClassOf(0)), 0u);
  EXPECT_EQ(Raw(ComputeClass(0)), 0u);
}

TEST(SizeClassTest, LargeClassesAreWholePages) {
  for (size_t c = kSmallClasses; c < kClasses; ++c) {
    EXPECT_EQ(ClassSize(At(c)) % kPageSize, 0u) << "class " << c;
  }
}

TEST(SizeClassTest, RoundingWastesUnder16BytesTo128AndUnderAFifthAbove) {
  for (size_t c = 1; c < kClasses; ++c) {
    const size_t held = ClassSize(At(c));
    const size_t waste = held - (ClassSize(At(c - 1)) + 1);
    if (held <= 128) {
      EXPECT_LT(waste, 16u) << held;
    } else {
      EXPECT_LT(waste * 5, held) << held;
    }
  }
}

TEST(SizeClassTest, ConstantSizesFoldToConstantClasses) {
  static_assert(Raw(ClassOf(1000)) == 20);
  static_assert(ClassSize(ClassOf(1000)) == 1024);
  static_assert(Raw(ClassOf(16385)) == 37);
}

TEST(SizeClassTest, AlignedSmallClassIsTheLeastWhoseSizeIsAMultiple) {
  for (size_t alignment = 1; alignment <= 2 * kPageSize; alignment *= 2) {
    for (size_t size = 0; size <= kMaxSmallSize + 1; size += 7) {
      size_t expected = kSmallClasses;
      if (alignment <= kPageSize && size <= kMaxSmallSize) {
        for (size_t c = kSmallClasses; c-- > 0;) {
          const size_t held = ComputeClassSize(c);
          if (held >= size && held % alignment == 0) expected = c;
        }
      }
      ClassIndex got{};
      const bool found = AlignedSmallClass(size, alignment, &got);
      ASSERT_EQ(found, expected < kSmallClasses) << size << "@" << alignment;
      if (found) {
        ASSERT_EQ(Raw(got), expected) << size << "@" << alignment;
      }
    }
  }
}

TEST(SizeClassTest, AlignedClassSizeIsThatOfTheSmallClassOrOfTheLargeOne) {
  const struct {
    size_t size;
    size_t alignment;
    size_t held;
  } kRows[] = {{0, 1, 8},
               {8, 16, 16},
               {100, 16, 112},
               {100, 32, 128},
               {80, 64, 128},
               {5000, 4096, 8192},
               {14336, 4096, 16384},
               {1, 8192, 16384},
               {20000, 8, 20480},
               {kMaxSize, 8, kMaxSize},
               {kMaxSize + 1, 8, kMaxSize + 1},
               {SIZE_MAX, 8, SIZE_MAX}};
  for (const auto& row : kRows) {
    EXPECT_EQ(AlignedClassSize(row.size, row.alignment), row.held)
        << row.size << "@" << row.alignment;
  }
}

TEST(SizeClassTest, AlignmentZeroHasNoSmallClass) {
  ClassIndex index{};
  EXPECT_FALSE(AlignedSmallClass(100, 0, &index));
  EXPECT_EQ(AlignedClassSize(100, 0), 16384u);
}

TEST(SizeClassTest, ReciprocalsDivideEveryOffsetOfEverySlabExactly) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const size_t size = ClassSize(At(c));
    const SlabGeometry& geometry = GeometryOf(At(c));
    const size_t end = geometry.shapes[geometry.steps - 1].pages * kPageSize;
    const uint64_t reciprocal = ReciprocalOf(At(c));
    for (size_t offset = 0, quotient = 0, rest = 0; offset < end; ++offset) {
      const uint64_t product = offset * reciprocal;
      ASSERT_EQ(product >> 32, quotient) << offset << " / " << size;
      ASSERT_EQ(static_cast<uint32_t>(product) < reciprocal, rest == 0)
          << offset << " / " << size;
      if (++rest == size) {
        rest = 0;
        ++quotient;
      }
    }
  }
}

TEST(SizeClassTest, ReciprocalsOfLargeClassesAcceptOnlyTheStartOfAPage) {
  for (size_t c = kSmallClasses; c < kCachedClasses; ++c) {
    const uint32_t reciprocal = ReciprocalOf(At(c));
    for (uint32_t offset = 0; offset < kPageSize; ++offset) {
      ASSERT_EQ(offset * reciprocal < reciprocal, offset == 0)
          << offset << " in class " << c;
    }
  }
}

TEST(SlabGeometryTest, ShapesFitTheBitmapAndThePageMap) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const size_t size = ClassSize(At(c));
    const SlabGeometry& geometry = GeometryOf(At(c));
    ASSERT_GE(geometry.steps, 1) << size;
    ASSERT_LE(geometry.steps, kMaxSlabSteps) << size;
    for (size_t step = 0; step < geometry.steps; ++step) {
      const SlabShape& shape = geometry.shapes[step];
      EXPECT_GE(shape.regions, 1) << size;
      EXPECT_LE(shape.regions, kMaxSlabRegions) << size;
      EXPECT_LE(shape.pages, kMaxSlabPages) << size;
      EXPECT_EQ(shape.regions, shape.pages * kPageSize / size) << size;
    }
  }
}

TEST(SlabGeometryTest, FirstShapesWasteAnEighthAtMostAndLaterOnesNothing) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const size_t size = ClassSize(At(c));
    const SlabGeometry& geometry = GeometryOf(At(c));
    for (size_t step = 0; step < geometry.steps; ++step) {
      const SlabShape& shape = geometry.shapes[step];
      const size_t bytes = shape.pages * kPageSize;
      const size_t waste = bytes - shape.regions * size;
      EXPECT_LE(waste * 8, step == 0 ? bytes : 0) << size << " step " << step;
    }
  }
}

TEST(SlabGeometryTest, LaterShapesAreGreater) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const SlabGeometry& geometry = GeometryOf(At(c));
    for (size_t step = 1; step < geometry.steps; ++step) {
      EXPECT_GT(geometry.shapes[step].pages, geometry.shapes[step - 1].pages);
      EXPECT_GT(geometry.shapes[step].regions,
                geometry.shapes[step - 1].regions);
    }
  }
}

// A freed slab is filed under the greatest class it satisfies: only a page
// count that is a class itself is found again for the next slab.
TEST(SlabGeometryTest, EveryPageCountIsAPageClass) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const SlabGeometry& geometry = GeometryOf(At(c));
    for (size_t step = 0; step < geometry.steps; ++step) {
      const PageCount pages(geometry.shapes[step].pages);
      EXPECT_EQ(PageClassFloor(pages), PageClassCeil(pages))
          << pages.raw() << " pages of class " << c;
    }
  }
}

TEST(PageClassTest, ClassesGoByOneToEightThenFourToADoubling) {
  const uint64_t expected[] = {1,  2,  3,  4,  5,  6,  7,  8,  10, 12,
                               14, 16, 20, 24, 28, 32, 40, 48, 56, 64};
  for (size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(PageClassPages(i), PageCount(expected[i])) << "class " << i;
  }
}

void ExpectFloorAndCeil(uint64_t pages) {
  const PageCount count(pages);
  const size_t floor = PageClassFloor(count);
  EXPECT_LE(PageClassPages(floor), count) << pages;
  EXPECT_GT(PageClassPages(floor + 1), count) << pages;
  const size_t ceil = PageClassCeil(count);
  EXPECT_GE(PageClassPages(ceil), count) << pages;
  if (ceil > 0) {
    EXPECT_LT(PageClassPages(ceil - 1), count) << pages;
  }
  EXPECT_LT(floor, kPageClasses) << pages;
}

TEST(PageClassTest, FloorIsTheGreatestClassWithinAndCeilTheLeastThatHolds) {
  for (uint64_t pages = 1; pages <= 5000; ++pages) ExpectFloorAndCeil(pages);
  for (size_t c = 1; PageClassPages(c).raw() <= uint64_t{1} << 36; ++c) {
    const uint64_t boundary = PageClassPages(c).raw();
    for (uint64_t pages : {boundary - 1, boundary, boundary + 1}) {
      ExpectFloorAndCeil(pages);
    }
  }
}

TEST(PageClassTest, TheLargestAlignedRequestHasAClass) {
  const PageCount most = PageCount::Ceil(kMaxSize + kMaxAlignment);
  EXPECT_LT(PageClassCeil(most), kPageClasses);
}

}  // namespace
}  // namespace acre::allocator
