#include "allocator/base/units.h"

#include <type_traits>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(UnitsTest, PageCountsRoundBytesUp) {
  const struct {
    size_t bytes;
    uint64_t pages;
  } kRows[] = {{0, 0},    {1, 1},    {4095, 1},
               {4096, 1}, {4097, 2}, {size_t{1} << 46, uint64_t{1} << 34}};
  for (const auto& row : kRows) {
    EXPECT_EQ(PageCount::Ceil(row.bytes), PageCount(row.pages)) << row.bytes;
  }
}

TEST(UnitsTest, PageCountsAddSubtractAndCompare) {
  PageCount pages(3);
  pages += PageCount(4);
  EXPECT_EQ(pages, PageCount(7));
  pages -= PageCount(2);
  EXPECT_EQ(pages.raw(), 5u);
  EXPECT_EQ(pages.bytes(), 20480u);
  EXPECT_EQ(pages + PageCount(1), PageCount(6));
  EXPECT_EQ(pages - PageCount(5), PageCount());
  EXPECT_LT(pages, PageCount(6));
}

TEST(UnitsTest, PageCountsAreNoIntegers) {
  static_assert(!std::is_convertible_v<int, PageCount>);
  static_assert(!std::is_convertible_v<PageCount, uint64_t>);
  static_assert(!std::is_convertible_v<int, ClassIndex>);
}

TEST(UnitsTest, AlignUpGoesToTheNextMultiple) {
  const struct {
    uintptr_t value;
    size_t alignment;
    uintptr_t aligned;
  } kRows[] = {
      {0, 16, 0},         {1, 16, 16},
      {16, 16, 16},       {17, 1, 17},
      {4097, 4096, 8192}, {0x7fff00000001, size_t{1} << 30, 0x7fff40000000}};
  for (const auto& row : kRows) {
    EXPECT_EQ(AlignUp(row.value, row.alignment), row.aligned) << row.value;
  }
}

TEST(UnitsTest, PageBaseIsTheStartOfThePage) {
  EXPECT_EQ(PageBase(0), 0u);
  EXPECT_EQ(PageBase(4095), 0u);
  EXPECT_EQ(PageBase(4096), 4096u);
  EXPECT_EQ(PageBase(0x7fff12345678), 0x7fff12345000u);
}

TEST(UnitsTest, ZeroIsNoPowerOfTwo) {
  EXPECT_FALSE(IsPowerOfTwo(0));
  EXPECT_TRUE(IsPowerOfTwo(1));
  EXPECT_TRUE(IsPowerOfTwo(size_t{1} << 63));
  EXPECT_FALSE(IsPowerOfTwo(3));
  EXPECT_FALSE(IsPowerOfTwo(SIZE_MAX));
}

}  // namespace
}  // namespace acre::allocator
