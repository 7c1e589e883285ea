// What each figure of stats/fields.h is to a monitoring system. A test holds
// that every figure is here once.

#ifndef ACRE_STATS_WRITERS_METRIC_KINDS_H_
#define ACRE_STATS_WRITERS_METRIC_KINDS_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace acre::stats {

enum class MetricKind : uint8_t {
  kGauge,
  kCounter,  // Never less than before, as long as what it is of lives.
  kPages,    // A state of pages: a sample of one family.
  kLabel,    // Tells rows apart: no figure.
  kDetailed  // A sum of what is shown one by one.
};

struct KindOfFigure {
  std::string_view name;
  MetricKind kind;
};

inline constexpr KindOfFigure kArenaKinds[] = {
    {"allocated", MetricKind::kGauge},
    {"cached", MetricKind::kGauge},
    {"slack", MetricKind::kGauge},
    {"active", MetricKind::kPages},
    {"dirty", MetricKind::kPages},
    {"muzzy", MetricKind::kPages},
    {"metadata", MetricKind::kGauge},
    {"charged", MetricKind::kGauge},
    {"hard_limit", MetricKind::kGauge},
    {"soft_limit", MetricKind::kGauge},
    {"reserved", MetricKind::kGauge},
    {"peak", MetricKind::kGauge},
    {"resident", MetricKind::kGauge},
    {"mapped", MetricKind::kGauge},
    {"retained", MetricKind::kPages},
    {"allocations", MetricKind::kGauge},
    {"large_allocations", MetricKind::kGauge},
    {"slabs", MetricKind::kGauge},
    {"released", MetricKind::kGauge},
    {"fills", MetricKind::kCounter},
    {"flushes", MetricKind::kCounter},
    {"refusals", MetricKind::kCounter},
    {"out_of_memory", MetricKind::kCounter},
    {"foreign_frees", MetricKind::kCounter},
    {"open_tcaches", MetricKind::kGauge},
    {"parked_tcaches", MetricKind::kGauge},
    {"parked", MetricKind::kGauge},
    {"purges", MetricKind::kCounter},
    {"purged", MetricKind::kCounter},
    {"lazily_purged", MetricKind::kCounter},
    {"subreleased", MetricKind::kCounter},
    {"dirty_sweeps", MetricKind::kCounter},
    {"dirty_calls", MetricKind::kCounter},
    {"dirty_given_back", MetricKind::kCounter},
    {"muzzy_sweeps", MetricKind::kCounter},
    {"muzzy_calls", MetricKind::kCounter},
    {"muzzy_given_back", MetricKind::kCounter},
    {"created_ns", MetricKind::kGauge},
};

inline constexpr KindOfFigure kBinKinds[] = {
    {"size", MetricKind::kLabel},
    {"slabs", MetricKind::kGauge},
    {"open_slabs", MetricKind::kGauge},
    {"slab_bytes", MetricKind::kGauge},
    {"regions", MetricKind::kGauge},
    {"regions_out", MetricKind::kGauge},
    {"released", MetricKind::kGauge},
    {"slack", MetricKind::kGauge},
    {"regions_taken", MetricKind::kCounter},
    {"regions_returned", MetricKind::kCounter},
    {"fills", MetricKind::kCounter},
    {"flushes", MetricKind::kCounter},
    {"slabs_created", MetricKind::kCounter},
    {"lock_acquisitions", MetricKind::kCounter},
    {"lock_contentions", MetricKind::kCounter},
    {"lock_wait_ns", MetricKind::kCounter},
};

inline constexpr KindOfFigure kServiceKinds[] = {
    {"arena_count", MetricKind::kGauge},
    {"arenas_created", MetricKind::kCounter},
    {"charged", MetricKind::kGauge},
    {"hard_limit", MetricKind::kGauge},
    {"soft_limit", MetricKind::kGauge},
    {"reserved", MetricKind::kGauge},
    {"peak", MetricKind::kGauge},
    {"metadata", MetricKind::kGauge},
    {"resident", MetricKind::kGauge},
    {"mapped", MetricKind::kGauge},
    {"retained", MetricKind::kGauge},
    {"mappings", MetricKind::kGauge},
    {"refusals", MetricKind::kCounter},
    {"misuses", MetricKind::kCounter},
    {"pressures", MetricKind::kCounter},
    {"hook_failures", MetricKind::kCounter},
};

inline constexpr KindOfFigure kGovernorKinds[] = {
    {"scheduled", MetricKind::kGauge},
    {"visits", MetricKind::kCounter},
    {"wakeups", MetricKind::kCounter},
    {"pressure_events", MetricKind::kCounter},
    {"pressure_bytes", MetricKind::kCounter},
    {"thread_failures", MetricKind::kCounter},
};

inline constexpr KindOfFigure kProviderKinds[] = {
    {"mapped", MetricKind::kGauge},   {"free", MetricKind::kGauge},
    {"pinned", MetricKind::kGauge},   {"grants", MetricKind::kGauge},
    {"calls", MetricKind::kDetailed}, {"failures", MetricKind::kDetailed},
};

inline constexpr KindOfFigure kKernelKinds[] = {
    {"mapped", MetricKind::kGauge},      {"resident", MetricKind::kGauge},
    {"huge_backed", MetricKind::kGauge}, {"lazily_freed", MetricKind::kGauge},
    {"swapped", MetricKind::kGauge},
};

inline constexpr KindOfFigure kProcessKinds[] = {
    {"resident", MetricKind::kGauge},
    {"virtual_memory", MetricKind::kGauge},
    {"swapped", MetricKind::kGauge},
    {"anonymous", MetricKind::kGauge},
    {"anonymous_huge", MetricKind::kGauge},
    {"lazily_freed", MetricKind::kGauge},
    {"mappings", MetricKind::kGauge},
    {"most_mappings", MetricKind::kGauge},
};

constexpr MetricKind KindOf(std::span<const KindOfFigure> kinds,
                            std::string_view name) {
  for (const KindOfFigure& one : kinds) {
    if (one.name == name) return one.kind;
  }
  return MetricKind::kGauge;
}

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_METRIC_KINDS_H_
