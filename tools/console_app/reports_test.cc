#include "tools/console_app/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string.h>

#include <sstream>
#include <string>

#include "tools/console_app/process_reports.h"
#include "tools/console_app/service_reports.h"
#include "tools/console_app/text.h"
#include "tools/console_app/top_view.h"

namespace acre::console {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kMiB = uint64_t{1} << 20;

stats::ArenaStatistics MakeArena(const char* name, uint32_t index,
                                 uint64_t megabytes) {
  stats::ArenaStatistics arena = {};
  strncpy(arena.name, name, sizeof(arena.name) - 1);
  arena.index = index;
  arena.generation = 1;
  arena.allocated = megabytes * kMiB;
  arena.cached = kMiB;
  arena.slack = kMiB;
  arena.active = arena.allocated + arena.cached + arena.slack;
  arena.dirty = kMiB;
  arena.metadata = kMiB;
  arena.charged = arena.active + arena.dirty + arena.metadata;
  return arena;
}

ArenaListing MakeListing(const std::vector<stats::ArenaStatistics>& arenas) {
  ArenaListing listing;
  listing.stamp = {.read_at = "2026-11-20T13:45:02.000000Z", .cost_us = 38};
  listing.arena_count = arenas.size();
  listing.arenas = arenas;
  for (const stats::ArenaStatistics& arena : arenas) {
    stats::AddTo(arena, &listing.total);
  }
  return listing;
}

const ServerInfo kInfo = {.name = "demo",
                          .pid = 42,
                          .version = "0.1.0",
                          .uptime_seconds = 61,
                          .arenas = 2,
                          .writes_allowed = false};

std::string LineWith(const std::string& text, std::string_view part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "";
}

TEST(RenderArenas, ShowsTheSumInItsHeaders) {
  const std::string text = RenderArenas(
      kInfo, MakeListing({MakeArena("a", 1, 10), MakeArena("b", 2, 5)}), {});
  const std::string rule(109, '-');
  EXPECT_EQ(
      text,
      "demo (pid 42, up 1 min 1 s): 2 arenas, read "
      "2026-11-20T13:45:02.000000Z in 38 us\n"
      "\n"
      "ARENA      ALLOCATED  +CACHED   +SLACK   =ACTIVE   +DIRTY  +MUZZY  "
      "+METADATA  =CHARGED  LIMIT  USED  REFUSALS\n"
      "a           10.0 MiB  1.0 MiB  1.0 MiB  12.0 MiB  1.0 MiB     0 B    "
      "1.0 MiB  14.0 MiB      -     -         0\n"
      "b            5.0 MiB  1.0 MiB  1.0 MiB   7.0 MiB  1.0 MiB     0 B    "
      "1.0 MiB   9.0 MiB      -     -         0\n" +
          rule +
          "\n"
          "total (2)   15.0 MiB  2.0 MiB  2.0 MiB  19.0 MiB  2.0 MiB     0 B   "
          " "
          "2.0 MiB  23.0 MiB      -     -         0\n"
          "\n"
          "Rounded, 1 KiB = 1024 B; --bytes shows figures that add up to the "
          "byte.\n");
}

TEST(RenderArenas, BytesAreExact) {
  stats::ArenaStatistics arena = MakeArena("a", 1, 10);
  arena.allocated += 7;
  const std::string text =
      RenderArenas(kInfo, MakeListing({arena}), {.bytes = ByteStyle::kExact});
  EXPECT_THAT(text, AllOf(HasSubstr("10485767"), Not(HasSubstr("Rounded"))));
}

TEST(RenderArenas, ThoseLeftOutAreSummedUp) {
  ArenaListing listing = MakeListing(
      {MakeArena("a", 1, 10), MakeArena("b", 2, 5), MakeArena("c", 3, 3)});
  listing.arenas.resize(1);
  const std::string text =
      RenderArenas(kInfo, listing, {.bytes = ByteStyle::kExact});
  EXPECT_THAT(LineWith(text, "others (2)"),
              HasSubstr(std::to_string(8 * kMiB)));
  EXPECT_THAT(LineWith(text, "total (3)"),
              HasSubstr(std::to_string(18 * kMiB)));
}

TEST(RenderArenas, NarrowTerminalsGetTheTellingColumnsAndNoWrappedLine) {
  const ArenaListing listing =
      MakeListing({MakeArena("a-name-that-is-quite-long-for-a-tenant", 1, 10)});
  for (const size_t width : {40, 60, 80, 100}) {
    const std::string text = RenderArenas(kInfo, listing, {.width = width});
    EXPECT_THAT(text,
                AllOf(HasSubstr("CHARGED"), HasSubstr("Not all columns fit")));
    const std::string row = LineWith(text, "a-name");
    EXPECT_LE(DisplayWidth(row), width) << row;
  }
}

TEST(RenderArenas, LimitNearlyReachedStandsOut) {
  stats::ArenaStatistics arena = MakeArena("a", 1, 10);
  arena.hard_limit = arena.charged * 100 / 95;
  EXPECT_THAT(RenderArenas(kInfo, MakeListing({arena}), {.colour = true}),
              HasSubstr("\x1b[33m95%"));
  arena.hard_limit = arena.charged;
  EXPECT_THAT(RenderArenas(kInfo, MakeListing({arena}), {.colour = true}),
              HasSubstr("\x1b[31m100%"));
  EXPECT_THAT(RenderArenas(kInfo, MakeListing({arena}), {.colour = false}),
              Not(HasSubstr("\x1b")));
}

TEST(RenderArenas, NamesCannotDriveTheTerminal) {
  const std::string text = RenderArenas(
      kInfo, MakeListing({MakeArena("\x1b[2J", 1, 1)}), {.colour = false});
  EXPECT_THAT(text, AllOf(HasSubstr("\\x1b[2J"), Not(HasSubstr("\x1b"))));
}

TEST(RenderArena, ExplainsEveryFigure) {
  const std::string text =
      RenderArena(kInfo, {.stamp = {}, .arena = MakeArena("a", 1, 10)}, {});
  for (const auto& field : stats::kArenaFields) {
    EXPECT_THAT(text, AllOf(HasSubstr(std::string(field.name)),
                            HasSubstr(std::string(field.help))));
  }
}

TEST(RenderBins, ShowsHowFullSlabsAre) {
  BinsReading reading;
  reading.arena = "a";
  reading.bins = {{.size = 64,
                   .slabs = 2,
                   .slab_bytes = 8192,
                   .regions = 128,
                   .regions_out = 32}};
  const std::string text = RenderBins(kInfo, reading, {});
  EXPECT_THAT(LineWith(text, "8.0 KiB"),
              AllOf(HasSubstr("128"), HasSubstr("32"), HasSubstr("2.0 KiB"),
                    HasSubstr("25%")));
}

TEST(RenderPurge, ShowsWhatChanged) {
  PurgeResult result;
  result.mode = "idle";
  result.purged_bytes = 3 * kMiB;
  result.before = MakeArena("a", 1, 10);
  result.after = result.before;
  result.after.dirty = 0;
  result.after.charged -= kMiB;
  const std::string text = RenderPurge(result, {});
  EXPECT_THAT(LineWith(text, "dirty"), HasSubstr("-1.0 MiB"));
  EXPECT_THAT(LineWith(text, "charged"), HasSubstr("-1.0 MiB"));
  EXPECT_THAT(LineWith(text, "purged"), HasSubstr("3.0 MiB (idle) in"));
}

TEST(RenderPurge, ShowsTheHugepageCoverageWhereItWasMeasured) {
  PurgeResult result;
  EXPECT_THAT(RenderPurge(result, {}), Not(HasSubstr("hugepages")));
  result.has_coverage = true;
  result.resident_before = 8 * kMiB;
  result.huge_before = 6 * kMiB;
  result.resident_after = 4 * kMiB;
  result.huge_after = 4 * kMiB;
  EXPECT_THAT(LineWith(RenderPurge(result, {}), "hugepages"),
              AllOf(HasSubstr("6.0 MiB of 8.0 MiB (75 %) before"),
                    HasSubstr("4.0 MiB of 4.0 MiB (100 %) after")));
}

ServiceReading MakeService() {
  ServiceReading reading;
  reading.service.hook_failures = 5;
  reading.service.governor.running = true;
  reading.service.governor.visits = 1234;
  reading.service.governor.pressure_bytes = 3 * kMiB;
  reading.providers.resize(2);
  strncpy(reading.providers[0].name, "mmap", 63);
  reading.providers[0].mapped = 64 * kMiB;
  reading.providers[0].grants = 7;
  reading.providers[0].calls_of.allocate = 7;
  reading.providers[0].calls_of.purge_forcibly = 90;
  strncpy(reading.providers[1].name, "\x1b[2J", 63);
  reading.providers[1].pinned = 2 * kMiB;
  reading.providers[1].calls_of.allocate = 8;
  reading.providers[1].failures_of.allocate = 6;
  reading.providers[1].failures = 6;
  return reading;
}

TEST(RenderGovernor, ExplainsEveryFigure) {
  const std::string text = RenderGovernor(kInfo, MakeService(), {});
  for (const auto& field : stats::kGovernorFields) {
    EXPECT_THAT(text, AllOf(HasSubstr(std::string(field.name)),
                            HasSubstr(std::string(field.help))));
  }
  EXPECT_THAT(LineWith(text, "running"), HasSubstr("yes"));
  EXPECT_THAT(LineWith(text, "visits"), HasSubstr("1,234"));
  EXPECT_THAT(LineWith(text, "pressure_bytes"), HasSubstr("3.0 MiB"));
}

TEST(RenderHooks, ShowsProvidersAndWhatWasCalled) {
  const std::string text = RenderHooks(kInfo, MakeService(), {});
  EXPECT_THAT(LineWith(text, "mmap"), HasSubstr("64.0 MiB"));
  EXPECT_THAT(LineWith(text, "purge_forcibly"), HasSubstr("90"));
  EXPECT_THAT(text, Not(HasSubstr("decommit")));
  EXPECT_THAT(text, AllOf(HasSubstr("\\x1b[2J"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(text, HasSubstr("did wrong: 5"));
}

TEST(RenderHooks, RefusedCallsStandOut) {
  EXPECT_THAT(RenderHooks(kInfo, MakeService(), {.colour = true}),
              HasSubstr("\x1b[33m6"));
}

ProcessRow MakeProcess(pid_t pid, const ArenaListing& listing) {
  ProcessRow row;
  row.server.name.pid = pid;
  row.info = kInfo;
  row.listing = listing;
  return row;
}

TEST(RenderProcessTotals, OrdersBySizeAndSumsUp) {
  const std::string text = RenderProcessTotals(
      {MakeProcess(41, MakeListing({MakeArena("a", 1, 10)})),
       MakeProcess(42, MakeListing({MakeArena("a", 1, 20)}))},
      {.bytes = ByteStyle::kExact});
  EXPECT_LT(text.find("42 demo"), text.find("41 demo"));
  EXPECT_THAT(LineWith(text, "total (2)"),
              HasSubstr(std::to_string((14 + 24) * kMiB)));
}

TEST(RenderProcessTotals, TellsOfThoseThatDoNotAnswer) {
  ProcessRow silent;
  silent.server.name.pid = 43;
  silent.error = "sent nothing";
  EXPECT_THAT(RenderProcessTotals({silent}, {}),
              AllOf(HasSubstr("! 43: sent nothing"), HasSubstr("total (0)")));
}

TEST(RenderAllArenas, MixesProcessesBySize) {
  const std::vector<ProcessRow> processes = {
      MakeProcess(41,
                  MakeListing({MakeArena("x", 1, 10), MakeArena("y", 2, 1)})),
      MakeProcess(42, MakeListing({MakeArena("z", 1, 5)}))};
  const std::string text = RenderAllArenas(processes, 2, {});
  EXPECT_LT(text.find("x "), text.find("z "));
  EXPECT_THAT(text, AllOf(HasSubstr("others (1)"), HasSubstr("total (3)"),
                          Not(HasSubstr("y "))));
}

TEST(TopView, HasNoRatesAtFirst) {
  TopView view;
  const std::string frame = view.Frame(
      kInfo, MakeListing({MakeArena("a", 1, 10)}), TopView::Time(), {});
  EXPECT_THAT(LineWith(frame, "ARENA"), HasSubstr("REFUSALS/S"));
  EXPECT_THAT(LineWith(frame, "a  "), HasSubstr(" - "));
}

TEST(TopView, RatesAreDifferencesOverTime) {
  TopView view;
  stats::ArenaStatistics arena = MakeArena("tenant", 1, 10);
  view.Frame(kInfo, MakeListing({arena}), TopView::Time(), {});
  arena.refusals += 10;
  arena.charged += 4 * kMiB;
  const std::string frame =
      view.Frame(kInfo, MakeListing({arena}), TopView::Time(seconds(4)), {});
  EXPECT_THAT(LineWith(frame, "tenant"),
              AllOf(HasSubstr("2.50"), HasSubstr("+1.0 MiB")));
  EXPECT_THAT(LineWith(frame, "total"), HasSubstr("2.50"));
}

TEST(TopView, NewIncarnationOfAnArenaHasNoPast) {
  TopView view;
  stats::ArenaStatistics arena = MakeArena("tenant", 1, 10);
  arena.refusals = 1000;
  view.Frame(kInfo, MakeListing({arena}), TopView::Time(), {});
  arena.generation = 2;
  arena.refusals = 1;
  const std::string frame =
      view.Frame(kInfo, MakeListing({arena}), TopView::Time(seconds(1)), {});
  EXPECT_THAT(LineWith(frame, "tenant"), HasSubstr(" - "));
}

TEST(TopView, CountersThatSinkWithTheirArenasAreNoRate) {
  TopView view;
  stats::ArenaStatistics arena = MakeArena("a", 1, 10);
  arena.refusals = 1000;
  view.Frame(kInfo, MakeListing({arena, MakeArena("b", 2, 1)}), TopView::Time(),
             {});
  const std::string frame =
      view.Frame(kInfo, MakeListing({MakeArena("b", 2, 1)}),
                 TopView::Time(seconds(1)), {});
  EXPECT_THAT(LineWith(frame, "total"), Not(HasSubstr("1,000")));
}

TEST(TopView, OrdersByWhatChangedSinceTheFrameBefore) {
  TopView view;
  view.set_order(TopOrder::kFills);
  stats::ArenaStatistics large = MakeArena("large", 1, 10);
  stats::ArenaStatistics busy = MakeArena("busy", 2, 5);
  large.fills = 1000;
  view.Frame(kInfo, MakeListing({large, busy}), TopView::Time(), {});
  busy.fills = 30;
  const std::string frame = view.Frame(kInfo, MakeListing({large, busy}),
                                       TopView::Time(seconds(3)), {});
  EXPECT_LT(frame.find("busy"), frame.find("large"));
  EXPECT_THAT(LineWith(frame, "busy"), HasSubstr("10.0"));
  // And shows it first.
  const std::string header = LineWith(frame, "ARENA");
  EXPECT_LT(header.find("FILLS/S"), header.find("GROWTH/S"));
}

TEST(TopView, SumsUpWhatDoesNotFit) {
  TopView view;
  view.set_order(TopOrder::kRefusals);
  view.set_rows(1);
  stats::ArenaStatistics refused = MakeArena("refused", 3, 1);
  refused.refusals = 3;
  const std::string frame = view.Frame(
      kInfo,
      MakeListing({MakeArena("a", 1, 10), MakeArena("b", 2, 5), refused}),
      TopView::Time(), {});
  EXPECT_THAT(frame, AllOf(HasSubstr("refused"), HasSubstr("others (2)"),
                           HasSubstr("total (3)")));
}

TEST(TopView, FrameFitsTheTerminal) {
  TopView view;
  view.set_tells_keys(true);
  const ArenaListing listing =
      MakeListing({MakeArena("a", 1, 10), MakeArena("b", 2, 5)});
  for (const size_t width : {20, 50, 80, 120}) {
    const std::string frame =
        view.Frame(kInfo, listing, TopView::Time(), {.width = width});
    size_t lines = 0;
    std::istringstream stream(frame);
    for (std::string line; std::getline(stream, line); ++lines) {
      EXPECT_LE(DisplayWidth(line), width) << line;
    }
    EXPECT_LE(lines, listing.arenas.size() + TopView::kFixedLines);
  }
}

}  // namespace
}  // namespace acre::console
