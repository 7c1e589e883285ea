// The dashboard and the alerts ask for what a live process exports.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine_adapter/admin/test_directory.h"
#include "tools/monitoring/child_process.h"
#include "tools/monitoring/prometheus.h"
#include "tools/monitoring/queries.h"
#include "tools/monitoring/watched_engine.h"

namespace acre::monitoring {
namespace {

using ::testing::Contains;
using Json = nlohmann::json;

constexpr char kDashboard[] = "tools/monitoring/acre_dashboard.json";
constexpr char kAlerts[] = "tools/monitoring/acre_alerts.yml";
constexpr char kAlertsTest[] = "tools/monitoring/acre_alerts_test.yml";
constexpr char kGuide[] = "docs/monitoring.md";

class DashboardTest : public ::testing::Test {
 protected:
  Outcome Promtool(std::vector<std::string> command) {
    command.insert(command.begin(), "promtool");
    return RunToEnd(command, directory_.PathOf("promtool.log"));
  }

  admin::TestDirectory directory_;
  WatchedEngine engine_{directory_.PathOf("acre")};
};

TEST_F(DashboardTest, EveryMetricAndLabelIsExported) {
  const Labels exported = ExportedBy(
      engine_.Get("/metrics?kernel=1", "application/openmetrics-text"));
  std::set<std::string> all_labels;
  for (const auto& [metric, labels] : exported) {
    all_labels.insert(labels.begin(), labels.end());
  }
  for (const char* path : {kDashboard, kAlerts}) {
    const std::string text = ContentsOf(path);
    const Labels selected = SelectedIn(text);
    EXPECT_GT(selected.size(), 10u) << path;
    for (const auto& [metric, labels] : selected) {
      const auto known = exported.find(metric);
      if (known == exported.end()) {
        ADD_FAILURE() << path << " asks for " << metric;
        continue;
      }
      for (const std::string& label : labels) {
        EXPECT_THAT(known->second, Contains(label)) << path << ": " << metric;
      }
    }
    for (const std::string& label : NamedIn(text)) {
      EXPECT_THAT(all_labels, Contains(label)) << path;
    }
  }
}

TEST_F(DashboardTest, AMetricThatIsNotThereIsNoticed) {
  const Labels exported = ExportedBy("acre_a_bytes{tenant=\"x\"} 1\n");
  EXPECT_EQ(exported.at("acre_a_bytes"),
            (std::set<std::string>{"tenant", "job", "instance"}));
  const Labels selected = SelectedIn(
      "sum by (class) (rate(acre_b_total{state=~\\\"a\\\",tenant!=\"b\"}[5m])) "
      "/ acre_c {{ $labels.call }}");
  EXPECT_EQ(selected.size(), 2u);
  EXPECT_EQ(selected.at("acre_b_total"),
            (std::set<std::string>{"state", "tenant"}));
  EXPECT_EQ(NamedIn("sum by (class) (x) {{ $labels.call }} {{tenant}}"),
            (std::set<std::string>{"class", "call", "tenant"}));
}

TEST_F(DashboardTest, RulesAreValidAndFireWhenTheyShould) {
  const Outcome checked = Promtool({"check", "rules", kAlerts});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  const Outcome tested = Promtool({"test", "rules", kAlertsTest});
  EXPECT_EQ(tested.exit_code, 0) << tested.output;
}

TEST_F(DashboardTest, EveryAlertIsExplained) {
  const std::string guide = ContentsOf(kGuide);
  std::istringstream lines(ContentsOf(kAlerts));
  const std::string key = "- alert: ";
  int alerts = 0;
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find(key);
    if (at == std::string::npos) continue;
    ++alerts;
    EXPECT_NE(guide.find("`" + line.substr(at + key.size()) + "`"),
              std::string::npos)
        << line;
  }
  EXPECT_GT(alerts, 5);
}

TEST_F(DashboardTest, APrometheusUnderstandsEveryQueryAndRule) {
  Prometheus prometheus(directory_.path(), engine_.tcp_port(),
                        std::filesystem::absolute(kAlerts).string());
  ASSERT_TRUE(prometheus.WaitForScrapes(3)) << prometheus.Log();
  for (const std::string& expression : ExpressionsOf(ContentsOf(kDashboard))) {
    const Json result = prometheus.Query(expression);
    ASSERT_TRUE(result.is_array()) << expression;
    // What is shown only where there is a limit has none here.
    if (expression.find("> 0") != std::string::npos &&
        expression.find('/') == std::string::npos) {
      continue;
    }
    EXPECT_GT(result.size(), 0u) << expression;
  }
  const Json rules = prometheus.Ask("/api/v1/rules");
  ASSERT_GT(rules["groups"].size(), 0u);
  for (const Json& group : rules["groups"]) {
    for (const Json& rule : group["rules"]) {
      EXPECT_EQ(rule.value("lastError", ""), "") << rule;
    }
  }
}

}  // namespace
}  // namespace acre::monitoring
