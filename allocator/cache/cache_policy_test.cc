#include "allocator/cache/cache_policy.h"

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

ClassIndex At(size_t c) { return ClassIndex{static_cast<uint8_t>(c)}; }

TEST(CachePolicyTest, OneCacheHoldsAMebibyteOfAClassAnd255RegionsAtMost) {
  const struct {
    size_t size;
    size_t most;
  } kRows[] = {{8, 255},    {64, 255},   {4096, 255}, {5120, 204}, {14336, 73},
               {16384, 64}, {262144, 4}, {917504, 1}, {1 << 20, 1}};
  for (const auto& row : kRows) {
    EXPECT_EQ(MostCapacity(ClassOf(row.size)), row.most) << row.size;
  }
}

TEST(CachePolicyTest, CapacitiesStartSmallAndGrowByHalf) {
  const struct {
    size_t size;
    size_t capacity;
    size_t next;
  } kRows[] = {{64, 0, 7},     {64, 7, 11},   {64, 100, 150},  {64, 200, 255},
               {64, 255, 255}, {14336, 0, 7}, {14336, 60, 73}, {16384, 0, 1},
               {16384, 1, 2},  {16384, 2, 3}, {16384, 60, 64}, {1 << 20, 0, 1},
               {1 << 20, 1, 1}};
  for (const auto& row : kRows) {
    EXPECT_EQ(NextCapacity(ClassOf(row.size), row.capacity), row.next)
        << row.size << " with " << row.capacity;
  }
}

TEST(CachePolicyTest, ACapacityGrowsUntilItIsTheMost) {
  for (size_t c = 0; c < kCachedClasses; ++c) {
    size_t steps = 0;
    for (size_t capacity = 0; capacity < MostCapacity(At(c)); ++steps) {
      const size_t next = NextCapacity(At(c), capacity);
      ASSERT_GT(next, capacity) << "class " << c;
      ASSERT_LE(next, MostCapacity(At(c)));
      capacity = next;
    }
    EXPECT_LE(steps, 12u) << "class " << c;
  }
}

TEST(CachePolicyTest, FirstFillsTouchAFewKibibytesAtMost) {
  for (size_t c = 0; c < kSmallClasses; ++c) {
    const size_t fill = FirstFill(At(c));
    EXPECT_GE(fill, 1u);
    if (fill > 1) {
      EXPECT_LE(fill * ClassSize(At(c)), 4096u) << "class " << c;
    }
  }
  EXPECT_EQ(FirstFill(ClassOf(8)), 4u);
}

TEST(CachePolicyTest, FillsDoubleUpToHalfTheCapacity) {
  const struct {
    size_t fill;
    size_t capacity;
    size_t next;
  } kRows[] = {{4, 255, 8}, {64, 255, 127}, {127, 255, 127}, {1, 2, 1},
               {4, 7, 3},   {1, 1, 1},      {1, 0, 1}};
  for (const auto& row : kRows) {
    const size_t next = NextFill(row.fill, row.capacity);
    EXPECT_EQ(next, row.next) << row.fill << " of " << row.capacity;
  }
}

TEST(CachePolicyTest, SlotsHoldTheCapacityAndTheGuard) {
  EXPECT_EQ(SlotShiftFor(0), kLeastSlotShift);
  EXPECT_EQ(SlotShiftFor(7), 3);
  EXPECT_EQ(SlotShiftFor(8), 4);
  EXPECT_EQ(SlotShiftFor(15), 4);
  EXPECT_EQ(SlotShiftFor(255), kMostSlotShift);
  for (size_t c = 0; c < kCachedClasses; ++c) {
    EXPECT_LE(SlotShiftFor(MostCapacity(At(c))), kMostSlotShift);
  }
}

TEST(CachePolicyTest, AFullStackGivesBackItsOlderHalf) {
  EXPECT_EQ(FlushCount(1), 1u);
  EXPECT_EQ(FlushCount(2), 1u);
  EXPECT_EQ(FlushCount(7), 4u);
  EXPECT_EQ(FlushCount(255), 128u);
}

}  // namespace
}  // namespace acre::allocator
