// The demo as a whole, on four packages and for a fraction of a second.
#include "tools/demo_app/demo.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace acre::demo {
namespace {

struct Outcome {
  int exit_status;
  std::string out;
  std::string err;
};

Outcome OutcomeOf(const Options& options, const std::atomic<bool>& stop) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit_status = RunDemo(options, stop);
  std::fflush(nullptr);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

Outcome OutcomeOf(const Options& options) {
  const std::atomic<bool> never{false};
  return OutcomeOf(options, never);
}

Options Brief() {
  Options options;
  options.tenants = 3;
  options.workers = 2;
  options.has_seconds = true;
  options.seconds = 0.5;
  options.limit_bytes = 2 << 20;
  options.data = "tools/demo_app/testdata/status";
  options.socket = false;
  return options;
}

std::string FileWith(const std::string& text) {
  const char* folder = std::getenv("TEST_TMPDIR");
  std::string path =
      std::string(folder != nullptr ? folder : ".") + "/broken_status";
  std::ofstream(path) << text;
  return path;
}

TEST(DemoTest, OnlyTheGreedyTenantsQueriesFail) {
  Options options = Brief();
  options.json = true;
  const Outcome outcome = OutcomeOf(options);
  EXPECT_EQ(outcome.exit_status, kSuccess) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["adds_up"], true);
  ASSERT_EQ(json["tenants"].size(), 3u);
  for (const auto& tenant : json["tenants"]) {
    if (!tenant["greedy"]) {
      EXPECT_EQ(tenant["failed"], 0) << tenant;
      EXPECT_EQ(tenant["refusals"], 0) << tenant;
    }
    EXPECT_GT(tenant["allocated"], 100000);
    EXPECT_LE(tenant["p50_us"], tenant["p99_us"]);
  }
  EXPECT_LE(json["tenants"][0]["charged"], options.limit_bytes);
  EXPECT_LT(json["after_destroy"]["resident"], json["total"]["charged"]);
}

TEST(DemoTest, TheTextTellsTheSameStory) {
  const Outcome outcome = OutcomeOf(Brief());
  EXPECT_EQ(outcome.exit_status, kSuccess) << outcome.err;
  for (const char* part : {"3 tenants with 4 packages each", "queries/s",
                           "adds up", " of the greedy tenant, 0 of others",
                           "the last refusal: arena \"tenant-0\": hard limit ",
                           "after all tenants were destroyed"}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n"
                                                         << outcome.out;
  }
}

TEST(DemoTest, ServesUntilStopped) {
  Options options = Brief();
  options.serve = true;
  options.seconds = 0.1;
  std::atomic<bool> stop{false};
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    stop = true;
  });
  const Outcome outcome = OutcomeOf(options, stop);
  stopper.join();
  EXPECT_EQ(outcome.exit_status, kSuccess) << outcome.err;
  EXPECT_NE(outcome.out.find("no more queries"), std::string::npos);
}

TEST(DemoTest, AMissingFileIsBadInput) {
  Options options = Brief();
  options.data = "no/such/file";
  const Outcome outcome = OutcomeOf(options);
  EXPECT_EQ(outcome.exit_status, kBadInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "acre_demo: no/such/file: No such file or directory\n");
}

TEST(DemoTest, ABrokenFileIsBadInputWithLineAndOffset) {
  Options options = Brief();
  options.data = FileWith("Package: a\nDepends: b (>= 1\n");
  const Outcome outcome = OutcomeOf(options);
  EXPECT_EQ(outcome.exit_status, kBadInput);
  EXPECT_EQ(outcome.err,
            "acre_demo: " + options.data +
                ": line 2, offset 22: Depends: '(' is never closed\n");
}

TEST(DemoTest, ALimitThatTheDatabaseExceedsIsBadInput) {
  Options options = Brief();
  options.limit_bytes = 256 << 10;
  const Outcome outcome = OutcomeOf(options);
  EXPECT_EQ(outcome.exit_status, kBadInput);
  for (const char* part : {"tenant \"tenant-0\": loading 4 packages",
                           "arena \"tenant-0\": hard limit 256 KiB, charged"}) {
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace acre::demo
