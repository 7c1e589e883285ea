// The one list of an arena's figures. The statistics struct, its totals, JSON,
// the SQLite table and the console all derive from it; a figure is added here
// and nowhere else.

#ifndef ACRE_STATS_FIELDS_H_
#define ACRE_STATS_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::stats {

enum class Unit : uint8_t { kBytes, kCount };

// How a figure of several arenas is made one.
enum class Combine : uint8_t { kSum, kNone };

// ACRE_ARENA_FIELDS(X) calls X(name, unit, combine, help) for each figure. All
// are uint64_t. Under load each is read on its own; docs/statistics.md gives
// the bounds. At rest:
//   active  = allocated + cached + slack
//   charged = active + dirty + muzzy + metadata
#define ACRE_ARENA_FIELDS(X)                                                  \
  X(allocated, kBytes, kSum, "in use by the engine, rounded to size classes") \
  X(cached, kBytes, kSum, "held by tcaches and parked blocks, ready for use") \
  X(slack, kBytes, kSum, "unused regions and tails of slabs")                 \
  X(active, kBytes, kSum, "pages of slabs and large allocations")             \
  X(dirty, kBytes, kSum, "freed pages not yet given back to the system")      \
  X(muzzy, kBytes, kSum, "freed pages that the system may take any time")     \
  X(metadata, kBytes, kSum, "descriptors and caches charged to the arena")    \
  X(charged, kBytes, kSum, "what counts against the hard limit")              \
  X(hard_limit, kBytes, kNone, "most that may be charged; 0 is no limit")     \
  X(resident, kBytes, kSum, "most that may be in memory")                     \
  X(mapped, kBytes, kSum, "active, dirty and muzzy pages and metadata")       \
  X(retained, kBytes, kSum, "address space kept without memory behind it")    \
  X(allocations, kCount, kSum, "allocations in use")                          \
  X(large_allocations, kCount, kSum, "large ones in use, cached or parked")   \
  X(slabs, kCount, kSum, "slabs")                                             \
  X(released, kBytes, kSum, "pages of living slabs given back")               \
  X(fills, kCount, kSum, "batches taken from bins")                           \
  X(flushes, kCount, kSum, "batches given back to bins")                      \
  X(refusals, kCount, kSum, "allocations denied by a limit")                  \
  X(out_of_memory, kCount, kSum, "allocations that the system denied")        \
  X(foreign_frees, kCount, kSum, "frees that came through another arena")     \
  X(open_tcaches, kCount, kSum, "tcaches in use")                             \
  X(parked_tcaches, kCount, kSum, "warm tcaches waiting for a query")         \
  X(parked, kBytes, kSum, "held by parked tcaches and blocks")                \
  X(purges, kCount, kSum, "batches of unused pages given back")               \
  X(purged, kBytes, kSum, "bytes of unused pages given back so far")          \
  X(lazily_purged, kBytes, kSum, "bytes of dirty pages made muzzy so far")

// Likewise for a bin.
#define ACRE_BIN_FIELDS(X)                                      \
  X(size, kBytes, kNone, "region size of the class")            \
  X(slabs, kCount, kSum, "slabs")                               \
  X(slab_bytes, kBytes, kSum, "pages of the slabs")             \
  X(regions, kCount, kSum, "regions of the slabs")              \
  X(regions_out, kCount, kSum, "regions in use or in tcaches")  \
  X(released, kBytes, kSum, "pages of living slabs given back") \
  X(slack, kBytes, kSum, "unused regions and tails")            \
  X(fills, kCount, kSum, "batches taken")                       \
  X(flushes, kCount, kSum, "batches given back")                \
  X(slabs_created, kCount, kSum, "slabs ever made")

}  // namespace acre::stats

#endif  // ACRE_STATS_FIELDS_H_
