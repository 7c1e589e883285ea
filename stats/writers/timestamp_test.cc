#include "stats/writers/timestamp.h"

#include <gtest/gtest.h>

#include <string>

namespace acre::stats {
namespace {

std::string Shown(uint64_t microseconds) {
  FixedText<64> text;
  AppendTimestamp(microseconds, &text);
  return std::string(text.view());
}

TEST(TimestampTest, ShowsTheDateAndTheMicroseconds) {
  EXPECT_EQ(Shown(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(Shown(1'709'251'199'000'007), "2024-02-29T23:59:59.000007Z");
  EXPECT_EQ(Shown(1'709'251'200'999'999), "2024-03-01T00:00:00.999999Z");
  EXPECT_EQ(Shown(4'102'444'800'000'000), "2100-01-01T00:00:00.000000Z");
}

TEST(TimestampTest, ClocksGo) {
  const uint64_t before = SteadyNanoseconds();
  EXPECT_LE(before, SteadyNanoseconds());
  EXPECT_EQ(Shown(WallMicroseconds()).substr(0, 2), "20");
}

}  // namespace
}  // namespace acre::stats
