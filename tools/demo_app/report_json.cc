#include "tools/demo_app/report_json.h"

#include <cstddef>

#include "fmt/format.h"
#include "tools/demo_app/ledger.h"

namespace acre::demo {
namespace {

std::string Figures(const stats::ArenaStatistics& memory) {
  std::string text;
  for (const auto& field : stats::kArenaFields) {
    text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", field.name,
                        memory.*field.member);
  }
  return text;
}

std::string Queries(uint64_t queries, uint64_t failed, double p50_us,
                    double p99_us) {
  return fmt::format(
      "\"queries\":{},\"failed\":{},\"p50_us\":{:.1f},\"p99_us\":{:.1f}",
      queries, failed, p50_us, p99_us);
}

// The names of tenants and arenas are the demo's own and need no escapes.
std::string TenantJson(const TenantReport& tenant) {
  return fmt::format(
      "{{\"name\":\"{}\",\"greedy\":{},{},{}}}", tenant.name, tenant.greedy,
      Queries(tenant.queries, tenant.failed, tenant.p50_us, tenant.p99_us),
      Figures(tenant.memory));
}

}  // namespace

std::string RenderJson(const Report& report, const Remains& remains) {
  std::string tenants;
  for (const TenantReport& tenant : report.tenants) {
    tenants += tenants.empty() ? "\n" : ",\n";
    tenants += TenantJson(tenant);
  }
  return fmt::format(
      "{{\"seconds\":{:.3f},\"adds_up\":{},\"tenants\":[{}],\n"
      "\"system\":{{{}}},\n"
      "\"total\":{{{},{}}},\n"
      "\"after_destroy\":{{\"metadata\":{},\"resident\":{},"
      "\"resident_measured\":{},\"mapped\":{}}}}}",
      report.seconds, LedgerAddsUp(report), tenants, Figures(report.system),
      Queries(report.queries, report.failed, report.p50_us, report.p99_us),
      Figures(report.service.arenas), remains.metadata, remains.resident,
      remains.resident_measured, remains.mapped);
}

}  // namespace acre::demo
