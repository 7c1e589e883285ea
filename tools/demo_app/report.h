// What the demo has to tell: how the tenants' queries fared and what memory
// they hold.
//
// Every number is a copy. CollectReport reads one arena after the other and
// may run while the queries do; the numbers add up exactly once they rest.
#ifndef ACRE_TOOLS_DEMO_APP_REPORT_H_
#define ACRE_TOOLS_DEMO_APP_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "stats/arena_statistics.h"
#include "tools/demo_app/fleet.h"

namespace acre::demo {

struct TenantReport {
  std::string name;
  bool greedy = false;
  uint64_t queries = 0;
  uint64_t failed = 0;
  double p50_us = 0;
  double p99_us = 0;
  stats::ArenaStatistics memory;
};

struct Report {
  double seconds = 0;  // of queries
  std::vector<TenantReport> tenants;
  uint64_t queries = 0;
  uint64_t failed = 0;
  double p50_us = 0;
  double p99_us = 0;
  stats::ArenaStatistics system;     // arena 0, which is no tenant's
  stats::ServiceStatistics service;  // all arenas
};

// What is left of a run when its tenants are gone, in bytes.
struct Remains {
  uint64_t metadata = 0;
  uint64_t resident = 0;           // most that may be in memory
  uint64_t resident_measured = 0;  // what is, as the page tables say
  uint64_t mapped = 0;
};

Report CollectReport(MemoryService& service, const Fleet& fleet,
                     double seconds);

Remains CollectRemains(MemoryService& service);

// Queries that failed without being the greedy tenant's.
uint64_t FailedElsewhere(const Report& report);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_REPORT_H_
