// A snapshot of the providers of a service's memory (extent hooks), one row for
// each that is in use. Reading allocates nothing, and waits for nobody but who
// creates or destroys an arena: O(providers).

#ifndef ACRE_STATS_PROVIDER_STATISTICS_H_
#define ACRE_STATS_PROVIDER_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/fields.h"

namespace acre::stats {

// Of each kind of call, how many.
struct HookCalls {
#define ACRE_DECLARE(name) uint64_t name = 0;
  ACRE_HOOK_CALLS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

struct HookCall {
  std::string_view name;
  uint64_t HookCalls::*member;
};

#define ACRE_ROW(name) {#name, &HookCalls::name},
inline constexpr HookCall kHookCalls[] = {ACRE_HOOK_CALLS(ACRE_ROW)};
#undef ACRE_ROW

struct ProviderStatistics {
  char name[64] = "";  // ExtentHooks::name(), cut to fit; terminated.
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_PROVIDER_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
  HookCalls calls_of;
  HookCalls failures_of;
  HookCalls time_of;  // Nanoseconds spent in them.
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &ProviderStatistics::name},
inline constexpr Field<ProviderStatistics> kProviderFields[] = {
    ACRE_PROVIDER_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// Writes as many as fit, the newest first; returns how many there are.
size_t ReadProviders(const allocator::Domain& domain,
                     std::span<ProviderStatistics> out) noexcept;

// The one at a place in that order; false when there are not so many.
bool ReadProvider(const allocator::Domain& domain, size_t place,
                  ProviderStatistics* out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_PROVIDER_STATISTICS_H_
