#include "tools/console_app/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace acre::console {
namespace {

using ::testing::HasSubstr;

TEST(ParseInfo, ReadsWhatAProcessSaysOfItself) {
  const auto info = ParseInfo(
      R"({"name":"demo","pid":42,"version":"0.1.0","uptime_seconds":1.5,)"
      R"("writes_allowed":true,"arenas":3})");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->name, "demo");
  EXPECT_EQ(info->pid, 42);
  EXPECT_EQ(info->version, "0.1.0");
  EXPECT_EQ(info->uptime_seconds, 1.5);
  EXPECT_TRUE(info->writes_allowed);
  EXPECT_EQ(info->arenas, 3u);
}

TEST(ParseService, ReadsServiceGovernorAndProviders) {
  const auto reading = ParseService(
      R"({"pid":42,"read_at":"now","service":{"charged":7,"pressures":2},)"
      R"("governor":{"running":true,"visits":9},)"
      R"("providers":[{"name":"mmap","mapped":4096,"failures":1,)"
      R"("calls_of":{"allocate":3},"failures_of":{"allocate":1}},{}]})");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->stamp.read_at, "now");
  EXPECT_EQ(reading->service.charged, 7u);
  EXPECT_EQ(reading->service.pressures, 2u);
  EXPECT_TRUE(reading->service.governor.running);
  EXPECT_EQ(reading->service.governor.visits, 9u);
  ASSERT_EQ(reading->providers.size(), 2u);
  EXPECT_STREQ(reading->providers[0].name, "mmap");
  EXPECT_EQ(reading->providers[0].mapped, 4096u);
  EXPECT_EQ(reading->providers[0].calls_of.allocate, 3u);
  EXPECT_EQ(reading->providers[0].failures_of.allocate, 1u);
  EXPECT_EQ(reading->providers[1].calls_of.allocate, 0u);
}

TEST(ParseService, AProcessThatSaysNothingOfItIsAnError) {
  for (const char* json : {R"({"pid":42})", R"({"service":{},"governor":{}})",
                           R"({"service":{},"governor":3,"providers":[]})",
                           R"({"service":{},"governor":{},"providers":[3]})"}) {
    EXPECT_TRUE(absl::IsInternal(ParseService(json).status())) << json;
  }
}

TEST(ParseListing, ReadsRowsAndTotal) {
  const auto listing = ParseListing(
      R"({"read_at":"now","read_cost_us":2.5,"arena_count":2,"offset":0,)"
      R"("arenas":[{"name":"a","index":1,"generation":7,"charged":100}],)"
      R"("total":{"charged":300,"refusals":2}})");
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(listing->stamp.read_at, "now");
  EXPECT_EQ(listing->stamp.cost_us, 2.5);
  EXPECT_EQ(listing->arena_count, 2u);
  ASSERT_EQ(listing->arenas.size(), 1u);
  EXPECT_STREQ(listing->arenas[0].name, "a");
  EXPECT_EQ(listing->arenas[0].index, 1u);
  EXPECT_EQ(listing->arenas[0].generation, 7u);
  EXPECT_EQ(listing->arenas[0].charged, 100u);
  EXPECT_EQ(listing->total.charged, 300u);
  EXPECT_EQ(listing->total.refusals, 2u);
}

TEST(ParseArena, FiguresOfOtherVersionsAreIgnoredAndMissingOnesZero) {
  const auto reading = ParseArena(
      R"({"arena":{"name":"a","charged":-5,"allocated":"x","new_figure":1}})");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->arena.charged, 0u);
  EXPECT_EQ(reading->arena.allocated, 0u);
}

TEST(ParseArena, NamesLongerThanAnArenasAreCut) {
  const auto reading =
      ParseArena(R"({"arena":{"name":")" + std::string(500, 'x') + R"("}})");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(std::string(reading->arena.name), std::string(63, 'x'));
}

TEST(ParseBins, ReadsEachClass) {
  const auto reading = ParseBins(
      R"({"arena":"a","bins":[{"size":8,"slabs":1},{"size":16,"slabs":2}]})");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->arena, "a");
  ASSERT_EQ(reading->bins.size(), 2u);
  EXPECT_EQ(reading->bins[1].size, 16u);
  EXPECT_EQ(reading->bins[1].slabs, 2u);
}

TEST(Parsing, WhatIsNoAnswerIsAnErrorThatNamesThePart) {
  for (const char* json :
       {"", "null", "[]", "{", "\xFF", R"({"arenas":3})",
        R"({"arenas":[3],"total":{}})", R"({"arenas":[]})",
        R"({"arenas":[],"total":3})", R"({"bins":{}})", R"({"bins":[1]})",
        R"({"arena":[]})", R"({"before":{}})", R"({"pid":"x"})"}) {
    EXPECT_TRUE(absl::IsInternal(ParseInfo(json).status())) << json;
    EXPECT_TRUE(absl::IsInternal(ParseService(json).status())) << json;
    EXPECT_TRUE(absl::IsInternal(ParseListing(json).status())) << json;
    EXPECT_TRUE(absl::IsInternal(ParseArena(json).status())) << json;
    EXPECT_TRUE(absl::IsInternal(ParseBins(json).status())) << json;
    EXPECT_TRUE(absl::IsInternal(ParsePurge(json).status())) << json;
  }
  EXPECT_THAT(std::string(ParsePurge(R"({"before":{}})").status().message()),
              HasSubstr("\"after\""));
}

}  // namespace
}  // namespace acre::console
