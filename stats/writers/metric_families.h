// The families of metrics that a service exports, made of the lists of figures
// at compile time.

#ifndef ACRE_STATS_WRITERS_METRIC_FAMILIES_H_
#define ACRE_STATS_WRITERS_METRIC_FAMILIES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "stats/arena_statistics.h"
#include "stats/fields.h"
#include "stats/kernel_view.h"
#include "stats/provider_statistics.h"
#include "stats/writers/metric_kinds.h"

namespace acre::stats {

// What the samples of a family are of.
enum class MetricScope : uint8_t {
  kBuild,
  kRest,      // How many arenas are summed up in that row.
  kReadCost,  // Nanoseconds, shown as seconds.
  kService,
  kGovernor,
  kGovernorRunning,
  kProvider,
  kCallsOfHooks,
  kFailuresOfHooks,
  kTimeInHooks,
  kAll,  // The sum over all arenas.
  kPagesOfAll,
  kTenant,
  kPagesOfTenant,
  kClass,
  kKernel,  // What the kernel says of the service, and of the process.
  kProcess,
};

struct MetricFamily {
  MetricScope scope = MetricScope::kBuild;
  std::string_view prefix;  // With its last underscore.
  std::string_view name;
  // "bytes", or "seconds" for what is counted in nanoseconds, or none.
  std::string_view unit;
  bool is_counter = false;
  std::string_view about;  // What stands before the help.
  std::string_view help;
  uint16_t field = 0;  // In the scope's list.

  // Of the unit, where the name does not end with it anyway.
  constexpr std::string_view separator() const {
    return unit.empty() || name.ends_with(unit) ? "" : "_";
  }
  constexpr std::string_view suffix() const {
    return separator().empty() ? "" : unit;
  }
};

namespace metric_families {

inline constexpr size_t kMost =
    std::size(kServiceFields) + std::size(kGovernorFields) +
    std::size(kProviderFields) + 2 * std::size(kArenaFields) +
    std::size(kBinFields) + std::size(kKernelFields) +
    std::size(kProcessFields) + 16;

constexpr std::string_view UnitOf(Unit unit) {
  if (unit == Unit::kBytes) return "bytes";
  return unit == Unit::kNanoseconds ? "seconds" : "";
}

// Without the unit that figures in nanoseconds end with. A name that ends with
// _count is a histogram's.
constexpr std::string_view NameOf(std::string_view name, Unit unit) {
  if (name == "arena_count") return "arenas";
  if (unit == Unit::kNanoseconds && name.ends_with("_ns")) {
    name.remove_suffix(3);
  }
  return name;
}

struct List {
  std::array<MetricFamily, kMost> families;
  size_t count = 0;

  constexpr void Add(const MetricFamily& family) { families[count++] = family; }

  template <typename Fields, typename Wanted>
  constexpr void AddFields(MetricScope scope, std::string_view prefix,
                           std::string_view about, const Fields& fields,
                           std::span<const KindOfFigure> kinds, Wanted wanted) {
    for (size_t i = 0; i < std::size(fields); ++i) {
      const MetricKind kind = KindOf(kinds, fields[i].name);
      if (!wanted(kind, fields[i].combine)) continue;
      Add({.scope = scope,
           .prefix = prefix,
           .name = NameOf(fields[i].name, fields[i].unit),
           .unit = UnitOf(fields[i].unit),
           .is_counter = kind == MetricKind::kCounter,
           .about = about,
           .help = fields[i].help,
           .field = static_cast<uint16_t>(i)});
    }
  }
};

constexpr bool IsShown(MetricKind kind, Combine) {
  return kind == MetricKind::kGauge || kind == MetricKind::kCounter;
}

// What living arenas counted falls when one goes: no counter, and no use.
constexpr bool IsSummed(MetricKind kind, Combine combine) {
  return kind == MetricKind::kGauge && combine == Combine::kSum;
}

constexpr List Make() {
  List list;
  list.Add({.scope = MetricScope::kBuild,
            .prefix = "acre_",
            .name = "build",
            .help = "the version of Acre, and the service's name"});
  list.Add({.scope = MetricScope::kReadCost,
            .prefix = "acre_",
            .name = "read_cost",
            .unit = "seconds",
            .help = "what reading all figures of this answer took"});
  list.Add({.scope = MetricScope::kRest,
            .prefix = "acre_",
            .name = "other_tenants",
            .help = "arenas summed up in the tenant that is called other"});
  list.AddFields(MetricScope::kService, "acre_service_",
                 "the service: ", kServiceFields, kServiceKinds, IsShown);
  list.Add({.scope = MetricScope::kGovernorRunning,
            .prefix = "acre_governor_",
            .name = "running",
            .help = "whether the governor's thread is there"});
  list.AddFields(MetricScope::kGovernor, "acre_governor_",
                 "the governor: ", kGovernorFields, kGovernorKinds, IsShown);
  list.AddFields(MetricScope::kProvider, "acre_provider_",
                 "a provider of memory: ", kProviderFields, kProviderKinds,
                 IsShown);
  list.Add({.scope = MetricScope::kCallsOfHooks,
            .prefix = "acre_provider_",
            .name = "calls",
            .is_counter = true,
            .help = "calls of a provider's extent hooks"});
  list.Add({.scope = MetricScope::kFailuresOfHooks,
            .prefix = "acre_provider_",
            .name = "failures",
            .is_counter = true,
            .help = "those of them that the provider refused"});
  list.Add({.scope = MetricScope::kTimeInHooks,
            .prefix = "acre_provider_",
            .name = "call",
            .unit = "seconds",
            .is_counter = true,
            .help = "time that calls of a provider's extent hooks took"});
  list.AddFields(MetricScope::kAll, "acre_", "all arenas: ", kArenaFields,
                 kArenaKinds, IsSummed);
  list.Add({.scope = MetricScope::kPagesOfAll,
            .prefix = "acre_",
            .name = "pages",
            .unit = "bytes",
            .help = "all arenas: pages by state"});
  list.AddFields(MetricScope::kTenant, "acre_arena_",
                 "an arena: ", kArenaFields, kArenaKinds, IsShown);
  list.Add({.scope = MetricScope::kPagesOfTenant,
            .prefix = "acre_arena_",
            .name = "pages",
            .unit = "bytes",
            .help = "an arena: pages by state"});
  list.AddFields(MetricScope::kClass, "acre_bin_",
                 "all arenas' bins of a class: ", kBinFields, kBinKinds,
                 IsSummed);
  list.AddFields(MetricScope::kKernel, "acre_kernel_",
                 "by the page tables: ", kKernelFields, kKernelKinds, IsShown);
  list.AddFields(MetricScope::kProcess, "acre_process_",
                 "the process, by the kernel: ", kProcessFields, kProcessKinds,
                 IsShown);
  return list;
}

inline constexpr List kList = Make();

}  // namespace metric_families

inline constexpr std::span<const MetricFamily> kMetricFamilies =
    std::span(metric_families::kList.families)
        .first(metric_families::kList.count);

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_METRIC_FAMILIES_H_
