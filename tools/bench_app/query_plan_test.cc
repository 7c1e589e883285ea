#include "tools/bench_app/query_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace acre::bench {
namespace {

TEST(QueryPlanTest, FreesEachAllocationExactlyOnce) {
  const QueryPlan plan;
  std::set<uint16_t> freed(plan.early.begin(), plan.early.end());
  freed.insert(plan.late.begin(), plan.late.end());
  EXPECT_EQ(freed.size(), QueryPlan::kTotal);
  EXPECT_EQ(*freed.rbegin(), QueryPlan::kTotal - 1);
}

TEST(QueryPlanTest, EarlyFreesAreOfWhatWasAllocatedFirst) {
  const QueryPlan plan;
  for (uint16_t index : plan.early) EXPECT_LT(index, QueryPlan::kFirst);
}

TEST(QueryPlanTest, SizesAreLogUniformInTheirRange) {
  const QueryPlan plan;
  size_t below_the_geometric_mean = 0;
  for (uint32_t size : plan.sizes) {
    EXPECT_GE(size, QueryPlan::kMinBytes);
    EXPECT_LE(size, QueryPlan::kMaxBytes);
    if (size < 362) ++below_the_geometric_mean;
  }
  EXPECT_NEAR(below_the_geometric_mean, QueryPlan::kTotal / 2.0, 60);
}

TEST(QueryPlanTest, IsTheSameEveryTime) {
  const QueryPlan one;
  const QueryPlan other;
  EXPECT_EQ(one.sizes, other.sizes);
  EXPECT_EQ(one.early, other.early);
}

}  // namespace
}  // namespace acre::bench
