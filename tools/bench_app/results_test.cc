#include "tools/bench_app/results.h"

#include <gtest/gtest.h>

#include "tools/bench_app/report.h"

namespace acre::bench {
namespace {

const Row kTime = {"query", "ns", Better::kLower, {{Against::kJemalloc, 0.1}}};
const Row kRate = {
    "large.rate", "k/s", Better::kHigher, {{Against::kBestPeer, 1.1}}};
const Row kGrowth = {"churn.metadata_growth",
                     "B/cycle",
                     Better::kLower,
                     {{Against::kNumber, 1}}};

TEST(ResultsTest, MedianIsThatOfTheRepetitions) {
  Results results;
  for (double value : {9.0, 1.0, 2.0}) results.Add("query", "acre", value);
  EXPECT_EQ(results.MedianOf("query", "acre"), 2.0);
  results.Add("query", "acre", 4.0);
  EXPECT_EQ(results.MedianOf("query", "acre"), 3.0);
  EXPECT_EQ(results.MedianOf("query", "glibc"), std::nullopt);
}

TEST(ResultsTest, TargetAgainstAPeerIsMetAtItsShareOfThePeersMedian) {
  Results results;
  results.Add("query", "jemalloc", 1000);
  results.Add("query", "acre", 100);
  const auto verdict = Judge(kTime, kTime.targets[0], results);
  ASSERT_TRUE(verdict);
  EXPECT_DOUBLE_EQ(verdict->limit, 100);
  EXPECT_DOUBLE_EQ(verdict->missed, 1);
}

TEST(ResultsTest, MissIsTheFactorBeyondTheLimit) {
  Results results;
  results.Add("query", "jemalloc", 1000);
  results.Add("query", "acre", 150);
  EXPECT_DOUBLE_EQ(Judge(kTime, kTime.targets[0], results)->missed, 1.5);
}

TEST(ResultsTest, BestPeerOfARateIsTheFastest) {
  Results results;
  results.Add("large.rate", "jemalloc", 20);
  results.Add("large.rate", "glibc", 30);
  results.Add("large.rate", "acre", 22);
  const auto verdict = Judge(kRate, kRate.targets[0], results);
  ASSERT_TRUE(verdict);
  EXPECT_DOUBLE_EQ(verdict->limit, 33);
  EXPECT_DOUBLE_EQ(verdict->missed, 1.5);
}

TEST(ResultsTest, ShrinkingMeetsATargetOfNoGrowth) {
  Results results;
  results.Add("churn.metadata_growth", "acre", -3);
  EXPECT_DOUBLE_EQ(Judge(kGrowth, kGrowth.targets[0], results)->missed, 1);
}

TEST(ResultsTest, WithoutThePeersValueThereIsNoVerdict) {
  Results results;
  results.Add("query", "acre", 150);
  EXPECT_FALSE(Judge(kTime, kTime.targets[0], results));
}

TEST(ReportTest, TableShowsRatiosVerdictsAndWhatIsMissing) {
  Results results;
  results.Add("query", "jemalloc", 1000);
  results.Add("query", "acre", 150);
  EXPECT_EQ(
      FormatTable({&kTime}, {"acre", "jemalloc", "glibc"}, results),
      "row    unit  acre      jemalloc  glibc  target            verdict\n"
      "query  ns     150  1000 (0.15x)      -  <= 0.1x jemalloc  missed "
      "by 1.50x\n"
      "(in parentheses: acre's value divided by that peer's)\n");
}

TEST(ReportTest, JsonHasOneObjectPerValue) {
  Results results;
  results.Add("query", "jemalloc", 1000);
  results.Add("query", "acre", 150.5);
  EXPECT_EQ(
      FormatJson({&kTime}, {"acre", "jemalloc", "glibc"}, results),
      "[\n"
      R"(  {"row": "query", "subject": "acre", "value": 150.5, "unit": "ns"},)"
      "\n"
      R"(  {"row": "query", "subject": "jemalloc", "value": 1000, "unit": "ns"})"
      "\n]\n");
}

TEST(ReportTest, JsonOfNothingIsAnEmptyArray) {
  EXPECT_EQ(FormatJson({&kTime}, {"acre"}, Results()), "[\n\n]\n");
}

}  // namespace
}  // namespace acre::bench
