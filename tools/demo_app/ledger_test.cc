#include "tools/demo_app/ledger.h"

#include <string>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

stats::ArenaStatistics Memory(uint64_t allocated) {
  stats::ArenaStatistics memory;
  memory.allocated = allocated;
  memory.cached = 20;
  memory.slack = 3;
  memory.active = allocated + 23;
  memory.dirty = 4000;
  memory.metadata = 500;
  memory.charged = allocated + 4523;
  return memory;
}

Report ReportOfTwo() {
  Report report;
  report.system = Memory(100);
  stats::AddTo(report.system, &report.service.arenas);
  for (uint64_t i = 1; i <= 2; ++i) {
    TenantReport tenant;
    tenant.name = "tenant-" + std::to_string(i);
    tenant.memory = Memory(i * 1000000);
    stats::AddTo(tenant.memory, &report.service.arenas);
    report.tenants.push_back(tenant);
  }
  return report;
}

TEST(LedgerTest, ShowsEveryPartInBytes) {
  const std::string text = RenderLedger(ReportOfTwo());
  for (const char* part : {"1,004,523", "2,004,523", "3,000,100", "3,013,669",
                           "tenant-2", "system", "adds up"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("DOES NOT"), std::string::npos);
  EXPECT_TRUE(LedgerAddsUp(ReportOfTwo()));
}

TEST(LedgerTest, AByteAmissShows) {
  for (uint64_t stats::ArenaStatistics::*part :
       {&stats::ArenaStatistics::charged, &stats::ArenaStatistics::allocated,
        &stats::ArenaStatistics::cached, &stats::ArenaStatistics::slack,
        &stats::ArenaStatistics::active, &stats::ArenaStatistics::dirty,
        &stats::ArenaStatistics::metadata}) {
    Report report = ReportOfTwo();
    report.tenants[1].memory.*part += 1;
    report.service.arenas.*part += 1;
    EXPECT_FALSE(LedgerAddsUp(report));
    EXPECT_NE(RenderLedger(report).find("DOES NOT ADD UP"), std::string::npos);
  }
}

TEST(LedgerTest, TheArenasMustMakeTheTotal) {
  Report report = ReportOfTwo();
  report.service.arenas.dirty += 1;
  report.service.arenas.charged += 1;
  EXPECT_FALSE(LedgerAddsUp(report));
}

}  // namespace
}  // namespace acre::demo
