// The tcaches of a service: how long each has been open and what it holds.
// Takes no lock and allocates nothing.

#ifndef ACRE_STATS_TCACHE_STATISTICS_H_
#define ACRE_STATS_TCACHE_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/arena/domain.h"

namespace acre::stats {

struct TcacheStatistics {
  char arena[allocator::kMaxArenaName + 1] = "";
  uint32_t arena_index = 0;
  // Tells open tcaches apart; given anew to another one when it was closed.
  uint32_t id = 0;
  bool parked = false;   // Closed, and warm for the next query.
  uint64_t age_ns = 0;   // Since it first allocated, to a few milliseconds.
  uint64_t bytes = 0;    // Held for later allocations.
  uint64_t regions = 0;  // Likewise.
};

struct TcacheCounts {
  size_t written = 0;
  // Of all, also those that did not fit. A tcache that has not allocated yet
  // holds nothing and is not counted.
  uint64_t open = 0;
  uint64_t parked = 0;
};

// Writes open ones before parked ones, the oldest first, as many as fit; of one
// arena, or where `arena` is null of all. Those that are opened or closed
// meanwhile may be missed. O(arenas + tcaches x log(size)).
TcacheCounts ReadTcaches(const allocator::Domain& domain,
                         const allocator::Arena* arena,
                         std::span<TcacheStatistics> out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_TCACHE_STATISTICS_H_
