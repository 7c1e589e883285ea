#include "allocator/base/check.h"

#include <csignal>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(CheckTest, AConditionThatHoldsIsEvaluatedOnceAndPasses) {
  int evaluated = 0;
  ACRE_CHECK(++evaluated > 0);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckTest, DebugChecksEvaluateNothingInReleaseBuilds) {
  int evaluated = 0;
  ACRE_DCHECK(++evaluated > 0);
#if !defined(NDEBUG) || defined(ACRE_CHECKED)
  EXPECT_EQ(evaluated, 1);
#else
  EXPECT_EQ(evaluated, 0);
#endif
}

TEST(CheckDeathTest, AFailedCheckNamesItsPlaceAndConditionAndAborts) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(ACRE_CHECK(1 + 1 == 3), testing::KilledBySignal(SIGABRT),
              "acre: check failed at .*check_test.cc:[0-9]+: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace acre::allocator
