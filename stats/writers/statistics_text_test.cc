#include "stats/writers/statistics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::stats {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class StatisticsTextTest : public allocator::DomainTest {
 protected:
  allocator::Arena* Hold(std::string_view name, size_t bytes) {
    allocator::Arena* arena = NewArena();
    arena->SetName(name);
    EXPECT_NE(arena->Allocate(bytes), nullptr);
    return arena;
  }

  std::string Written(const DocumentParts& parts = {}) {
    StatisticsText document(*domain_, "engine", parts);
    std::string text;
    EXPECT_TRUE(WriteTo(
        &document,
        [](void* context, std::string_view part) {
          static_cast<std::string*>(context)->append(part);
          return true;
        },
        &text));
    return text;
  }
};

TEST_F(StatisticsTextTest, HasTheSectionsThatPeopleKnow) {
  Hold("tenant-7", 5000);
  Hold("tenant-8", 1 << 20);
  const std::string text = Written();
  EXPECT_THAT(text, StartsWith("___ Begin acre statistics ___\nVersion: \""));
  EXPECT_THAT(text, EndsWith("\n--- End acre statistics ---\n"));
  EXPECT_THAT(text, HasSubstr("\nBuild-time option settings\n  config."));
  EXPECT_THAT(text, HasSubstr("\n  config.stats: true\n"));
  EXPECT_THAT(text, HasSubstr("\nRun-time option settings\n  opt."));
  EXPECT_THAT(text, HasSubstr("\n  opt.thp: \"default\"\n"));
  EXPECT_THAT(text, HasSubstr("\nArenas: 2\nPage size: 4096\n"));
  EXPECT_THAT(text,
              ContainsRegex("\nAllocated: [0-9]+, active: [0-9]+, metadata: "
                            "[0-9]+, resident: [0-9]+, mapped: [0-9]+, "
                            "retained: [0-9]+\n"));
  EXPECT_THAT(text, HasSubstr("\nBackground threads: "));
  EXPECT_THAT(text, HasSubstr("\nProvider \"mmap\": mapped: "));
  EXPECT_THAT(text, HasSubstr("\nMerged arenas stats:\n"));
  EXPECT_THAT(text, HasSubstr("\narenas[0]:\nname: \"tenant-7\""));
  EXPECT_THAT(text, HasSubstr("\narenas[1]:\nname: \"tenant-8\""));
}

TEST_F(StatisticsTextTest, ShowsWhatTheStatisticsSay) {
  allocator::Arena* arena = Hold("tenant-7", 5000);
  ASSERT_NE(arena->Allocate(100), nullptr);
  ArenaStatistics one;
  ReadArena(*arena, &one);
  const std::string text = Written({.arenas = true});
  EXPECT_THAT(text, ContainsRegex("\nallocated: +" +
                                  std::to_string(one.allocated) + "\n"));
  EXPECT_THAT(text,
              ContainsRegex("\nactive: +" + std::to_string(one.active) + "\n"));
  EXPECT_THAT(text, ContainsRegex("\nsmall: +5232 +2 +0 +"));
  EXPECT_THAT(text, ContainsRegex("\n +---\n +112 +7 +112 +1 +0 +1 +1 +0\\."));
  EXPECT_THAT(text,
              ContainsRegex("\n +---\n +5120 +[0-9]+ +5120 +1 +0 +1 +1 "));
}

TEST_F(StatisticsTextTest, LargeClassesHaveATable) {
  Hold("tenant-7", 1 << 20);
  EXPECT_THAT(Written(), ContainsRegex("\nlarge: +size +ind +allocated [^\n]*"
                                       "\n +---\n +1048576 +[0-9]+ +1048576 "
                                       "+1 +0 +1\n"));
}

TEST_F(StatisticsTextTest, LimitsAreShownOrSaidToBeNone) {
  allocator::PageFailure failure = {};
  ASSERT_NE(
      domain_->CreateArena(
          {.name = "limited", .hard_limit_bytes = uint64_t{1} << 20}, &failure),
      nullptr);
  EXPECT_THAT(Written(), HasSubstr("hard limit: 1048576, soft limit: none"));
}

TEST_F(StatisticsTextTest, PartsCanBeLeftOut) {
  Hold("a", 100);
  EXPECT_THAT(Written({.arenas = false}), Not(HasSubstr("arenas[0]")));
  EXPECT_THAT(Written({.bins = false}), Not(HasSubstr("bins:")));
  const std::string without_locks = Written({.locking = Locking::kForbidden});
  EXPECT_THAT(without_locks, Not(HasSubstr("Background threads")));
  EXPECT_THAT(without_locks, Not(HasSubstr("Provider")));
  EXPECT_THAT(without_locks, HasSubstr("arenas[0]"));
}

TEST_F(StatisticsTextTest, NamesDoNotMoveTheCursor) {
  Hold("a\x1b[2Jb", 100);
  EXPECT_THAT(Written(), HasSubstr("name: \"a\xEF\xBF\xBD[2Jb\""));
}

}  // namespace
}  // namespace acre::stats
