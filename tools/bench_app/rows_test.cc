#include "tools/bench_app/rows.h"

#include <gtest/gtest.h>

#include <set>

namespace acre::bench {
namespace {

TEST(RowsTest, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Row& row : Rows()) EXPECT_TRUE(names.insert(row.name).second);
}

TEST(RowsTest, EveryTargetIsAPositiveBound) {
  for (const Row& row : Rows()) {
    for (const Target& target : row.targets) {
      EXPECT_GT(target.bound, 0) << row.name;
    }
  }
}

TEST(RowsTest, WorkloadIsTheNameUpToTheDot) {
  EXPECT_EQ(WorkloadOf("churn.cycle"), "churn");
  EXPECT_EQ(WorkloadOf("pair/64B"), "pair/64B");
}

TEST(RowsTest, PlainPatternIsPartOfAName) {
  EXPECT_TRUE(Matches("pair/64B", "64B"));
  EXPECT_FALSE(Matches("pair/64B", "128B"));
}

TEST(RowsTest, ShellPatternMatchesTheWholeName) {
  EXPECT_TRUE(Matches("pair/64B", "pair/*"));
  EXPECT_TRUE(Matches("query", "quer?"));
  EXPECT_FALSE(Matches("pair_inline/64B", "pair/*"));
}

}  // namespace
}  // namespace acre::bench
