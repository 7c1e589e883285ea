#include "tools/demo_app/report.h"

#include "tools/demo_app/latency_histogram.h"

namespace acre::demo {
namespace {

stats::ArenaStatistics Read(MemoryService& service, const ArenaRef& arena) {
  stats::ArenaStatistics statistics;
  stats::ReadArena(service.domain(), arena.index(), arena.generation(),
                   &statistics);
  return statistics;
}

double PercentileUs(const LatencyHistogram& latencies, double percent) {
  return static_cast<double>(latencies.Percentile(percent)) / 1e3;
}

TenantReport Collect(MemoryService& service, const Tenant& tenant) {
  TenantReport report;
  report.name = tenant.name();
  report.greedy = tenant.greedy();
  report.queries = tenant.queries();
  report.failed = tenant.failed();
  report.p50_us = PercentileUs(tenant.latencies(), 50);
  report.p99_us = PercentileUs(tenant.latencies(), 99);
  report.memory = Read(service, tenant.arena());
  return report;
}

}  // namespace

Report CollectReport(MemoryService& service, const Fleet& fleet,
                     double seconds) {
  Report report;
  report.seconds = seconds;
  LatencyHistogram latencies;
  for (const auto& tenant : fleet) {
    report.tenants.push_back(Collect(service, *tenant));
    report.queries += report.tenants.back().queries;
    report.failed += report.tenants.back().failed;
    latencies.Add(tenant->latencies());
  }
  report.p50_us = PercentileUs(latencies, 50);
  report.p99_us = PercentileUs(latencies, 99);
  report.system = Read(service, service.system_arena());
  report.service = stats::ReadService(service.domain());
  return report;
}

Remains CollectRemains(MemoryService& service) {
  const stats::ServiceStatistics statistics =
      stats::ReadService(service.domain());
  return {.metadata = statistics.metadata,
          .resident = statistics.resident,
          .resident_measured = stats::MeasureResident(service.domain()),
          .mapped = statistics.mapped};
}

uint64_t FailedElsewhere(const Report& report) {
  uint64_t failed = 0;
  for (const TenantReport& tenant : report.tenants) {
    if (!tenant.greedy) failed += tenant.failed;
  }
  return failed;
}

}  // namespace acre::demo
