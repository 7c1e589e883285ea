#include "tools/console_app/overview_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string.h>

#include <sstream>

namespace acre::console {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kMiB = uint64_t{1} << 20;

ArenaListing MakeListing() {
  ArenaListing listing;
  listing.stamp = {.read_at = "now", .cost_us = 10};
  listing.arena_count = 1;
  stats::ArenaStatistics arena = {};
  strncpy(arena.name, "tenant-1", sizeof(arena.name) - 1);
  arena.generation = 1;
  arena.allocated = 10 * kMiB + 51'000;
  arena.cached = kMiB + 51'000;
  arena.slack = 51'000;
  arena.active = arena.allocated + arena.cached + arena.slack;
  arena.dirty = 3 * kMiB + 51'000;
  arena.metadata = 51'000;
  arena.charged = arena.active + arena.dirty + arena.metadata;
  listing.arenas = {arena};
  stats::AddTo(arena, &listing.total);
  return listing;
}

ServiceReading MakeService(const ArenaListing& listing) {
  ServiceReading reading;
  reading.stamp = {.read_at = "before", .cost_us = 5};
  reading.service.metadata = listing.total.metadata + 100'000;
  reading.service.charged = listing.total.charged;
  reading.service.governor.running = true;
  return reading;
}

const ServerInfo kInfo = {.name = "demo", .pid = 42, .arenas = 1};

// Name and figure of each line of the sum.
struct SumLine {
  char sign;
  std::string name;
  double figure;
};

std::vector<SumLine> SumLines(const std::string& text) {
  std::vector<SumLine> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    SumLine parsed = {.sign = '+', .name = "", .figure = 0};
    words >> word;
    if (word == "+" || word == "=") {
      parsed.sign = word[0];
      words >> word;
    } else if (word != "allocated") {
      continue;
    }
    parsed.name = word;
    words >> word;
    if (word == "metadata") words >> word;
    parsed.figure = std::stod(word);
    lines.push_back(parsed);
  }
  return lines;
}

void ExpectAddsUp(const std::string& text) {
  const std::vector<SumLine> lines = SumLines(text);
  ASSERT_EQ(lines.size(), 10u) << text;
  double sum = 0;
  for (const SumLine& line : lines) {
    if (line.sign == '=') {
      EXPECT_NEAR(line.figure, sum, 1e-6) << line.name << "\n" << text;
    } else {
      sum += line.figure;
    }
  }
}

TEST(RenderOverview, ItsLinesAddUpAsTheyAreShown) {
  const ArenaListing listing = MakeListing();
  const ServiceReading service = MakeService(listing);
  ExpectAddsUp(RenderOverview(kInfo, service, listing, {}));
  ExpectAddsUp(
      RenderOverview(kInfo, service, listing, {.bytes = ByteStyle::kExact}));
}

TEST(RenderOverview, SaysWhenItWasReadAndWhatAllOfItCost) {
  const ArenaListing listing = MakeListing();
  EXPECT_THAT(RenderOverview(kInfo, MakeService(listing), listing, {}),
              HasSubstr("read now in 15 us"));
}

TEST(LedgerFormat, PartsAddUpToTheRoundedSum) {
  LedgerFormat format(100 * kMiB, ByteStyle::kHuman);
  EXPECT_EQ(format.unit(), "MiB");
  // 0.04 MiB each: every third or so shows.
  double shown = 0;
  for (int i = 0; i < 100; ++i) shown += std::stod(format.Add(kMiB / 25));
  EXPECT_NEAR(shown, 4.0, 1e-6);
  EXPECT_EQ(format.Sum(), "4.0");
}

TEST(LedgerFormat, TakesTheUnitOfTheWhole) {
  EXPECT_EQ(LedgerFormat(0, ByteStyle::kHuman).unit(), "KiB");
  EXPECT_EQ(LedgerFormat(999 << 10, ByteStyle::kHuman).unit(), "KiB");
  EXPECT_EQ(LedgerFormat(1001 << 10, ByteStyle::kHuman).unit(), "MiB");
  EXPECT_EQ(LedgerFormat(UINT64_MAX, ByteStyle::kHuman).unit(), "PiB");
  LedgerFormat exact(kMiB, ByteStyle::kExact);
  EXPECT_EQ(exact.unit(), "bytes");
  EXPECT_EQ(exact.Add(7), "7");
}

TEST(Warnings, AreNoneWhenAllIsWell) {
  const ArenaListing listing = MakeListing();
  EXPECT_THAT(Warnings(MakeService(listing), listing), IsEmpty());
}

TEST(Warnings, TellOfLimitsAndOfWhatTheSystemRefused) {
  ArenaListing listing = MakeListing();
  listing.arenas[0].hard_limit = listing.arenas[0].charged;
  listing.arenas[0].refusals = 3;
  listing.total.refusals = 3;
  listing.total.out_of_memory = 2;
  ServiceReading service = MakeService(listing);
  service.service.hard_limit = listing.total.charged + 1;
  service.service.governor.running = false;
  service.service.governor.scheduled = 4;
  const auto warnings = Warnings(service, listing);
  EXPECT_THAT(warnings, Contains(HasSubstr("arena \"tenant-1\" has")));
  EXPECT_THAT(warnings, Contains(HasSubstr("the system denied memory 2")));
  EXPECT_THAT(warnings, Contains(HasSubstr("denied an allocation 3 times")));
  EXPECT_THAT(warnings, Contains(HasSubstr("the service has")));
  EXPECT_THAT(warnings, Contains(HasSubstr("4 arenas due for a visit")));
}

TEST(Warnings, TellOfMetadataAndDirtyPagesOutOfProportion) {
  ArenaListing listing = MakeListing();
  listing.total.dirty = 200 * kMiB;
  listing.total.charged = 300 * kMiB;
  ServiceReading service = MakeService(listing);
  service.service.metadata = 60 * kMiB;
  const auto warnings = Warnings(service, listing);
  EXPECT_THAT(warnings, Contains(HasSubstr("are dirty")));
  EXPECT_THAT(warnings, Contains(HasSubstr("metadata takes")));
}

}  // namespace
}  // namespace acre::console
