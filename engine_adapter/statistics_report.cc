#include "engine_adapter/statistics_report.h"

#include <array>

#include "engine_adapter/memory_service.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"
#include "stats/writers/jemalloc_json.h"
#include "stats/writers/openmetrics.h"
#include "stats/writers/statistics_text.h"

namespace acre {
namespace {

// Apart from the others, because of the room that its rows take.
__attribute__((noinline)) bool WriteMetrics(const MemoryService& service,
                                            int fd, bool arenas,
                                            stats::Locking locking) {
  std::array<stats::ArenaStatistics, stats::kDefaultTenantsShown> rows;
  stats::OpenMetrics document(
      service.domain(), service.name(),
      std::span<stats::ArenaStatistics>(rows).first(arenas ? rows.size() : 0),
      {.locking = locking});
  return WriteTo(&document, fd);
}

}  // namespace

bool WriteStatistics(const MemoryService& service, int fd,
                     const StatisticsReport& report) noexcept {
  const stats::DocumentParts parts = {
      .arenas = report.arenas,
      .bins = report.bins,
      .locking = report.in_signal_handler ? stats::Locking::kForbidden
                                          : stats::Locking::kAllowed};
  const allocator::Domain& domain = service.domain();
  switch (report.format) {
    case StatisticsFormat::kText: {
      stats::StatisticsText document(domain, service.name(), parts);
      return WriteTo(&document, fd);
    }
    case StatisticsFormat::kJemalloc: {
      stats::JemallocJson document(domain, parts);
      return WriteTo(&document, fd);
    }
    case StatisticsFormat::kJson: {
      stats::AcreJson document(domain, service.name(), parts);
      return WriteTo(&document, fd);
    }
    case StatisticsFormat::kOpenMetrics:
      break;
  }
  return WriteMetrics(service, fd, report.arenas, parts.locking);
}

}  // namespace acre
