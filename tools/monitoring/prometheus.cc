#include "tools/monitoring/prometheus.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "engine_adapter/admin/listening_port.h"
#include "engine_adapter/admin/percent_coding.h"
#include "gtest/gtest.h"
#include "tools/monitoring/http_get.h"

namespace acre::monitoring {
namespace {

using Json = nlohmann::json;

// One that is free now.
int FreePort() {
  const auto bound = admin::ListeningPort::Bind(0);
  return bound.ok() ? bound->port : 0;
}

}  // namespace

Prometheus::Prometheus(const std::string& directory, int scraped_port,
                       const std::string& rules)
    : directory_(directory), port_(FreePort()) {
  const std::string config = directory_ + "/prometheus.yml";
  std::ofstream(config) << "global: {scrape_interval: 1s, scrape_timeout: 1s, "
                           "evaluation_interval: 1s}\n"
                        << (rules.empty() ? ""
                                          : "rule_files: [\"" + rules + "\"]\n")
                        << "scrape_configs: [{job_name: acre, params: {kernel: "
                           "[\"1\"]}, static_configs: "
                           "[{targets: [\"127.0.0.1:"
                        << scraped_port << "\"]}]}]\n";
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{
          "prometheus", "--config.file=" + config,
          "--storage.tsdb.path=" + directory_ + "/data",
          "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
      directory_ + "/prometheus.log");
}

bool Prometheus::WaitForScrapes(int count) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (std::chrono::steady_clock::now() < deadline && process_->running()) {
    const Json scrapes = Query("count_over_time(up[1h])");
    if (scrapes.is_array() && scrapes.size() == 1 &&
        std::stoi(scrapes[0]["value"][1].get<std::string>()) >= count) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

Json Prometheus::Ask(const std::string& target) const {
  const HttpAnswer answer = HttpGet(port_, target);
  const Json parsed = Json::parse(answer.body, nullptr, false);
  return parsed.is_object() && parsed.contains("data") ? parsed["data"]
                                                       : Json();
}

Json Prometheus::Query(const std::string& expression) const {
  const Json data =
      Ask("/api/v1/query?query=" + admin::PercentEncode(expression));
  return data.is_object() ? data["result"] : Json();
}

std::string Prometheus::Log() const {
  return ContentsOf(directory_ + "/prometheus.log");
}

}  // namespace acre::monitoring
