#include "tools/demo_app/live_table.h"

#include <algorithm>
#include <memory>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

Report ReportAt(double seconds, uint64_t queries_each, size_t tenants) {
  Report report;
  report.seconds = seconds;
  for (size_t i = 0; i < tenants; ++i) {
    TenantReport tenant;
    tenant.name = "tenant-" + std::to_string(i);
    tenant.greedy = i == 0;
    tenant.queries = queries_each;
    tenant.memory.allocated = 3 << 20;
    stats::AddTo(tenant.memory, &report.service.arenas);
    report.tenants.push_back(tenant);
    report.queries += queries_each;
  }
  report.p99_us = 1500;
  return report;
}

bool Contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(LiveTableTest, RatesAreSinceTheReportBefore) {
  const auto lines = RenderTable(ReportAt(3, 4000, 2), ReportAt(1, 1000, 2), 9);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_TRUE(Contains(lines[0], "queries/s"));
  EXPECT_TRUE(Contains(lines[1], "tenant-0 greedy"));
  EXPECT_TRUE(Contains(lines[1], "1,500"));
  EXPECT_TRUE(Contains(lines[2], "3.0 MiB"));
  EXPECT_TRUE(Contains(lines[3], "3,000"));
  EXPECT_TRUE(Contains(lines[3], "6.0 MiB"));
}

TEST(LiveTableTest, TheFirstReportHasRatesToo) {
  const auto lines = RenderTable(ReportAt(2, 300, 1), Report(), 9);
  EXPECT_TRUE(Contains(lines[1], "150"));
}

TEST(LiveTableTest, TenantsThatDoNotFitAreCounted) {
  const auto lines =
      RenderTable(ReportAt(2, 300, 100), ReportAt(1, 100, 100), 5);
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_EQ(lines[6], "and 95 more");
}

TEST(LiveTableTest, LineHasTheTotals) {
  const std::string line = RenderLine(ReportAt(3, 4000, 2), ReportAt(1, 0, 2));
  EXPECT_TRUE(Contains(line, "4,000 queries/s"));
  EXPECT_TRUE(Contains(line, "p99 1.5 ms"));
  EXPECT_TRUE(Contains(line, "allocated 6.0 MiB"));
}

TEST(LiveTableTest, WithoutATerminalItPrintsPlainLines) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::tmpfile(),
                                                      std::fclose);
  LiveTable table(out.get());
  EXPECT_GT(table.interval_seconds(), 1);
  table.Show(ReportAt(1, 100, 2));
  table.Show(ReportAt(2, 300, 2));
  std::rewind(out.get());
  std::string text(10000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), out.get()));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_FALSE(Contains(text, "\x1b"));
}

}  // namespace
}  // namespace acre::demo
