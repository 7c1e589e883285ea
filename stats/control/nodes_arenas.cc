// arenas.*: what all arenas have in common, and how new ones are made.

#include "stats/control/control_host.h"
#include "stats/control/node_rows.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::ClassIndex;
using allocator::Domain;
using allocator::SlabShape;

constexpr auto kLargeClasses =
    static_cast<uint16_t>(allocator::kClasses - allocator::kSmallClasses);

ClassIndex SmallClass(const ControlCall& call) {
  return ClassIndex(static_cast<uint8_t>(call.index));
}

// Slabs of a class have several shapes; the largest stands for them.
SlabShape LargestShape(const ControlCall& call) {
  const auto& geometry = allocator::GeometryOf(SmallClass(call));
  return geometry.shapes[geometry.steps - 1];
}

template <bool kDirty>
ControlResult DefaultDecay(const ControlCall& call, const ControlValue* in,
                           ControlValue* out) {
  Domain& domain = *call.domain;
  if (out != nullptr) {
    *out = ControlValue::Of(
        call.node->type,
        static_cast<uint64_t>(kDirty ? domain.default_dirty_decay_ms()
                                     : domain.default_muzzy_decay_ms()));
  }
  if (in == nullptr) return {};
  const int64_t ms = in->signed_number();
  if (!allocator::IsDecayTime(ms)) {
    return {ControlError::kBadValue, allocator::kDecayNever,
            static_cast<uint64_t>(allocator::kMostDecayMs)};
  }
  if (call.check_only) return {};
  if (kDirty) {
    domain.set_default_dirty_decay_ms(ms);
  } else {
    domain.set_default_muzzy_decay_ms(ms);
  }
  return {};
}

ControlResult Create(const ControlCall& call, const ControlValue* in,
                     ControlValue* out) {
  if (call.check_only) return {};
  uint32_t index = 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): that is what was written.
  auto* const hooks = in == nullptr
                          ? nullptr
                          : reinterpret_cast<allocator::ExtentHooks*>(in->bits);
  const ControlResult result = call.host->CreateUnownedArena(hooks, &index);
  if (result.ok() && out != nullptr) {
    *out = ControlValue::Of(call.node->type, index);
  }
  return result;
}

ControlResult Lookup(const ControlCall& call, const ControlValue* in,
                     ControlValue* out) {
  if (call.check_only) return {};
  if (in == nullptr || out == nullptr) return ControlError::kNotReadable;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): that is what was written.
  const Arena* arena = call.domain->OwnerOf(reinterpret_cast<void*>(in->bits));
  if (arena == nullptr) return ControlError::kNoSuchArena;
  *out = ControlValue::Of(call.node->type, arena->index);
  return {};
}

constexpr auto kRead = ControlMode::kRead;
constexpr auto kUnsigned = ControlType::kUnsigned;
constexpr auto kSize = ControlType::kSize;
constexpr auto kUint32 = ControlType::kUint32;
constexpr auto kBytes = ControlUnit::kBytes;
constexpr auto kCount = ControlUnit::kCount;

constexpr ControlNode kNodes[] = {
    {"arenas.narenas", kUnsigned, kRead, kCount,
     "indices of arenas that were ever in use",
     ACRE_CONTROL_READ(call.domain->arena_indices())},
    {"arenas.quantum", kSize, kRead, kBytes,
     "spacing of the size classes from 16 to 128", ACRE_CONTROL_READ(16)},
    {"arenas.page", kSize, kRead, kBytes, "page size",
     ACRE_CONTROL_READ(allocator::kPageSize)},
    {"arenas.tcache_max", kSize, kRead, kBytes,
     "largest size that tcaches hold",
     ACRE_CONTROL_READ(allocator::kMaxCachedSize)},
    {"arenas.nbins", kUnsigned, kRead, kCount, "small size classes",
     ACRE_CONTROL_READ(allocator::kSmallClasses)},
    {"arenas.nhbins", kUnsigned, kRead, kCount,
     "size classes that tcaches hold",
     ACRE_CONTROL_READ(allocator::kCachedClasses)},
    {"arenas.nlextents", kUnsigned, kRead, kCount, "large size classes",
     ACRE_CONTROL_READ(kLargeClasses)},
    {.name = "arenas.bin.<j>.size",
     .type = kSize,
     .mode = kRead,
     .unit = kBytes,
     .help = "region size of a small class",
     .run = ACRE_CONTROL_READ(allocator::ClassSize(SmallClass(call))),
     .indices = allocator::kSmallClasses},
    {.name = "arenas.bin.<j>.nregs",
     .type = kUint32,
     .mode = kRead,
     .unit = kCount,
     .help = "regions of the class's largest slabs",
     .run = ACRE_CONTROL_READ(LargestShape(call).regions),
     .indices = allocator::kSmallClasses},
    {.name = "arenas.bin.<j>.slab_size",
     .type = kSize,
     .mode = kRead,
     .unit = kBytes,
     .help = "size of the class's largest slabs; its first ones are smaller",
     .run = ACRE_CONTROL_READ(LargestShape(call).pages * allocator::kPageSize),
     .indices = allocator::kSmallClasses},
    {.name = "arenas.bin.<j>.nshards",
     .type = kUint32,
     .mode = kRead,
     .unit = kCount,
     .help = "bins of the class in an arena",
     .run = ACRE_CONTROL_READ(1),
     .indices = allocator::kSmallClasses},
    {.name = "arenas.lextent.<j>.size",
     .type = kSize,
     .mode = kRead,
     .unit = kBytes,
     .help = "size of a large class",
     .run = ACRE_CONTROL_READ(allocator::ClassSize(ClassIndex(
         static_cast<uint8_t>(allocator::kSmallClasses + call.index)))),
     .indices = kLargeClasses},
    {"arenas.dirty_decay_ms", ControlType::kSsize, ControlMode::kReadWrite,
     ControlUnit::kMilliseconds,
     "decay time of dirty pages in arenas made henceforth that do not say",
     &DefaultDecay<true>},
    {"arenas.muzzy_decay_ms", ControlType::kSsize, ControlMode::kReadWrite,
     ControlUnit::kMilliseconds,
     "decay time of muzzy pages in arenas made henceforth that do not say",
     &DefaultDecay<false>},
    {.name = "arenas.create",
     .type = kUnsigned,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kNone,
     .help = "makes an arena, with the ExtentHooks written, if any; its index",
     .run = &Create,
     .reach = ControlReach::kEngine,
     .in_type = ControlType::kPointer},
    {.name = "arenas.lookup",
     .type = kUnsigned,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kNone,
     .help = "index of the arena that owns the address that is written",
     .run = &Lookup,
     .reach = ControlReach::kEngine,
     .in_type = ControlType::kPointer},
};

}  // namespace

std::span<const ControlNode> ArenasNodes() { return kNodes; }

}  // namespace acre::stats
