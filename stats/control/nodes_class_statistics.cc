// stats.arenas.<i>.bins.<j>, lextents.<j>, extents.<j> and large: figures of
// one size class of an arena, or of all of them together. Those of unused
// extents are counted at each reading, in all address space.

#include "stats/arena_statistics.h"
#include "stats/control/node_rows.h"
#include "stats/extent_statistics.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Bin;
using allocator::ClassIndex;

constexpr auto kRead = ControlMode::kRead;
constexpr auto kSize = ControlType::kSize;
constexpr auto kUint64 = ControlType::kUint64;
constexpr auto kBytes = ControlUnit::kBytes;
constexpr auto kCount = ControlUnit::kCount;

// A class that has no bin yet has none of anything, but its size.
BinStatistics Read(const ControlCall& call) {
  const ClassIndex size_class{static_cast<uint8_t>(call.index)};
  BinStatistics sum;
  auto add = [&](const Arena& arena) {
    const Bin* bin = arena.BinOf(size_class);
    if (bin == nullptr) return;
    const BinStatistics one = ReadBin(size_class, *bin);
    for (const Field<BinStatistics>& field : kBinFields) {
      if (field.combine == Combine::kSum) {
        sum.*field.member += one.*field.member;
      }
    }
  };
  if (call.arena != nullptr) {
    add(*call.arena);
  } else {
    call.domain->ForEachArena(add);
  }
  sum.size = allocator::ClassSize(size_class);
  return sum;
}

ControlResult ReadField(const ControlCall& call, const ControlValue*,
                        ControlValue* out) {
  *out = ControlValue::Of(call.node->type,
                          Read(call).*kBinFields[call.node->field].member);
  return {};
}

LargeStatistics ReadLargeClass(const ControlCall& call, size_t place) {
  if (call.arena != nullptr) return ReadLarge(*call.arena, place);
  LargeStatistics sum;
  call.domain->ForEachArena([&](const Arena& arena) {
    const LargeStatistics one = ReadLarge(arena, place);
    sum.large_allocations += one.large_allocations;
    sum.bytes += one.bytes;
    sum.created += one.created;
    sum.ended += one.ended;
  });
  return sum;
}

LargeStatistics ReadLargeClass(const ControlCall& call) {
  return ReadLargeClass(call, call.index);
}

LargeStatistics ReadAllLarge(const ControlCall& call) {
  LargeStatistics sum;
  for (size_t place = 0; place < allocator::kLargeClasses; ++place) {
    const LargeStatistics one = ReadLargeClass(call, place);
    sum.large_allocations += one.large_allocations;
    sum.bytes += one.bytes;
    sum.created += one.created;
    sum.ended += one.ended;
  }
  return sum;
}

ExtentStatistics ReadExtentClass(const ControlCall& call) {
  ExtentTable table;
  ReadExtents(*call.domain, call.arena, &table);
  return table[call.index];
}

enum Row : uint16_t {  // The fields, by number.
#define ACRE_ROW(name, unit, combine, help) kBin_##name,
  ACRE_BIN_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};

#define ACRE_FIGURE(name_, type_, unit_, help_, value)                        \
  {                                                                           \
    .name = "stats.arenas.<i>.bins.<j>." name_, .type = type_, .mode = kRead, \
    .unit = unit_, .help = help_, .run = ACRE_CONTROL_READ(value),            \
    .indices = allocator::kSmallClasses, .for_all = true                      \
  }

#define ACRE_LARGE(name_, type_, unit_, help_, value)                     \
  {                                                                       \
    .name = "stats.arenas.<i>.lextents.<j>." name_, .type = type_,        \
    .mode = kRead, .unit = unit_, .help = help_,                          \
    .run = ACRE_CONTROL_READ(value), .indices = allocator::kLargeClasses, \
    .for_all = true                                                       \
  }

#define ACRE_ALL_LARGE(name_, type_, unit_, help_, value)                  \
  {                                                                        \
    .name = "stats.arenas.<i>.large." name_, .type = type_, .mode = kRead, \
    .unit = unit_, .help = help_, .run = ACRE_CONTROL_READ(value),         \
    .for_all = true                                                        \
  }

#define ACRE_EXTENTS(name_, unit_, help_, value)                         \
  {                                                                      \
    .name = "stats.arenas.<i>.extents.<j>." name_, .type = kSize,        \
    .mode = kRead, .unit = unit_, .help = help_,                         \
    .run = ACRE_CONTROL_READ(value), .indices = allocator::kPageClasses, \
    .for_all = true                                                      \
  }

constexpr ControlNode kNodes[] = {
#define ACRE_ROW(name_, unit_, combine, help_)  \
  {.name = "stats.arenas.<i>.bins.<j>." #name_, \
   .type = TypeOf(Unit::unit_),                 \
   .mode = kRead,                               \
   .unit = UnitOf(Unit::unit_),                 \
   .help = help_,                               \
   .run = &ReadField,                           \
   .field = kBin_##name_,                       \
   .indices = allocator::kSmallClasses,         \
   .for_all = true},
    ACRE_BIN_FIELDS(ACRE_ROW)
#undef ACRE_ROW
        ACRE_FIGURE("nmalloc", kUint64, kCount,
                    "regions taken from the bin, by tcaches, too",
                    Read(call).regions_taken),
    ACRE_FIGURE("ndalloc", kUint64, kCount, "regions that came back",
                Read(call).regions_returned),
    ACRE_FIGURE("curregs", kSize, kCount, "regions in use or in tcaches",
                Read(call).regions_out),
    ACRE_FIGURE("nfills", kUint64, kCount, "batches taken", Read(call).fills),
    ACRE_FIGURE("nflushes", kUint64, kCount, "batches given back",
                Read(call).flushes),
    ACRE_FIGURE("nslabs", kUint64, kCount, "slabs ever made",
                Read(call).slabs_created),
    ACRE_FIGURE("curslabs", kSize, kCount, "slabs", Read(call).slabs),
    ACRE_FIGURE("nonfull_slabs", kSize, kCount,
                "slabs with free or withheld regions", Read(call).open_slabs),
    ACRE_FIGURE("mutex.num_ops", kUint64, kCount,
                "times that the bin's lock was taken",
                Read(call).lock_acquisitions),
    ACRE_FIGURE("mutex.num_wait", kUint64, kCount,
                "times that somebody waited for it",
                Read(call).lock_contentions),
    ACRE_FIGURE("mutex.total_wait_time", kUint64, ControlUnit::kNanoseconds,
                "time waited for it", Read(call).lock_wait_ns),
    ACRE_LARGE("curlextents", kSize, kCount,
               "large ones in use, cached or parked",
               ReadLargeClass(call).large_allocations),
    ACRE_LARGE("nmalloc", kUint64, kCount, "allocations of the class so far",
               ReadLargeClass(call).created),
    ACRE_LARGE("ndalloc", kUint64, kCount,
               "those given back, resized or discarded",
               ReadLargeClass(call).ended),
    ACRE_ALL_LARGE("allocated", kSize, kBytes,
                   "large allocations in use, cached or parked",
                   ReadAllLarge(call).bytes),
    ACRE_ALL_LARGE("nmalloc", kUint64, kCount, "large allocations so far",
                   ReadAllLarge(call).created),
    ACRE_ALL_LARGE("ndalloc", kUint64, kCount,
                   "those given back, resized or discarded",
                   ReadAllLarge(call).ended),
    ACRE_EXTENTS("ndirty", kCount, "dirty extents of the class",
                 ReadExtentClass(call).dirty),
    ACRE_EXTENTS("nmuzzy", kCount, "muzzy extents of the class",
                 ReadExtentClass(call).muzzy),
    ACRE_EXTENTS("nretained", kCount, "retained extents of the class",
                 ReadExtentClass(call).retained),
    ACRE_EXTENTS("dirty_bytes", kBytes, "size of its dirty extents",
                 ReadExtentClass(call).dirty_bytes),
    ACRE_EXTENTS("muzzy_bytes", kBytes, "size of its muzzy extents",
                 ReadExtentClass(call).muzzy_bytes),
    ACRE_EXTENTS("retained_bytes", kBytes, "size of its retained extents",
                 ReadExtentClass(call).retained_bytes),
};

}  // namespace

std::span<const ControlNode> ClassStatisticsNodes() { return kNodes; }

}  // namespace acre::stats
