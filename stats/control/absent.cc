// Names of jemalloc 5.3 that have no meaning in Acre, and why.

#include "stats/control/node_rows.h"

namespace acre::stats {
namespace {

constexpr std::string_view kNoProfiler =
    "Acre has no sampling heap profiler (config.prof is false)";
constexpr std::string_view kExplicit =
    "caches are explicit: a query opens its own, no thread has one by itself";
constexpr std::string_view kNoIds =
    "tcaches are handles that their queries own, not numbers in a table";
constexpr std::string_view kCInterface =
    "belongs to the C interface, which reads its options from the environment";
constexpr std::string_view kRequests =
    "an allocation out of a tcache counts nothing: that would cost every "
    "allocation; nmalloc has what was taken from bins";
constexpr std::string_view kOneLock =
    "one lock guards an arena's pages of all states: mutexes.pages, and "
    "mutexes.purge for giving them back";
constexpr std::string_view kOtherLocks =
    "Acre has no such lock; stats.mutexes and stats.arenas.<i>.mutexes have "
    "those there are";
constexpr std::string_view kLockDetails =
    "locks count acquisitions, waits and the time of waits, nothing else";

constexpr AbsentControl kAbsent[] = {
    {"opt.trust_madvise",
     "what a provider's purges leave is its hooks' word (trusted or not)"},
    {"opt.oversize_threshold",
     "no arena is set aside for large requests: each tenant has its own"},
    {"opt.lg_extent_max_active_fit",
     "extents are found by class, never much larger than what is asked for"},
    {"opt.stats_print_opts", kCInterface},
    {"opt.stats_interval", kCInterface},
    {"opt.stats_interval_opts", kCInterface},
    {"opt.prof_prefix", kNoProfiler},
    {"opt.prof_active", kNoProfiler},
    {"opt.prof_thread_active_init", kNoProfiler},
    {"opt.lg_prof_sample", kNoProfiler},
    {"opt.prof_accum", kNoProfiler},
    {"opt.lg_prof_interval", kNoProfiler},
    {"opt.prof_gdump", kNoProfiler},
    {"opt.prof_final", kNoProfiler},
    {"opt.prof_leak", kNoProfiler},
    {"opt.prof_leak_error", kNoProfiler},
    {"opt.zero_realloc", kCInterface},
    {"opt.lg_san_uaf_align",
     "freed regions are not set aside; the checked build verifies frees"},
    {"opt.mutex_max_spin", "locks spin about a microsecond before they sleep"},
    {"thread.arena", kExplicit},
    {"thread.allocated", kExplicit},
    {"thread.allocatedp", kExplicit},
    {"thread.deallocated", kExplicit},
    {"thread.deallocatedp", kExplicit},
    {"thread.peak.read", kExplicit},
    {"thread.peak.reset", kExplicit},
    {"thread.tcache.enabled", kExplicit},
    {"thread.tcache.flush", kExplicit},
    {"thread.idle", kExplicit},
    {"thread.prof.name", kNoProfiler},
    {"thread.prof.active", kNoProfiler},
    {"tcache.create", kNoIds},
    {"tcache.flush", kNoIds},
    {"tcache.destroy", kNoIds},
    {"arena.<i>.retain_grow_limit",
     "arenas grow out of ranges that all share, in small steps"},
    {"arena.<i>.extent_hooks",
     "hooks are objects of C++ (ExtentHooks): ArenaOptions::memory and "
     "ArenaRef::SetMemory"},
    {"arena.<i>.oversize_threshold",
     "arena.<i>.most_dirty bounds what stays after a large free"},
    {"prof.*", kNoProfiler},
    {"stats.zero_reallocs", kCInterface},
    {"stats.mutexes.prof.*", kNoProfiler},
    {"stats.mutexes.prof_thds_data.*", kNoProfiler},
    {"stats.mutexes.prof_dump.*", kNoProfiler},
    {"stats.mutexes.ctl.*", kLockDetails},
    {"stats.mutexes.background_thread.*", kLockDetails},
    {"stats.arenas.<i>.nthreads",
     "threads are bound to no arena; open_tcaches counts its queries"},
    {"stats.arenas.<i>.extent_avail",
     "spare descriptors are in a pool that all arenas share"},
    {"stats.arenas.<i>.tcache_stashed_bytes",
     "freed regions are not set aside; the checked build verifies frees"},
    {"stats.arenas.<i>.small.nrequests", kRequests},
    {"stats.arenas.<i>.large.nrequests", kRequests},
    {"stats.arenas.<i>.large.nfills", "tcaches take large ones one by one"},
    {"stats.arenas.<i>.large.nflushes", "tcaches return large ones one by one"},
    {"stats.arenas.<i>.bins.<j>.nrequests", kRequests},
    {"stats.arenas.<i>.lextents.<j>.nrequests", kRequests},
    {"stats.arenas.<i>.bins.<j>.nreslabs",
     "a bin has no current slab: regions are taken from the lowest one"},
    {"stats.arenas.<i>.bins.<j>.mutex.*", kLockDetails},
    {"stats.arenas.<i>.mutexes.extents_dirty.*", kOneLock},
    {"stats.arenas.<i>.mutexes.extents_muzzy.*", kOneLock},
    {"stats.arenas.<i>.mutexes.extents_retained.*", kOneLock},
    {"stats.arenas.<i>.mutexes.decay_dirty.*", kOneLock},
    {"stats.arenas.<i>.mutexes.decay_muzzy.*", kOneLock},
    {"stats.arenas.<i>.mutexes.large.*", kOtherLocks},
    {"stats.arenas.<i>.mutexes.extent_avail.*", kOtherLocks},
    {"stats.arenas.<i>.mutexes.base.*", kOtherLocks},
    {"stats.arenas.<i>.mutexes.tcache_list.*", kLockDetails},
    {"experimental.utilization.query",
     "occupancy is told by class (bins), not by pointer"},
    {"experimental.utilization.batch_query",
     "occupancy is told by class (bins), not by pointer"},
    {"experimental.batch_alloc", "tcaches fill in batches by themselves"},
    {"experimental.arenas_create_ext",
     "ServiceOptions::metadata_hooks has hooks for metadata"},
    {"experimental.hooks.*",
     "the service's options have handlers for misuse, refusals and pressure"},
    {"experimental.thread.*", kExplicit},
    {"experimental.arenas.<i>.pactivep",
     "counters are read through the tree, not by address"},
};

}  // namespace

std::span<const AbsentControl> AbsentControls() { return kAbsent; }

std::string_view TypeName(ControlType type) {
  switch (type) {
    case ControlType::kNothing:
      return "void";
    case ControlType::kBool:
      return "bool";
    case ControlType::kUnsigned:
      return "unsigned";
    case ControlType::kUint32:
      return "uint32_t";
    case ControlType::kUint64:
      return "uint64_t";
    case ControlType::kSize:
      return "size_t";
    case ControlType::kInt64:
      return "int64_t";
    case ControlType::kSsize:
      return "ssize_t";
    case ControlType::kText:
      return "const char *";
    case ControlType::kPointer:
      break;
  }
  return "void *";
}

std::string_view ModeName(ControlMode mode) {
  switch (mode) {
    case ControlMode::kRead:
      return "r";
    case ControlMode::kWrite:
      return "w";
    case ControlMode::kReadWrite:
      return "rw";
    case ControlMode::kExecute:
      break;
  }
  return "x";
}

std::string_view UnitName(ControlUnit unit) {
  switch (unit) {
    case ControlUnit::kNone:
      return "";
    case ControlUnit::kBytes:
      return "bytes";
    case ControlUnit::kCount:
      return "count";
    case ControlUnit::kPages:
      return "pages";
    case ControlUnit::kMilliseconds:
      return "ms";
    case ControlUnit::kNanoseconds:
      break;
  }
  return "ns";
}

}  // namespace acre::stats
