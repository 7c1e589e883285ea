// The one list of figures: of an arena, of its bins, of a service, its governor
// and its providers of memory. The statistics structs, their totals, JSON, the
// SQLite tables and the console all derive from it; a figure is added here and
// nowhere else.

#ifndef ACRE_STATS_FIELDS_H_
#define ACRE_STATS_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::stats {

enum class Unit : uint8_t { kBytes, kCount, kNanoseconds };

// How a figure of several arenas is made one.
enum class Combine : uint8_t { kSum, kNone };

// ACRE_ARENA_FIELDS(X) calls X(name, unit, combine, help) for each figure. All
// are uint64_t. Under load each is read on its own; docs/statistics.md gives
// the bounds. At rest:
//   active  = allocated + cached + slack
//   charged = active + dirty + muzzy + metadata
// where pages of living slabs that were given back are not active but retained.
#define ACRE_ARENA_FIELDS(X)                                                   \
  X(allocated, kBytes, kSum, "in use by the engine, rounded to size classes")  \
  X(cached, kBytes, kSum, "held by tcaches and parked blocks, ready for use")  \
  X(slack, kBytes, kSum, "unused regions and tails of slabs")                  \
  X(active, kBytes, kSum, "pages of slabs and large allocations")              \
  X(dirty, kBytes, kSum, "freed pages not yet given back to the system")       \
  X(muzzy, kBytes, kSum, "freed pages that the system may take any time")      \
  X(metadata, kBytes, kSum, "descriptors and caches charged to the arena")     \
  X(charged, kBytes, kSum, "what counts against the hard limit")               \
  X(hard_limit, kBytes, kNone, "most that may be charged; 0 is no limit")      \
  X(soft_limit, kBytes, kNone, "above this the engine is told; 0 is never")    \
  X(reserved, kBytes, kSum, "set aside in the service's total, used or not")   \
  X(peak, kBytes, kNone, "most that was charged at any time")                  \
  X(resident, kBytes, kSum, "most that may be in memory")                      \
  X(mapped, kBytes, kSum, "active, dirty and muzzy pages and metadata")        \
  X(retained, kBytes, kSum, "address space kept without memory behind it")     \
  X(allocations, kCount, kSum, "allocations in use")                           \
  X(large_allocations, kCount, kSum, "large ones in use, cached or parked")    \
  X(slabs, kCount, kSum, "slabs")                                              \
  X(released, kBytes, kSum, "pages of living slabs given back")                \
  X(fills, kCount, kSum, "batches taken from bins")                            \
  X(flushes, kCount, kSum, "batches given back to bins")                       \
  X(refusals, kCount, kSum, "allocations denied by a limit")                   \
  X(out_of_memory, kCount, kSum, "allocations that the system denied")         \
  X(foreign_frees, kCount, kSum, "frees that came through another arena")      \
  X(open_tcaches, kCount, kSum, "tcaches in use")                              \
  X(parked_tcaches, kCount, kSum, "warm tcaches waiting for a query")          \
  X(parked, kBytes, kSum, "held by parked tcaches and blocks")                 \
  X(purges, kCount, kSum, "batches of unused pages given back")                \
  X(purged, kBytes, kSum, "bytes of unused pages given back so far")           \
  X(lazily_purged, kBytes, kSum, "bytes of dirty pages made muzzy so far")     \
  X(subreleased, kBytes, kSum, "bytes purged out of hugepages in use so far")  \
  X(dirty_sweeps, kCount, kSum, "passes over dirty pages that gave some back") \
  X(dirty_calls, kCount, kSum, "calls of the system for dirty pages")          \
  X(dirty_given_back, kBytes, kSum, "bytes of dirty pages given back so far")  \
  X(muzzy_sweeps, kCount, kSum, "passes over muzzy pages that gave some back") \
  X(muzzy_calls, kCount, kSum, "calls of the system for muzzy pages")          \
  X(muzzy_given_back, kBytes, kSum, "bytes of muzzy pages given back so far")  \
  X(created_ns, kNanoseconds, kNone, "age of the service when it was created")

// Likewise for a bin.
#define ACRE_BIN_FIELDS(X)                                                    \
  X(size, kBytes, kNone, "region size of the class")                          \
  X(slabs, kCount, kSum, "slabs")                                             \
  X(open_slabs, kCount, kSum, "slabs with free or withheld regions")          \
  X(slab_bytes, kBytes, kSum, "pages of the slabs")                           \
  X(regions, kCount, kSum, "regions of the slabs")                            \
  X(regions_out, kCount, kSum, "regions in use or in tcaches")                \
  X(released, kBytes, kSum, "pages of living slabs given back")               \
  X(slack, kBytes, kSum, "unused regions and tails")                          \
  X(regions_taken, kCount, kSum, "regions taken from the bin so far")         \
  X(regions_returned, kCount, kSum, "regions given back or discarded so far") \
  X(fills, kCount, kSum, "batches taken")                                     \
  X(flushes, kCount, kSum, "batches given back")                              \
  X(slabs_created, kCount, kSum, "slabs ever made")                           \
  X(lock_acquisitions, kCount, kSum, "times that the lock was taken")         \
  X(lock_contentions, kCount, kSum, "times that somebody waited for it")      \
  X(lock_wait_ns, kNanoseconds, kSum, "time waited for it")

// Likewise for a large size class of an arena.
#define ACRE_LARGE_FIELDS(X)                                           \
  X(size, kBytes, kNone, "size of the class")                          \
  X(large_allocations, kCount, kSum, "those in use, cached or parked") \
  X(bytes, kBytes, kSum, "their pages")                                \
  X(created, kCount, kSum, "allocations of the class so far")          \
  X(ended, kCount, kSum, "those given back, resized or discarded so far")

// Likewise for unused extents of one size class of pages and all states.
#define ACRE_EXTENT_FIELDS(X)                       \
  X(size, kBytes, kNone, "least size of the class") \
  X(dirty, kCount, kSum, "dirty extents")           \
  X(dirty_bytes, kBytes, kSum, "their size")        \
  X(muzzy, kCount, kSum, "muzzy extents")           \
  X(muzzy_bytes, kBytes, kSum, "their size")        \
  X(retained, kCount, kSum, "retained extents")     \
  X(retained_bytes, kBytes, kSum, "their size")

// Likewise for a service, apart from the sums of its arenas' figures. At rest:
//   charged = the sum of the arenas' max(charged, reserved)
#define ACRE_SERVICE_FIELDS(X)                                               \
  X(arena_count, kCount, kSum, "arenas")                                     \
  X(arenas_created, kCount, kSum, "arenas ever made")                        \
  X(charged, kBytes, kSum, "what counts against the limit, reserves whole")  \
  X(hard_limit, kBytes, kNone, "most that may be charged; 0 is no limit")    \
  X(soft_limit, kBytes, kNone, "above this the engine is told; 0 is never")  \
  X(reserved, kBytes, kSum, "set aside for arenas, used or not")             \
  X(peak, kBytes, kNone, "most that was charged at any time")                \
  X(metadata, kBytes, kSum, "all that describes memory, arenas' included")   \
  X(resident, kBytes, kSum, "most that may be in memory, all metadata too")  \
  X(mapped, kBytes, kSum, "as jemalloc counts it, without what is retained") \
  X(retained, kBytes, kSum, "address space without memory, shared included") \
  X(mappings, kCount, kSum, "grants that arenas' pages lie in")              \
  X(refusals, kCount, kSum, "allocations denied by a limit")                 \
  X(misuses, kCount, kSum, "wrong frees and the like that were reported")    \
  X(pressures, kCount, kSum, "calls of the engine's pressure handler")       \
  X(hook_failures, kCount, kSum, "calls of extent hooks that went wrong")

// Likewise for metadata of a service, by what it is for.
#define ACRE_METADATA_FIELDS(X)                           \
  X(arenas, kBytes, kSum, "records of arenas")            \
  X(bins, kBytes, kSum, "bins")                           \
  X(extents, kBytes, kSum, "descriptors of extents")      \
  X(free_extents, kBytes, kSum, "sets of unused extents") \
  X(large, kBytes, kSum, "counters of large allocations") \
  X(decay, kBytes, kSum, "arenas' unused pages by age")   \
  X(tcaches, kBytes, kSum, "tcaches and their stacks")    \
  X(regions, kBytes, kSum, "bump regions")                \
  X(page_map, kBytes, kSum, "the map of pages")           \
  X(ranges, kBytes, kSum, "providers of memory and their grants")

// Likewise for a lock, or several that guard alike.
#define ACRE_LOCK_FIELDS(X)                                         \
  X(acquisitions, kCount, kSum, "times that it was taken")          \
  X(contentions, kCount, kSum, "times that somebody waited for it") \
  X(wait_ns, kNanoseconds, kSum, "time waited for it")

// Likewise for what the kernel says of memory, measured when asked.
#define ACRE_KERNEL_FIELDS(X)                                          \
  X(mapped, kBytes, kSum, "address space that was looked at")          \
  X(resident, kBytes, kSum, "of it in memory")                         \
  X(huge_backed, kBytes, kSum, "of it in memory as hugepages")         \
  X(lazily_freed, kBytes, kSum, "in memory, and the system's to take") \
  X(swapped, kBytes, kSum, "of it in swap")

// Likewise for what it says of the process.
#define ACRE_PROCESS_FIELDS(X)                                  \
  X(resident, kBytes, kSum, "in memory: RSS")                   \
  X(virtual_memory, kBytes, kSum, "address space")              \
  X(swapped, kBytes, kSum, "in swap")                           \
  X(anonymous, kBytes, kSum, "in memory, of no file")           \
  X(anonymous_huge, kBytes, kSum, "of that in hugepages")       \
  X(lazily_freed, kBytes, kSum, "of that the system's to take") \
  X(mappings, kCount, kSum, "mappings (VMAs)")                  \
  X(most_mappings, kCount, kNone, "mappings that the kernel allows")

// Likewise for the governor.
#define ACRE_GOVERNOR_FIELDS(X)                                           \
  X(scheduled, kCount, kSum, "arenas that wait for a visit")              \
  X(visits, kCount, kSum, "visits to arenas so far")                      \
  X(wakeups, kCount, kSum, "times that the thread woke")                  \
  X(pressure_events, kCount, kSum, "times that the machine ran short")    \
  X(pressure_bytes, kBytes, kSum, "purged because the machine ran short") \
  X(thread_failures, kCount, kSum, "times that the system refused a thread")

// Likewise for a provider of memory: one extent-hooks object in use.
#define ACRE_PROVIDER_FIELDS(X)                                        \
  X(mapped, kBytes, kSum, "address space that the provider granted")   \
  X(free, kBytes, kSum, "the part of it that no arena holds")          \
  X(pinned, kBytes, kSum, "the part of it that is in memory for good") \
  X(grants, kCount, kSum, "runs of addresses that it was granted in")  \
  X(calls, kCount, kSum, "calls of the hooks, of all kinds")           \
  X(failures, kCount, kSum, "calls that the provider refused")

// ACRE_HOOK_CALLS(X) calls X(name) for each kind of call of extent hooks.
#define ACRE_HOOK_CALLS(X) \
  X(allocate)              \
  X(release)               \
  X(commit)                \
  X(decommit)              \
  X(purge_lazily)          \
  X(purge_forcibly)        \
  X(split)                 \
  X(merge)

}  // namespace acre::stats

#endif  // ACRE_STATS_FIELDS_H_
