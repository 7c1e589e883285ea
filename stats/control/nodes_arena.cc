// arena.<i>.*: what can be done with an arena and changed about it.

#include <algorithm>

#include "stats/control/control_host.h"
#include "stats/control/node_rows.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Domain;
using allocator::PurgeMode;
using allocator::Quota;

uint64_t OrNone(uint64_t limit) {
  return limit == Quota::kUnlimited || limit == UINT64_MAX ? 0 : limit;
}
uint64_t OrUnlimited(uint64_t bytes) {
  return bytes == 0 ? Quota::kUnlimited : bytes;
}

ControlResult IfLive(bool live) {
  return live ? ControlResult() : ControlError::kNoSuchArena;
}

// Calls operation(index, generation) for the arena of the call, or for each.
template <typename Operation>
ControlResult ForEach(const ControlCall& call, Operation operation) {
  if (call.arena != nullptr) {
    return IfLive(operation(call.arena->index, call.generation));
  }
  call.domain->ForEachArena([&](Arena& arena) {
    operation(arena.index, arena.generation.load(std::memory_order_acquire));
  });
  return {};
}

template <PurgeMode kMode>
ControlResult Purge(const ControlCall& call, const ControlValue*,
                    ControlValue*) {
  return ForEach(call, [&](uint32_t index, uint32_t generation) {
    uint64_t bytes = 0;
    return call.domain->PurgeArena(index, generation, kMode, &bytes);
  });
}

ControlResult Decay(const ControlCall& call, const ControlValue*,
                    ControlValue*) {
  return ForEach(call, [&](uint32_t index, uint32_t generation) {
    return call.domain->DecayArena(index, generation);
  });
}

ControlResult Collapse(const ControlCall& call, const ControlValue*,
                       ControlValue*) {
  return ForEach(call, [&](uint32_t index, uint32_t generation) {
    uint64_t bytes = 0;
    return call.domain->Collapse(index, generation, &bytes);
  });
}

ControlResult Reset(const ControlCall& call, const ControlValue*,
                    ControlValue*) {
  return IfLive(call.domain->ResetArena(call.arena->index, call.generation));
}

ControlResult Destroy(const ControlCall& call, const ControlValue*,
                      ControlValue*) {
  return call.host->DestroyArenaAt(call.arena->index, call.generation);
}

ControlResult ResetPeak(const ControlCall& call, const ControlValue*,
                        ControlValue*) {
  if (call.arena != nullptr) {
    call.arena->quota.ResetPeak();
    return {};
  }
  call.domain->ForEachArena([](Arena& arena) { arena.quota.ResetPeak(); });
  call.domain->total().ResetPeak();
  return {};
}

// One of an arena's decay settings, with the others as they are.
template <std::atomic<int64_t> allocator::DecaySettings::*kWhich>
ControlResult DecayTime(const ControlCall& call, const ControlValue* in,
                        ControlValue* out) {
  const allocator::DecaySettings& now = call.arena->decay_settings;
  if (out != nullptr) {
    *out = ControlValue::Of(call.node->type,
                            static_cast<uint64_t>((now.*kWhich).load()));
  }
  if (in == nullptr) return {};
  const int64_t ms = in->signed_number();
  if (!allocator::IsDecayTime(ms)) {
    return {ControlError::kBadValue, allocator::kDecayNever,
            static_cast<uint64_t>(allocator::kMostDecayMs)};
  }
  if (call.check_only) return {};
  return IfLive(
      call.domain->ChangeDecay(call.arena->index, call.generation,
                               [ms](allocator::DecaySettings* settings) {
                                 (settings->*kWhich).store(ms);
                               }));
}

ControlResult MostDirty(const ControlCall& call, const ControlValue* in,
                        ControlValue* out) {
  const allocator::DecaySettings& now = call.arena->decay_settings;
  if (out != nullptr) {
    *out =
        ControlValue::Of(call.node->type, OrNone(now.most_dirty_bytes.load()));
  }
  if (in == nullptr || call.check_only) return {};
  const uint64_t bytes = in->bits == 0 ? UINT64_MAX : in->bits;
  return IfLive(
      call.domain->ChangeDecay(call.arena->index, call.generation,
                               [bytes](allocator::DecaySettings* settings) {
                                 settings->most_dirty_bytes.store(bytes);
                               }));
}

enum class Limit : uint8_t { kReserved, kSoft, kHard };

uint64_t LimitOf(const Quota& quota, Limit which) {
  switch (which) {
    case Limit::kReserved:
      return quota.reserved();
    case Limit::kSoft:
      return OrNone(quota.soft_limit());
    case Limit::kHard:
      break;
  }
  return OrNone(quota.limit());
}

// Whether the service's limit leaves room for a reserve, as far as can be told
// without taking it.
ControlResult CheckRoom(const ControlCall& call, uint64_t reserved) {
  const Quota& quota = call.arena->quota;
  const uint64_t room =
      quota.footprint() +
      std::min(call.domain->total().available(), Quota::kMostReserved);
  if (reserved <= room) return {};
  return {ControlError::kNoRoom, 0, room};
}

void Put(Limit which, uint64_t bytes, Quota::Limits* limits) {
  switch (which) {
    case Limit::kReserved:
      limits->reserved = bytes;
      return;
    case Limit::kSoft:
      limits->soft = OrUnlimited(bytes);
      return;
    case Limit::kHard:
      limits->hard = OrUnlimited(bytes);
      return;
  }
}

// A reserve is at most the hard limit, which has a least value.
ControlResult CheckLimit(const Quota::Limits& limits, Limit which) {
  const uint64_t least =
      std::max(Quota::kLeastHardLimit,
               which == Limit::kHard ? limits.reserved : uint64_t{0});
  if (limits.hard < least) {
    return {ControlError::kBadValue, static_cast<int64_t>(least), UINT64_MAX};
  }
  const uint64_t most = std::min(limits.hard, Quota::kMostReserved);
  if (limits.reserved > most) return {ControlError::kBadValue, 0, most};
  return {};
}

ControlResult SetLimit(const ControlCall& call, Limit which, uint64_t bytes) {
  const Quota& quota = call.arena->quota;
  Quota::Limits limits = {.reserved = quota.reserved(),
                          .soft = quota.soft_limit(),
                          .hard = quota.limit()};
  Put(which, bytes, &limits);
  const ControlResult fine = CheckLimit(limits, which);
  if (!fine.ok()) return fine;
  if (call.check_only) return CheckRoom(call, limits.reserved);
  Quota::LimitResult result;
  if (!call.domain->ChangeLimits(
          call.arena->index, call.generation,
          [&](Quota::Limits* now) { Put(which, bytes, now); }, &result)) {
    return ControlError::kNoSuchArena;
  }
  switch (result.failure) {
    case Quota::LimitFailure::kNone:
      return {};
    case Quota::LimitFailure::kReserveAboveHardLimit:
      return ControlError::kRefused;  // Somebody else changed the other one.
    case Quota::LimitFailure::kServiceLimit:
      break;
  }
  return {ControlError::kNoRoom, 0, result.reservable};
}

template <Limit kWhich>
ControlResult ArenaLimit(const ControlCall& call, const ControlValue* in,
                         ControlValue* out) {
  if (out != nullptr) {
    *out =
        ControlValue::Of(call.node->type, LimitOf(call.arena->quota, kWhich));
  }
  return in == nullptr ? ControlResult() : SetLimit(call, kWhich, in->bits);
}

constexpr auto kNothing = ControlType::kNothing;
constexpr auto kExecute = ControlMode::kExecute;
constexpr auto kNone = ControlUnit::kNone;

constexpr ControlNode kNodes[] = {
    {.name = "arena.<i>.initialized",
     .type = ControlType::kBool,
     .mode = ControlMode::kRead,
     .unit = kNone,
     .help = "whether there is an arena at the index",
     .run = ACRE_CONTROL_READ(call.arena != nullptr),
     .dead_too = true},
    {.name = "arena.<i>.decay",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "give back the unused pages whose time has come",
     .run = &Decay,
     .for_all = true},
    {.name = "arena.<i>.purge",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "give back all dirty and muzzy pages",
     .run = &Purge<PurgeMode::kUnused>,
     .for_all = true},
    {.name = "arena.<i>.purge_idle",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "likewise, with parked tcaches and blocks and spare slabs",
     .run = &Purge<PurgeMode::kIdle>,
     .for_all = true},
    {.name = "arena.<i>.purge_everything",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "likewise, with pages inside free regions of slabs",
     .run = &Purge<PurgeMode::kEverything>,
     .for_all = true},
    {.name = "arena.<i>.collapse",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "have the kernel make hugepages where the memory allows it",
     .run = &Collapse,
     .for_all = true},
    {.name = "arena.<i>.peak_reset",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "start a new peak from what is charged now",
     .run = &ResetPeak,
     .for_all = true},
    {.name = "arena.<i>.reset",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "discard every allocation; nobody may be inside the arena",
     .run = &Reset,
     .reach = ControlReach::kEngine},
    {.name = "arena.<i>.destroy",
     .type = kNothing,
     .mode = kExecute,
     .unit = kNone,
     .help = "end the arena; nobody may be inside it, handles become stale",
     .run = &Destroy,
     .reach = ControlReach::kEngine},
    {.name = "arena.<i>.dss",
     .type = ControlType::kText,
     .mode = ControlMode::kRead,
     .unit = kNone,
     .help = "use of sbrk(2): disabled",
     .run = ACRE_CONTROL_TEXT("disabled"),
     .for_all = true},
    {.name = "arena.<i>.dirty_decay_ms",
     .type = ControlType::kSsize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kMilliseconds,
     .help = "time in which dirty pages decay; -1 never, 0 at once",
     .run = &DecayTime<&allocator::DecaySettings::dirty_ms>},
    {.name = "arena.<i>.muzzy_decay_ms",
     .type = ControlType::kSsize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kMilliseconds,
     .help = "time in which muzzy pages decay; -1 never, 0 none are kept",
     .run = &DecayTime<&allocator::DecaySettings::muzzy_ms>},
    {.name = "arena.<i>.most_dirty",
     .type = ControlType::kSize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kBytes,
     .help = "dirty bytes above this go without waiting; 0 no such limit",
     .run = &MostDirty},
    {.name = "arena.<i>.hard_limit",
     .type = ControlType::kSize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kBytes,
     .help = "most that may be charged; 0 no limit",
     .run = &ArenaLimit<Limit::kHard>},
    {.name = "arena.<i>.soft_limit",
     .type = ControlType::kSize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kBytes,
     .help = "above this the engine is told; 0 never",
     .run = &ArenaLimit<Limit::kSoft>},
    {.name = "arena.<i>.reserved",
     .type = ControlType::kSize,
     .mode = ControlMode::kReadWrite,
     .unit = ControlUnit::kBytes,
     .help = "set aside in the service's total, used or not",
     .run = &ArenaLimit<Limit::kReserved>},
    {.name = "arena.<i>.name",
     .type = ControlType::kText,
     .mode = ControlMode::kRead,
     .unit = kNone,
     .help = "name of the arena",
     .run = [](const ControlCall& call, const ControlValue*,
               ControlValue* out) -> ControlResult {
       *out = ControlValue::Text({});
       call.arena->CopyName(out->text);
       return {};
     }},
    {.name = "arena.<i>.index",
     .type = ControlType::kUnsigned,
     .mode = ControlMode::kRead,
     .unit = kNone,
     .help = "index of the arena",
     .run = ACRE_CONTROL_READ(call.arena->index)},
    {.name = "arena.<i>.generation",
     .type = ControlType::kUint32,
     .mode = ControlMode::kRead,
     .unit = kNone,
     .help = "tells arenas apart that have the index one after the other",
     .run = ACRE_CONTROL_READ(call.generation)},
};

}  // namespace

std::span<const ControlNode> ArenaNodes() { return kNodes; }

}  // namespace acre::stats
