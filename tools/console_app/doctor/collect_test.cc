#include "tools/console_app/doctor/collect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tools/console_app/doctor/diagnosis.h"

namespace acre::console::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Answers by the path; what it does not know is 404.
class Process {
 public:
  Process() {
    Set("/v1/info",
        R"({"name":"engine","pid":4242,"version":"1","started_at":"x",
            "uptime_seconds":10.5,"arenas":2,"read_cost_us":3,
            "service":{"metadata":5},"governor":{},"providers":[]})");
    Set("/v1/arenas",
        R"({"arena_count":2,"read_cost_us":4,"arenas":[
            {"name":"a b","index":1,"generation":1,"slack":9000000,
             "dirty":9000000},
            {"name":"c","index":2,"generation":1}],"total":{}})");
  }

  void Set(const std::string& path, const std::string& body) {
    bodies_[path] = body;
  }
  void Fail(const std::string& path, absl::Status status) {
    errors_[path] = std::move(status);
  }

  absl::StatusOr<Evidence> Collect() {
    return CollectEvidence(
        [this](const std::string& target) -> absl::StatusOr<std::string> {
          const std::string path = target.substr(0, target.find('?'));
          if (errors_.contains(path)) return errors_[path];
          if (!bodies_.contains(path)) return absl::NotFoundError("no such");
          return bodies_[path];
        },
        [] { return absl::OkStatus(); });
  }

 private:
  std::map<std::string, std::string> bodies_;
  std::map<std::string, absl::Status> errors_;
};

TEST(CollectTest, AnOldProcessLacksMuch) {
  Process process;
  process.Set("/v1/arenas/a%20b/bins",
              R"({"arena":"a b","bins":[{"size":8}]})");
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->attach, "--pid 4242");
  EXPECT_THAT(evidence->bins, SizeIs(1));
  EXPECT_EQ(evidence->documents, 5u);
  EXPECT_EQ(evidence->cost_us, 14);
  for (const Source source :
       {Source::kControls, Source::kTcaches, Source::kLocks, Source::kKernel,
        Source::kAddressSpace}) {
    ASSERT_TRUE(evidence->missing.contains(source));
    EXPECT_THAT(evidence->missing.at(source),
                HasSubstr("the process does not offer /v1/"));
  }
  EXPECT_FALSE(evidence->missing.contains(Source::kBins));
}

TEST(CollectTest, WhatFailsOtherwiseIsSaidInItsWords) {
  Process process;
  process.Fail("/v1/locks", absl::DeadlineExceededError("too slow"));
  process.Set("/v1/kernel", "[]");
  process.Fail("/v1/arenas/a%20b/bins", absl::InternalError("broken"));
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok());
  EXPECT_EQ(evidence->missing.at(Source::kLocks), "too slow");
  EXPECT_THAT(evidence->missing.at(Source::kKernel), HasSubstr("no JSON"));
  EXPECT_EQ(evidence->missing.at(Source::kBins), "broken");
}

TEST(CollectTest, AnArenaMayBeGoneBeforeItsDetailsAreAskedFor) {
  Process process;
  process.Set("/v1/ctl/opt.dirty_decay_ms", R"({"value":2000})");
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok());
  EXPECT_FALSE(evidence->missing.contains(Source::kBins));
  EXPECT_FALSE(evidence->missing.contains(Source::kControls));
  EXPECT_THAT(evidence->bins, SizeIs(0));
  EXPECT_THAT(evidence->settings, SizeIs(0));
}

TEST(CollectTest, ReadsSettingsOfArenasWithUnusedMemory) {
  Process process;
  process.Set("/v1/ctl/opt.dirty_decay_ms", R"({"value":2000})");
  process.Set("/v1/ctl/arena.%22a%20b%22.dirty_decay_ms", R"({"value":-1})");
  process.Set("/v1/ctl/arena.%22a%20b%22.muzzy_decay_ms", R"({"value":0})");
  process.Set("/v1/ctl/stats.metadata_of.bins", R"({"value":7})");
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok());
  ASSERT_THAT(evidence->settings, SizeIs(1));
  EXPECT_EQ(evidence->settings[0].name, "a b");
  EXPECT_EQ(evidence->settings[0].dirty_decay_ms, -1);
  ASSERT_THAT(evidence->metadata_kinds, SizeIs(1));
  EXPECT_EQ(evidence->metadata_kinds[0].bytes, 7u);
}

TEST(CollectTest, SettingsThatCannotBeReadAreMissing) {
  Process process;
  process.Set("/v1/ctl/opt.dirty_decay_ms", R"({"value":2000})");
  process.Fail("/v1/ctl/arena.%22a%20b%22.dirty_decay_ms",
               absl::DeadlineExceededError("too slow"));
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok());
  EXPECT_EQ(evidence->missing.at(Source::kControls), "too slow");
}

TEST(CollectTest, DetailsAreOfTheLargestOnly) {
  Process process;
  std::string arenas;
  for (int i = 0; i < 100; ++i) {
    arenas += fmt::format(
        R"({}{{"name":"t{}","index":{},"generation":1,"slack":9000000}})",
        i == 0 ? "" : ",", i, i);
  }
  process.Set("/v1/arenas",
              fmt::format(R"({{"arena_count":150,"arenas":[{}],"total":{{}}}})",
                          arenas));
  const auto evidence = process.Collect();
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  ASSERT_THAT(evidence->left_out, SizeIs(2));
  EXPECT_THAT(evidence->left_out[0], HasSubstr("the 50 smallest arenas"));
  EXPECT_THAT(evidence->left_out[1], HasSubstr("bins of 68 arenas"));
}

TEST(CollectTest, HostileDocumentsAreNotTrusted) {
  Process process;
  for (const char* body :
       {"", "null", "{}", R"({"locks":7,"tcaches":{"a":1},"value":"x"})",
        R"({"locks":[1,null,{"wait_seconds":"x"}],"tcaches":[[]],
            "process":[],"service":1,"arenas":[{}],"value":-1})"}) {
    for (const char* path :
         {"/v1/locks", "/v1/tcaches", "/v1/kernel",
          "/v1/ctl/opt.dirty_decay_ms", "/v1/ctl/stats.metadata_of.bins",
          "/v1/ctl/stats.process.virtual_memory"}) {
      process.Set(path, body);
    }
    const auto evidence = process.Collect();
    ASSERT_TRUE(evidence.ok()) << evidence.status();
    const Diagnosis diagnosis = Diagnose(*evidence, {});
    EXPECT_THAT(diagnosis.findings, SizeIs(0)) << body;
  }
}

TEST(CollectTest, WithoutTheBasicsThereIsNoDiagnosis) {
  Process process;
  process.Fail("/v1/info", absl::UnavailableError("went away"));
  EXPECT_EQ(process.Collect().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace acre::console::doctor
