#include "allocator/extent/hook_reports.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(HookReportsTest, ReportsAreTakenOnceInTheirOrder) {
  HookReports reports;
  HookReport taken;
  EXPECT_FALSE(reports.Take(&taken));
  for (size_t i = 0; i < 3; ++i) reports.Add({.size = i});
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(reports.Take(&taken));
    EXPECT_EQ(taken.size, i);
  }
  EXPECT_FALSE(reports.Take(&taken));
  EXPECT_EQ(reports.total(), 3u);
}

TEST(HookReportsTest, OfManyTheFirstAreKeptAndAllAreCounted) {
  HookReports reports;
  for (size_t i = 0; i < 100; ++i) reports.Add({.size = i});
  EXPECT_EQ(reports.total(), 100u);
  HookReport taken;
  size_t kept = 0;
  for (; reports.Take(&taken); ++kept) EXPECT_EQ(taken.size, kept);
  EXPECT_EQ(kept, 8u);
  // There is room again.
  reports.Add({.size = 7});
  EXPECT_TRUE(reports.Take(&taken));
}

TEST(HookReportsTest, NoneIsLostOrTakenTwiceBetweenThreads) {
  HookReports reports;
  constexpr size_t kEach = 2000;
  std::vector<std::atomic<int>> seen(2 * kEach);
  std::atomic<size_t> taken{0};
  auto take = [&] {
    HookReport report;
    while (reports.Take(&report)) {
      seen[report.size].fetch_add(1);
      taken.fetch_add(1);
    }
  };
  auto add = [&](size_t first) {
    for (size_t i = 0; i < kEach; ++i) {
      reports.Add({.size = first + i});
      take();
    }
  };
  std::thread one(add, 0);
  std::thread two(add, kEach);
  one.join();
  two.join();
  take();
  EXPECT_EQ(reports.total(), 2 * kEach);
  EXPECT_EQ(taken.load(), 2 * kEach) << "never more than two are kept";
  for (const std::atomic<int>& count : seen) ASSERT_EQ(count.load(), 1);
}

TEST(HookReportsTest, ALineNamesHooksCallArenaAndTheNumbers) {
  TextBuffer<512> text;
  AppendHookReport(text, {.hooks = "mine",
                          .call = "Allocate",
                          .reason = "too short",
                          .base = reinterpret_cast<void*>(0x200000),
                          .size = 4096,
                          .expected = 8192,
                          .arena_index = 7});
  EXPECT_EQ(std::string(text.view()),
            "acre: hooks \"mine\": Allocate for arena 7: too short: 4096 B at "
            "0x200000, number 8192; refused\n");
}

TEST(HookReportsTest, ALineForNoArenaNamesNone) {
  TextBuffer<512> text;
  AppendHookReport(text, {.hooks = "mine", .call = "Release"});
  EXPECT_EQ(std::string(text.view()).find("arena"), std::string::npos);
}

}  // namespace
}  // namespace acre::allocator
