// The statistics of a service for Prometheus and its kin, in the text format of
// OpenMetrics 1.0.
//
//   acre_service_*     of the service as a whole
//   acre_governor_*    of what decays unused memory
//   acre_provider_*    of each provider of memory        {provider}, {call}
//   acre_*             sums over all arenas acre_pages_bytes{state}
//   acre_arena_*       of each tenant                     {tenant}, {state}
//   acre_bin_*         of all arenas' bins of a class     {class}
//   acre_kernel_*      what the kernel says of all arenas' pages, if asked for
//   acre_process_*     and of the process
//
// Names, units and help come from stats/fields.h, what is a counter from
// metric_kinds.h. The largest tenants by charged bytes have samples of their
// own, all others are summed up as tenant="other": sums over tenants are exact,
// from one reading. What arenas count is a counter of theirs only, since their
// sum falls when one is destroyed; so it does for "other" when a tenant grows
// out of it.
//
// All arenas are read when the document is made: O(arenas).

#ifndef ACRE_STATS_WRITERS_OPENMETRICS_H_
#define ACRE_STATS_WRITERS_OPENMETRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/kernel_view.h"
#include "stats/provider_statistics.h"
#include "stats/writers/document.h"
#include "stats/writers/tenant_reading.h"

namespace acre::stats {

// The text format that Prometheus had before is written for those that know no
// other (promtool check metrics); it has no units and no end.
enum class MetricsFormat : uint8_t { kOpenMetrics, kPrometheusText };

// What a response's Content-Type says.
inline constexpr std::string_view kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
inline constexpr std::string_view kPrometheusTextContentType =
    "text/plain; version=0.0.4; charset=utf-8";

inline constexpr size_t kDefaultTenantsShown = 100;

struct MetricsOptions {
  MetricsFormat format = MetricsFormat::kOpenMetrics;
  // Without locks there are no figures of the governor and of providers.
  Locking locking = Locking::kAllowed;
  // What the kernel says, too: walks page tables and reads /proc, at a cost
  // that grows with the memory of the process. Not in a handler of a signal.
  bool kernel = false;
};

// All samples of one name; see metric_families.h.
struct MetricFamily;

class OpenMetrics : public Document {
 public:
  // As many tenants have samples of their own as there are rows, which must
  // outlive the document. `service_name` too.
  OpenMetrics(const allocator::Domain& domain, std::string_view service_name,
              std::span<ArenaStatistics> rows,
              const MetricsOptions& options = {}) noexcept;

  bool Next(Text* text) noexcept override;

 private:
  static constexpr size_t kMostProviders = 16;

  void ReadAllProviders(const allocator::Domain& domain);
  size_t SampleCount(const MetricFamily& family) const;
  void AppendHeader(const MetricFamily& family, Text* text) const;
  void AppendSample(const MetricFamily& family, size_t i, Text* text) const;
  uint64_t ValueOf(const MetricFamily& family, size_t i) const;
  void AppendLabels(const MetricFamily& family, size_t i, Text* text) const;
  const ArenaStatistics& Tenant(size_t i) const;

  const std::string_view service_name_;
  const MetricsOptions options_;
  TenantReading reading_;
  // Those of one name as one; names are valid UTF-8.
  std::array<ProviderStatistics, kMostProviders> providers_;
  size_t provider_count_ = 0;
  KernelView kernel_;
  ProcessView process_;

  // Where the next piece is.
  size_t family_ = 0;
  size_t sample_ = 0;
  bool ended_ = false;
};

// With room for the rows in it: some 50 KiB for 100 of them.
template <size_t kTenants>
struct TenantRows {
  std::array<ArenaStatistics, kTenants> rows;
};

template <size_t kTenants = kDefaultTenantsShown>
class FixedOpenMetrics : private TenantRows<kTenants>, public OpenMetrics {
 public:
  FixedOpenMetrics(const allocator::Domain& domain,
                   std::string_view service_name,
                   const MetricsOptions& options = {}) noexcept
      : OpenMetrics(domain, service_name, this->rows, options) {}
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_OPENMETRICS_H_
