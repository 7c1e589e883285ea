// A Prometheus of a test's own, which scrapes one port each second.

#ifndef ACRE_TOOLS_MONITORING_PROMETHEUS_H_
#define ACRE_TOOLS_MONITORING_PROMETHEUS_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/monitoring/child_process.h"

namespace acre::monitoring {

class Prometheus {
 public:
  // Configuration and data go to `directory`. `rules` is a file of them, or
  // empty.
  Prometheus(const std::string& directory, int scraped_port,
             const std::string& rules = "");

  // Waits until the port was scraped this often; false after two minutes.
  bool WaitForScrapes(int count);
  // What /api/v1/query answers: an array of {metric, value}.
  nlohmann::json Query(const std::string& expression) const;
  // What another path of its interface answers as `data`.
  nlohmann::json Ask(const std::string& target) const;
  std::string Log() const;

 private:
  const std::string directory_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace acre::monitoring

#endif  // ACRE_TOOLS_MONITORING_PROMETHEUS_H_
