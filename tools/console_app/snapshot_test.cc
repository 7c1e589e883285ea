#include "tools/console_app/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string.h>

#include <nlohmann/json.hpp>

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Fate = ArenaChange::Fate;

constexpr uint64_t kMiB = uint64_t{1} << 20;

stats::ArenaStatistics MakeArena(const char* name, uint32_t index,
                                 uint64_t megabytes, uint64_t fills = 0) {
  stats::ArenaStatistics arena = {};
  strncpy(arena.name, name, sizeof(arena.name) - 1);
  arena.index = index;
  arena.generation = 1;
  arena.allocated = arena.active = arena.charged = megabytes * kMiB;
  arena.fills = fills;
  return arena;
}

Snapshot MakeSnapshotOf(std::vector<stats::ArenaStatistics> arenas,
                        double uptime) {
  Snapshot snapshot;
  snapshot.info = {.name = "demo",
                   .pid = 42,
                   .started_at = "then",
                   .uptime_seconds = uptime};
  for (const auto& arena : arenas) {
    stats::AddTo(arena, &snapshot.listing.total);
  }
  snapshot.listing.arena_count = arenas.size();
  snapshot.listing.arenas = std::move(arenas);
  return snapshot;
}

SnapshotDiff MustDiff(const Snapshot& a, const Snapshot& b) {
  auto diff = Diff(a, b);
  EXPECT_TRUE(diff.ok()) << diff.status();
  return diff.ok() ? *diff : SnapshotDiff();
}

TEST(Diff, TheLargestChangeComesFirst) {
  const Snapshot before = MakeSnapshotOf(
      {MakeArena("a", 1, 10), MakeArena("b", 2, 5), MakeArena("c", 3, 1)}, 10);
  const Snapshot after = MakeSnapshotOf(
      {MakeArena("a", 1, 10), MakeArena("b", 2, 1), MakeArena("c", 3, 2)}, 12);
  const SnapshotDiff diff = MustDiff(before, after);
  ASSERT_EQ(diff.arenas.size(), 3u);
  EXPECT_STREQ(diff.arenas[0].after.name, "b");
  EXPECT_STREQ(diff.arenas[1].after.name, "c");
  EXPECT_STREQ(diff.arenas[2].after.name, "a");
  EXPECT_FALSE(Changed(diff.arenas[2]));
  EXPECT_EQ(diff.seconds, 2.0);
}

TEST(Diff, ArenasComeAndGoByIncarnation) {
  stats::ArenaStatistics again = MakeArena("b", 2, 5);
  again.generation = 2;
  const Snapshot before =
      MakeSnapshotOf({MakeArena("a", 1, 10), MakeArena("b", 2, 5)}, 10);
  const Snapshot after = MakeSnapshotOf({MakeArena("a", 1, 10), again}, 12);
  const SnapshotDiff diff = MustDiff(before, after);
  ASSERT_EQ(diff.arenas.size(), 3u);
  EXPECT_EQ(diff.arenas[0].fate, Fate::kCame);
  EXPECT_EQ(diff.arenas[1].fate, Fate::kGone);
  EXPECT_EQ(diff.arenas[2].fate, Fate::kStayed);
  const std::string text = RenderDiff(before, after, diff, std::nullopt, {});
  EXPECT_THAT(text,
              AllOf(HasSubstr("came"), HasSubstr("gone"), HasSubstr("-5.0 MiB"),
                    HasSubstr("2 arenas changed, 1 did not; 1 came, 1 went")));
}

TEST(Diff, OfTwoProcessesGoesByName) {
  Snapshot before = MakeSnapshotOf({MakeArena("a", 1, 10)}, 100);
  before.info.pid = 41;
  const Snapshot after = MakeSnapshotOf({MakeArena("a", 9, 12)}, 10);
  const SnapshotDiff diff = MustDiff(before, after);
  EXPECT_FALSE(diff.seconds.has_value());
  ASSERT_EQ(diff.arenas.size(), 1u);
  EXPECT_EQ(diff.arenas[0].fate, Fate::kStayed);
  EXPECT_THAT(RenderDiff(before, after, diff, std::nullopt, {}),
              AllOf(HasSubstr("Two processes"), HasSubstr("+2.0 MiB"),
                    Not(HasSubstr("FILLS/S"))));
}

TEST(Diff, BackwardsIsAnError) {
  const auto diff = Diff(MakeSnapshotOf({}, 12), MakeSnapshotOf({}, 10));
  EXPECT_TRUE(absl::IsInvalidArgument(diff.status()));
  EXPECT_THAT(diff.status().ToString(), HasSubstr("older one first"));
}

TEST(Diff, RatesArePerSecond) {
  const Snapshot before = MakeSnapshotOf({MakeArena("a", 1, 10, 100)}, 10);
  const Snapshot after = MakeSnapshotOf({MakeArena("a", 1, 10, 150)}, 14);
  const SnapshotDiff diff = MustDiff(before, after);
  EXPECT_THAT(RenderDiff(before, after, diff, std::nullopt, {}),
              HasSubstr("12.5"));
  const auto json = nlohmann::json::parse(DiffAsJson(diff, std::nullopt));
  EXPECT_EQ(json["seconds"], 4.0);
  EXPECT_EQ(json["arenas"][0]["per_second"]["fills"], 12.5);
  EXPECT_EQ(json["arenas"][0]["change"]["fills"], 50);
  EXPECT_EQ(json["arenas"][0]["fate"], "stayed");
}

TEST(Diff, LimitsItsRowsAndKeepsItsTotal) {
  const Snapshot before = MakeSnapshotOf({}, 1);
  const Snapshot after =
      MakeSnapshotOf({MakeArena("aa", 1, 10), MakeArena("bb", 2, 5)}, 2);
  const SnapshotDiff diff = MustDiff(before, after);
  const std::string text = RenderDiff(before, after, diff, 1, {});
  EXPECT_THAT(text, AllOf(HasSubstr("aa"), Not(HasSubstr("bb")),
                          HasSubstr("+15.0 MiB")));
  const auto json = nlohmann::json::parse(DiffAsJson(diff, 1));
  EXPECT_EQ(json["arenas"].size(), 1u);
}

TEST(ParseSnapshot, ReadsWhatMakeSnapshotMade) {
  const auto snapshot = ParseSnapshot(MakeSnapshot(
      R"({"pid":42,"started_at":"then","uptime_seconds":3})",
      R"({"arena_count":1,"arenas":[{"name":"a","charged":7}],"total":{}})"));
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->info.started_at, "then");
  EXPECT_EQ(snapshot->listing.arenas[0].charged, 7u);
}

TEST(ParseSnapshot, SaysWhatIsWrongWithOtherFiles) {
  const auto why = [](std::string_view text) {
    const auto snapshot = ParseSnapshot(text);
    EXPECT_TRUE(absl::IsInvalidArgument(snapshot.status())) << text;
    return snapshot.status().ToString();
  };
  EXPECT_THAT(why(""), HasSubstr("empty"));
  EXPECT_THAT(why("hello"), HasSubstr("no whole JSON"));
  EXPECT_THAT(why(R"({"acre_snapshot":1,"info":{"pid":)"),
              HasSubstr("no whole JSON"));
  EXPECT_THAT(why("[]"), HasSubstr("snapshot save"));
  EXPECT_THAT(why("{}"), HasSubstr("snapshot save"));
  EXPECT_THAT(why(R"({"acre_snapshot":2})"), HasSubstr("version 2"));
  EXPECT_THAT(why(R"({"acre_snapshot":1})"), HasSubstr("no \"info\""));
  EXPECT_THAT(why(R"({"acre_snapshot":1,"info":{"pid":3}})"),
              HasSubstr("no \"arenas\""));
  EXPECT_THAT(why(R"({"acre_snapshot":1,"info":3,"arenas":[]})"),
              HasSubstr("no JSON object"));
}

}  // namespace
}  // namespace acre::console
