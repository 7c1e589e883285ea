// All arenas of a service, read once each: the largest one by one, the rest in
// one row, so that what is shown adds up to the total exactly and a service of
// 100,000 tenants does not make 100,000 rows.

#ifndef ACRE_STATS_WRITERS_TENANT_READING_H_
#define ACRE_STATS_WRITERS_TENANT_READING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/writers/bin_sums.h"

namespace acre::stats {

// What the row of the rest is called. A tenant of that name is part of it.
inline constexpr std::string_view kOtherTenants = "other";

struct TenantReading {
  // By name; no two have the same one. Names are valid UTF-8: a byte that is
  // not became a question mark.
  std::span<const ArenaStatistics> rows;
  // Sums of all that have no row; limits and peaks are 0.
  ArenaStatistics rest;
  uint64_t arenas_in_rest = 0;
  // Its `arenas` are the sums of `rows` and `rest`.
  ServiceStatistics service;
  BinSums bins;
  uint64_t cost_ns = 0;
};

// As many rows as there is room for. O(arenas * log(rows.size())); allocates
// nothing.
void ReadTenants(const allocator::Domain& domain, Locking locking,
                 std::span<ArenaStatistics> rows, TenantReading* out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_TENANT_READING_H_
