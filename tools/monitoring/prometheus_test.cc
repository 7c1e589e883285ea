// A real Prometheus looks at a real engine and sees what the engine says.

#include "tools/monitoring/prometheus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "engine_adapter/admin/test_directory.h"
#include "stats/arena_statistics.h"
#include "stats/writers/metric_kinds.h"
#include "tools/monitoring/child_process.h"
#include "tools/monitoring/watched_engine.h"

namespace acre::monitoring {
namespace {

using Json = nlohmann::json;

class PrometheusTest : public ::testing::Test {
 protected:
  static uint64_t ValueOf(const Json& sample) {
    return static_cast<uint64_t>(
        std::stod(sample["value"][1].get<std::string>()));
  }

  // Values by the label "tenant".
  static std::map<std::string, uint64_t> ByTenant(const Json& samples) {
    std::map<std::string, uint64_t> values;
    for (const Json& sample : samples) {
      EXPECT_TRUE(
          values.emplace(sample["metric"]["tenant"], ValueOf(sample)).second);
    }
    return values;
  }

  // What the engine says: a figure of each arena.
  std::map<std::string, uint64_t> Told(
      const stats::Field<stats::ArenaStatistics>& field) {
    std::map<std::string, uint64_t> values;
    engine_.service().domain().ForEachArena([&](const allocator::Arena& arena) {
      stats::ArenaStatistics one;
      stats::ReadArena(arena, &one);
      values[one.name] = one.*field.member;
    });
    return values;
  }

  admin::TestDirectory directory_;
  WatchedEngine engine_{directory_.PathOf("acre")};
};

TEST_F(PrometheusTest, SeesWhatTheEngineSays) {
  Prometheus prometheus(directory_.path(), engine_.tcp_port());
  ASSERT_TRUE(prometheus.WaitForScrapes(2)) << prometheus.Log();
  const Json up = prometheus.Query("up");
  ASSERT_EQ(up.size(), 1u);
  ASSERT_EQ(ValueOf(up[0]), 1u)
      << prometheus.Ask("/api/v1/targets").dump() << prometheus.Log();
  for (const auto& field : stats::kArenaFields) {
    // Its figure in seconds is not whole.
    if (field.unit == stats::Unit::kNanoseconds) continue;
    const std::string name(field.name);
    const std::string unit = field.unit == stats::Unit::kBytes ? "_bytes" : "";
    std::string metric = "acre_arena_" + name + unit;
    switch (stats::KindOf(stats::kArenaKinds, field.name)) {
      case stats::MetricKind::kPages:
        metric = "acre_arena_pages_bytes{state=\"" + name + "\"}";
        break;
      case stats::MetricKind::kCounter:
        metric += "_total";
        break;
      default:
        break;
    }
    const Json samples = prometheus.Query(metric);
    EXPECT_EQ(ByTenant(samples), Told(field)) << metric;
  }
}

TEST_F(PrometheusTest, CanAskForSumsAndKnowsWhatMetricsAre) {
  Prometheus prometheus(directory_.path(), engine_.tcp_port());
  ASSERT_TRUE(prometheus.WaitForScrapes(2)) << prometheus.Log();
  const stats::ServiceStatistics service =
      stats::ReadService(engine_.service().domain());
  const auto only = [&](const std::string& expression) {
    const Json samples = prometheus.Query(expression);
    EXPECT_EQ(samples.size(), 1u) << expression;
    return samples.size() == 1 ? ValueOf(samples[0]) : 0;
  };
  EXPECT_EQ(only("sum(acre_arena_allocated_bytes)"), service.arenas.allocated);
  EXPECT_EQ(only("acre_allocated_bytes"), service.arenas.allocated);
  EXPECT_EQ(only("sum(acre_arena_pages_bytes{state=\"active\"})"),
            service.arenas.active);
  EXPECT_EQ(only("acre_service_charged_bytes"), service.charged);
  EXPECT_EQ(only("acre_service_metadata_bytes"), service.metadata);
  EXPECT_EQ(only("acre_service_refusals_total"), service.refusals);
  EXPECT_EQ(only("sum(acre_bin_regions_out{class=\"112\"})"), 4u);
  const Json info = prometheus.Query("acre_build_info");
  ASSERT_EQ(info.size(), 1u);
  EXPECT_EQ(info[0]["metric"]["service"], "watched engine");

  const Json counter =
      prometheus.Ask("/api/v1/metadata?metric=acre_arena_purged_bytes");
  ASSERT_TRUE(counter.contains("acre_arena_purged_bytes")) << counter;
  EXPECT_EQ(counter["acre_arena_purged_bytes"][0]["type"], "counter");
  EXPECT_EQ(counter["acre_arena_purged_bytes"][0]["unit"], "bytes");
}

TEST_F(PrometheusTest, ItsToolFindsNoFaultWithTheMetrics) {
  const std::string metrics = directory_.PathOf("metrics.txt");
  std::ofstream(metrics) << engine_.Get("/metrics", "text/plain");
  const Outcome checked = RunToEnd({"promtool", "check", "metrics"},
                                   directory_.PathOf("promtool.log"), metrics);
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(checked.output, "");
}

}  // namespace
}  // namespace acre::monitoring
