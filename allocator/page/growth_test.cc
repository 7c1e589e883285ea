#include "allocator/page/growth.h"

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(GrowthTest, AnArenaAsksForAsMuchAsItHoldsWithinBounds) {
  const struct {
    uint64_t held;
    uint64_t needed;
    uint64_t next;
  } kRows[] = {
      {0, 1, 16},        {16, 1, 16},         {17, 1, 17},
      {100, 40, 100},    {100, 101, 101},     {8192, 1, 8192},
      {100000, 1, 8192}, {0, 100000, 100000}, {8000, 8001, 8001},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(NextArenaGrowth(PageCount(row.held), PageCount(row.needed)),
              PageCount(row.next))
        << row.held << " held, " << row.needed << " needed";
  }
}

TEST(GrowthTest, StepsToAGibibyteAreFew) {
  PageCount held;
  int steps = 0;
  for (; held.bytes() < size_t{1} << 30; ++steps) {
    held += NextArenaGrowth(held, PageCount(1));
  }
  EXPECT_LE(steps, 42);  // 10 doublings to 32 MiB, then 32 MiB at a time.
}

}  // namespace
}  // namespace acre::allocator
