// All arenas of a service at one time, largest first: a page of them, and the
// total of all.
//
// Every arena is read exactly once, and the total is the sum of what was read:
// with all rows listed it adds up to the byte, also under load. No lock is held
// meanwhile. Costs O(arenas), and memory for as many rows as are asked for.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ARENA_LISTING_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ARENA_LISTING_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "allocator/arena/domain.h"
#include "engine_adapter/admin/read_stamp.h"
#include "stats/arena_statistics.h"

namespace acre::admin {

struct ArenaListing {
  ReadStamp stamp;
  size_t arena_count = 0;  // read, listed or not
  size_t offset = 0;
  // By charged bytes, descending; equal ones by index.
  std::vector<stats::ArenaStatistics> rows;
  // Of all arenas. Its limits and its peak are the service's.
  stats::ArenaStatistics total;
};

// The rows from `offset` on, `limit` of them or all.
ArenaListing ReadArenas(const allocator::Domain& domain,
                        std::optional<size_t> limit, size_t offset);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ARENA_LISTING_H_
