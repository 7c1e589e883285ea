// stats.arenas.<i>.*: the figures of one arena, or of all of them together.

#include "stats/arena_statistics.h"
#include "stats/control/node_rows.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Bin;
using allocator::ClassIndex;
using allocator::ClassSize;
using allocator::LockCounts;

constexpr auto kRead = ControlMode::kRead;
constexpr auto kSize = ControlType::kSize;
constexpr auto kUint64 = ControlType::kUint64;
constexpr auto kBytes = ControlUnit::kBytes;
constexpr auto kCount = ControlUnit::kCount;
constexpr auto kInPages = ControlUnit::kPages;

ArenaStatistics Read(const ControlCall& call) {
  if (call.arena == nullptr) return ReadService(*call.domain).arenas;
  ArenaStatistics one;
  ReadArena(*call.arena, &one);
  return one;
}

ControlResult ReadField(const ControlCall& call, const ControlValue*,
                        ControlValue* out) {
  *out = ControlValue::Of(call.node->type,
                          Read(call).*kArenaFields[call.node->field].member);
  return {};
}

// The sum of what value_of(arena) gives, over the arenas of the call.
template <typename ValueOf>
auto SumOf(const ControlCall& call, ValueOf value_of) {
  using Sum = decltype(value_of(*call.arena));
  if (call.arena != nullptr) return value_of(*call.arena);
  Sum sum{};
  call.domain->ForEachArena(
      [&](const Arena& arena) { sum += value_of(arena); });
  return sum;
}

struct SmallCounts {
  uint64_t allocated = 0;
  uint64_t taken = 0;
  uint64_t returned = 0;
  uint64_t fills = 0;
  uint64_t flushes = 0;

  SmallCounts& operator+=(const SmallCounts& other) {
    allocated += other.allocated;
    taken += other.taken;
    returned += other.returned;
    fills += other.fills;
    flushes += other.flushes;
    return *this;
  }
};

SmallCounts SmallOf(const ControlCall& call) {
  return SumOf(call, [](const Arena& arena) {
    SmallCounts sum;
    arena.ForEachBin([&](ClassIndex size_class, const Bin& bin) {
      const Bin::Sizes sizes = bin.sizes();
      // Written in this order: never fewer taken than out.
      const uint64_t out = sizes.regions_out;
      sum.allocated += out * ClassSize(size_class);
      sum.taken += sizes.regions_taken;
      sum.returned += sizes.regions_taken > out ? sizes.regions_taken - out : 0;
      sum.fills += sizes.fills;
      sum.flushes += sizes.flushes;
    });
    return sum;
  });
}

enum class Lock : uint8_t { kCaches, kPurge, kPages, kQuota };

template <Lock kWhich>
LockCounts CountsOf(const ControlCall& call) {
  return SumOf(call, [](const Arena& arena) {
    const Arena::Locks locks = arena.lock_counts();
    switch (kWhich) {
      case Lock::kCaches:
        return locks.caches;
      case Lock::kPurge:
        return locks.purge;
      case Lock::kPages:
        return locks.pages;
      case Lock::kQuota:
        break;
    }
    return locks.quota;
  });
}

enum Row : uint16_t {  // The fields, by number.
#define ACRE_ROW(name, unit, combine, help) kArena_##name,
  ACRE_ARENA_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};

// Rows of an arena, with jemalloc's names.
#define ACRE_FIGURE(name_, type_, unit_, help_, value)               \
  {                                                                  \
    .name = "stats.arenas.<i>." name_, .type = type_, .mode = kRead, \
    .unit = unit_, .help = help_, .run = ACRE_CONTROL_READ(value),   \
    .for_all = true                                                  \
  }

#define ACRE_LOCK(name_, which, what)                                 \
  ACRE_FIGURE("mutexes." name_ ".num_ops", kUint64, kCount,           \
              "times that the lock of " what " was taken",            \
              CountsOf<Lock::which>(call).acquisitions),              \
      ACRE_FIGURE("mutexes." name_ ".num_wait", kUint64, kCount,      \
                  "times that somebody waited for the lock of " what, \
                  CountsOf<Lock::which>(call).contentions),           \
      ACRE_FIGURE("mutexes." name_ ".total_wait_time", kUint64,       \
                  ControlUnit::kNanoseconds,                          \
                  "time waited for the lock of " what,                \
                  CountsOf<Lock::which>(call).wait_ns)

constexpr ControlNode kNodes[] = {
#define ACRE_ROW(name_, unit_, combine, help_) \
  {.name = "stats.arenas.<i>." #name_,         \
   .type = TypeOf(Unit::unit_),                \
   .mode = kRead,                              \
   .unit = UnitOf(Unit::unit_),                \
   .help = help_,                              \
   .run = &ReadField,                          \
   .field = kArena_##name_,                    \
   .for_all = Combine::combine == Combine::kSum},
    ACRE_ARENA_FIELDS(ACRE_ROW)
#undef ACRE_ROW
        {.name = "stats.arenas.<i>.dss",
         .type = ControlType::kText,
         .mode = kRead,
         .unit = ControlUnit::kNone,
         .help = "use of sbrk(2): disabled",
         .run = ACRE_CONTROL_TEXT("disabled"),
         .for_all = true},
    {.name = "stats.arenas.<i>.dirty_decay_ms",
     .type = ControlType::kSsize,
     .mode = kRead,
     .unit = ControlUnit::kMilliseconds,
     .help = "time in which dirty pages decay; -1 never",
     .run = ACRE_CONTROL_READ(call.arena->decay_settings.dirty_ms.load())},
    {.name = "stats.arenas.<i>.muzzy_decay_ms",
     .type = ControlType::kSsize,
     .mode = kRead,
     .unit = ControlUnit::kMilliseconds,
     .help = "time in which muzzy pages decay; -1 never",
     .run = ACRE_CONTROL_READ(call.arena->decay_settings.muzzy_ms.load())},
    {.name = "stats.arenas.<i>.uptime",
     .type = kUint64,
     .mode = kRead,
     .unit = ControlUnit::kNanoseconds,
     .help = "time since the arena was created",
     .run = ACRE_CONTROL_READ(call.domain->uptime_ns() -
                              call.arena->created_ns.load())},
    ACRE_FIGURE("pactive", kSize, kInPages, "active pages",
                Read(call).active / allocator::kPageSize),
    ACRE_FIGURE("pdirty", kSize, kInPages, "dirty pages",
                Read(call).dirty / allocator::kPageSize),
    ACRE_FIGURE("pmuzzy", kSize, kInPages, "muzzy pages",
                Read(call).muzzy / allocator::kPageSize),
    ACRE_FIGURE("base", kSize, kBytes,
                "what describes the arena's memory: its metadata",
                Read(call).metadata),
    ACRE_FIGURE("internal", kSize, kBytes,
                "the arena's own allocations: none, metadata is in pools", 0),
    ACRE_FIGURE("metadata_thp", kSize, kCount,
                "hugepages asked for metadata: none", 0),
    ACRE_FIGURE("abandoned_vm", kSize, kBytes,
                "address space given up for good: none", 0),
    ACRE_FIGURE("tcache_bytes", kSize, kBytes,
                "held by tcaches and parked blocks", Read(call).cached),
    ACRE_FIGURE("dirty_npurge", kUint64, kCount,
                "passes over dirty pages that gave some back",
                Read(call).dirty_sweeps),
    ACRE_FIGURE("dirty_nmadvise", kUint64, kCount,
                "calls of the system for dirty pages", Read(call).dirty_calls),
    ACRE_FIGURE("dirty_purged", kUint64, kInPages,
                "dirty pages given back so far",
                Read(call).dirty_given_back / allocator::kPageSize),
    ACRE_FIGURE("muzzy_purged", kUint64, kInPages,
                "muzzy pages given back so far",
                Read(call).muzzy_given_back / allocator::kPageSize),
    ACRE_FIGURE("muzzy_npurge", kUint64, kCount,
                "passes over muzzy pages that gave some back",
                Read(call).muzzy_sweeps),
    ACRE_FIGURE("muzzy_nmadvise", kUint64, kCount,
                "calls of the system for muzzy pages", Read(call).muzzy_calls),
    ACRE_FIGURE("small.allocated", kSize, kBytes,
                "small regions out of their bins, in tcaches, too",
                SmallOf(call).allocated),
    ACRE_FIGURE("small.nmalloc", kUint64, kCount,
                "regions taken from bins, by tcaches, too",
                SmallOf(call).taken),
    ACRE_FIGURE("small.ndalloc", kUint64, kCount,
                "regions that came back to bins", SmallOf(call).returned),
    ACRE_FIGURE("small.nfills", kUint64, kCount, "batches taken from bins",
                SmallOf(call).fills),
    ACRE_FIGURE("small.nflushes", kUint64, kCount, "batches given back to bins",
                SmallOf(call).flushes),
    ACRE_LOCK("tcache_list", kCaches, "the arena's caches"),
    ACRE_LOCK("purge", kPurge, "purging"),
    ACRE_LOCK("pages", kPages, "the arena's pages"),
    ACRE_LOCK("quota", kQuota, "the arena's quota"),
};

}  // namespace

std::span<const ControlNode> ArenaStatisticsNodes() { return kNodes; }

}  // namespace acre::stats
