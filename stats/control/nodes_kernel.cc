// stats.kernel.*, stats.process.* and stats.arenas.<i>.kernel.*: the kernel's
// view, measured at each reading; and an arena's tcaches, oldest first.

#include <array>

#include "stats/control/node_rows.h"
#include "stats/kernel_view.h"
#include "stats/tcache_statistics.h"

namespace acre::stats {
namespace {

constexpr auto kRead = ControlMode::kRead;
constexpr auto kUint64 = ControlType::kUint64;
constexpr auto kSize = ControlType::kSize;
constexpr uint16_t kMostTcaches = 256;

KernelView Measure(const ControlCall& call) {
  return call.arena == nullptr ? MeasureService(*call.domain)
                               : MeasureArena(*call.domain, *call.arena);
}

template <typename ValueOf>
ControlResult WithTcache(const ControlCall& call, ControlValue* out,
                         ValueOf value_of) {
  std::array<TcacheStatistics, kMostTcaches> rows;
  const TcacheCounts counts = ReadTcaches(*call.domain, call.arena, rows);
  if (call.index >= counts.written) return ControlError::kNoSuchIndex;
  *out = ControlValue::Of(call.node->type,
                          static_cast<uint64_t>(value_of(rows[call.index])));
  return {};
}

#define ACRE_TCACHE(name_, type_, unit_, help_, member)                 \
  {                                                                     \
    .name = "stats.arenas.<i>.tcaches.<j>." name_, .type = type_,       \
    .mode = kRead, .unit = unit_, .help = help_,                        \
    .run = [](const ControlCall& call, const ControlValue*,             \
              ControlValue* out) -> ControlResult {                     \
      return WithTcache(call, out, [](const TcacheStatistics& tcache) { \
        return tcache.member;                                           \
      });                                                               \
    },                                                                  \
    .indices = kMostTcaches, .for_all = true                            \
  }

constexpr ControlNode kNodes[] = {
#define ACRE_ROW(name_, unit_, combine, help_)                 \
  {"stats.kernel." #name_,                                     \
   TypeOf(Unit::unit_),                                        \
   kRead,                                                      \
   UnitOf(Unit::unit_),                                        \
   "the service's pages by the page tables: " help_,           \
   ACRE_CONTROL_READ(MeasureService(*call.domain).name_)},     \
      {.name = "stats.arenas.<i>.kernel." #name_,              \
       .type = TypeOf(Unit::unit_),                            \
       .mode = kRead,                                          \
       .unit = UnitOf(Unit::unit_),                            \
       .help = "the arena's pages by the page tables: " help_, \
       .run = ACRE_CONTROL_READ(Measure(call).name_),          \
       .for_all = true},
    ACRE_KERNEL_FIELDS(ACRE_ROW)
#undef ACRE_ROW
#define ACRE_ROW(name_, unit_, combine, help_) \
  {"stats.process." #name_,                    \
   TypeOf(Unit::unit_),                        \
   kRead,                                      \
   UnitOf(Unit::unit_),                        \
   "the process: " help_,                      \
   ACRE_CONTROL_READ(MeasureProcess().name_)},
        ACRE_PROCESS_FIELDS(ACRE_ROW)
#undef ACRE_ROW
            ACRE_TCACHE(
                "age", kUint64, ControlUnit::kNanoseconds,
                "time since tcache <j> first allocated; open ones first",
                age_ns),
    ACRE_TCACHE("bytes", kSize, ControlUnit::kBytes,
                "what tcache <j> holds for later allocations", bytes),
    ACRE_TCACHE("regions", kUint64, ControlUnit::kCount,
                "regions that tcache <j> holds", regions),
    ACRE_TCACHE("parked", ControlType::kBool, ControlUnit::kNone,
                "whether tcache <j> waits for the next query", parked),
};

}  // namespace

std::span<const ControlNode> KernelNodes() { return kNodes; }

}  // namespace acre::stats
