#include "tools/demo_app/ledger.h"

#include <string_view>

#include "fmt/format.h"
#include "tools/demo_app/text_format.h"

namespace acre::demo {
namespace {

using stats::ArenaStatistics;

constexpr char kRow[] = "{:<10}{:>14}{:>15}{:>14}{:>13}{:>14}{:>13}   {}\n";

bool AddsUp(const ArenaStatistics& memory) {
  return memory.active == memory.allocated + memory.cached + memory.slack &&
         memory.charged == memory.active + memory.dirty + memory.metadata;
}

bool Equal(const ArenaStatistics& a, const ArenaStatistics& b) {
  return a.charged == b.charged && a.allocated == b.allocated &&
         a.cached == b.cached && a.slack == b.slack && a.dirty == b.dirty &&
         a.metadata == b.metadata;
}

// Arena by arena, the system arena included.
ArenaStatistics SumOfArenas(const Report& report) {
  ArenaStatistics sum;
  stats::AddTo(report.system, &sum);
  for (const TenantReport& tenant : report.tenants) {
    stats::AddTo(tenant.memory, &sum);
  }
  return sum;
}

std::string Row(std::string_view name, const ArenaStatistics& memory) {
  return fmt::format(
      kRow, name, Grouped(memory.charged), Grouped(memory.allocated),
      Grouped(memory.cached), Grouped(memory.slack), Grouped(memory.dirty),
      Grouped(memory.metadata), AddsUp(memory) ? "adds up" : "DOES NOT ADD UP");
}

}  // namespace

bool LedgerAddsUp(const Report& report) {
  for (const TenantReport& tenant : report.tenants) {
    if (!AddsUp(tenant.memory)) return false;
  }
  return AddsUp(report.system) &&
         Equal(SumOfArenas(report), report.service.arenas);
}

std::string RenderLedger(const Report& report) {
  std::string text =
      fmt::format(kRow, "bytes", "charged", "= allocated", "+ cached",
                  "+ slack", "+ dirty", "+ metadata", "");
  for (const TenantReport& tenant : report.tenants) {
    text += Row(tenant.name, tenant.memory);
  }
  text += Row("system", report.system);
  text += Row("all", report.service.arenas);
  return text;
}

}  // namespace acre::demo
