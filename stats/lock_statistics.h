// What locks have seen: how often they were taken, how often somebody waited
// and how long. Reading takes none of them, but for who walks the list of
// providers. Allocates nothing.

#ifndef ACRE_STATS_LOCK_STATISTICS_H_
#define ACRE_STATS_LOCK_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/fields.h"

namespace acre::stats {

struct LockStatistics {
  std::string_view name;                          // Of what it guards.
  char arena[allocator::kMaxArenaName + 1] = "";  // Empty: the service's.
  uint64_t size_class = 0;                        // Of a bin's lock, bytes.
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_LOCK_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &LockStatistics::name},
inline constexpr Field<LockStatistics> kLockFields[] = {
    ACRE_LOCK_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// Writes those with the longest waits, longest first, among the service's and
// all arenas'; of those nobody waited for the most often taken. As many as
// fit; returns how many. O(locks x log(size)).
size_t ReadLocks(const allocator::Domain& domain,
                 std::span<LockStatistics> out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_LOCK_STATISTICS_H_
