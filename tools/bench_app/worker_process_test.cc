#include "tools/bench_app/worker_process.h"

#include <gtest/gtest.h>

namespace acre::bench {
namespace {

using Outcome = WorkerRun::Outcome;

TEST(WorkerOutputTest, EachLineIsARow) {
  const WorkerRun run =
      ParseWorkerOutput("churn.cycle\t1.5\tus\nchurn.resident\t-2e+06\tMiB\n");
  ASSERT_EQ(run.outcome, Outcome::kMeasured) << run.error;
  ASSERT_EQ(run.values.size(), 2u);
  EXPECT_EQ(run.values[0].row, "churn.cycle");
  EXPECT_EQ(run.values[0].value, 1.5);
  EXPECT_EQ(run.values[1].value, -2e6);
}

TEST(WorkerOutputTest, SaysWhenTheSubjectCannotRunIt) {
  EXPECT_EQ(ParseWorkerOutput("unsupported\n").outcome, Outcome::kUnsupported);
}

TEST(WorkerOutputTest, AnythingElseIsAFailureThatQuotesIt) {
  EXPECT_EQ(ParseWorkerOutput("").error, "printed no row");
  EXPECT_EQ(ParseWorkerOutput("query 5\n").error,
            "printed \"query 5\", which is no row");
  EXPECT_EQ(ParseWorkerOutput("query\tfast\tns\n").error,
            "\"fast\" is no number in \"query\tfast\tns\"");
}

TEST(WorkerProcessTest, ReportsAWorkerThatDoesNotStart) {
  const WorkerRun run =
      RunWorkerProcess("/nonexistent/bench_worker_acre", "query", false);
  EXPECT_EQ(run.outcome, Outcome::kFailed);
  EXPECT_EQ(run.error,
            "cannot start /nonexistent/bench_worker_acre: No such file or "
            "directory");
}

TEST(WorkerProcessTest, ReportsAWorkerThatFails) {
  const WorkerRun run = RunWorkerProcess("/bin/false", "query", false);
  EXPECT_EQ(run.outcome, Outcome::kFailed);
  EXPECT_EQ(run.error, "exited with 1");
}

TEST(WorkerProcessTest, FindsNoWorkerWhereNoneIs) {
  EXPECT_EQ(FindWorker("/nonexistent", "acre"), "");
}

}  // namespace
}  // namespace acre::bench
