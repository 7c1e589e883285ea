#include "tools/demo_app/report_json.h"

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace acre::demo {
namespace {

Report TwoTenants() {
  Report report;
  report.seconds = 2.5;
  report.queries = 30;
  report.failed = 4;
  report.p50_us = 12.25;
  for (const char* name : {"tenant-0", "tenant-1"}) {
    TenantReport tenant;
    tenant.name = name;
    tenant.greedy = report.tenants.empty();
    tenant.queries = 15;
    tenant.failed = tenant.greedy ? 4 : 0;
    tenant.memory.allocated = tenant.memory.active = 1000;
    tenant.memory.charged = 1000;
    tenant.memory.hard_limit = tenant.greedy ? 5000 : 0;
    stats::AddTo(tenant.memory, &report.service.arenas);
    report.tenants.push_back(tenant);
  }
  return report;
}

TEST(ReportJsonTest, HasEveryFigureOfEveryTenant) {
  const auto json = nlohmann::json::parse(RenderJson(TwoTenants(), {}));
  ASSERT_EQ(json["tenants"].size(), 2u);
  const auto& greedy = json["tenants"][0];
  EXPECT_EQ(greedy["name"], "tenant-0");
  EXPECT_EQ(greedy["greedy"], true);
  EXPECT_EQ(greedy["queries"], 15);
  EXPECT_EQ(greedy["failed"], 4);
  EXPECT_EQ(greedy["hard_limit"], 5000);
  for (const char* object : {"system", "total"}) {
    for (const auto& field : stats::kArenaFields) {
      EXPECT_TRUE(json[object][std::string(field.name)].is_number_unsigned())
          << field.name;
      EXPECT_TRUE(greedy[std::string(field.name)].is_number_unsigned());
    }
  }
}

TEST(ReportJsonTest, TotalsAreThoseOfTheReport) {
  const auto json = nlohmann::json::parse(RenderJson(TwoTenants(), {}));
  EXPECT_EQ(json["seconds"], 2.5);
  EXPECT_EQ(json["adds_up"], true);
  EXPECT_EQ(json["total"]["queries"], 30);
  EXPECT_EQ(json["total"]["allocated"], 2000);
}

TEST(ReportJsonTest, SaysWhatRemains) {
  Remains remains;
  remains.metadata = 1;
  remains.resident = 2;
  remains.resident_measured = 3;
  remains.mapped = 4;
  const auto json = nlohmann::json::parse(RenderJson(TwoTenants(), remains));
  EXPECT_EQ(json["after_destroy"]["metadata"], 1);
  EXPECT_EQ(json["after_destroy"]["resident"], 2);
  EXPECT_EQ(json["after_destroy"]["resident_measured"], 3);
  EXPECT_EQ(json["after_destroy"]["mapped"], 4);
}

}  // namespace
}  // namespace acre::demo
