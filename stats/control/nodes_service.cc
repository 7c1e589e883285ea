// epoch, background_thread and stats.* but stats.arenas: figures of the service
// as a whole. Sums over arenas look at each arena at each reading.

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "stats/arena_statistics.h"
#include "stats/control/control_host.h"
#include "stats/control/node_rows.h"
#include "stats/provider_statistics.h"

namespace acre::stats {
namespace {

constexpr auto kRead = ControlMode::kRead;
constexpr auto kSize = ControlType::kSize;
constexpr auto kUint64 = ControlType::kUint64;
constexpr auto kBytes = ControlUnit::kBytes;
constexpr auto kCount = ControlUnit::kCount;
constexpr uint16_t kMostProviders = 64;

ControlResult ReadServiceField(const ControlCall& call, const ControlValue*,
                               ControlValue* out) {
  const ServiceStatistics now = ReadService(*call.domain);
  *out = ControlValue::Of(call.node->type,
                          now.*kServiceFields[call.node->field].member);
  return {};
}

ControlResult ReadGovernorField(const ControlCall& call, const ControlValue*,
                                ControlValue* out) {
  const GovernorStatistics now = ReadGovernor(*call.domain);
  *out = ControlValue::Of(call.node->type,
                          now.*kGovernorFields[call.node->field].member);
  return {};
}

// Reads provider <j>, newest first, and has `value_of` look at it.
template <typename ValueOf>
ControlResult WithProvider(const ControlCall& call, ValueOf value_of) {
  ProviderStatistics provider;
  if (!ReadProvider(*call.domain, call.index, &provider)) {
    return ControlError::kNoSuchIndex;
  }
  value_of(provider);
  return {};
}

ControlResult ReadProviderField(const ControlCall& call, const ControlValue*,
                                ControlValue* out) {
  return WithProvider(call, [&](const ProviderStatistics& provider) {
    *out = ControlValue::Of(call.node->type,
                            provider.*kProviderFields[call.node->field].member);
  });
}

ControlResult ReadProviderName(const ControlCall& call, const ControlValue*,
                               ControlValue* out) {
  return WithProvider(call, [&](const ProviderStatistics& provider) {
    *out = ControlValue::Text(provider.name);
  });
}

template <HookCalls ProviderStatistics::*kWhich>
ControlResult ReadHookCalls(const ControlCall& call, const ControlValue*,
                            ControlValue* out) {
  return WithProvider(call, [&](const ProviderStatistics& provider) {
    *out = ControlValue::Of(
        call.node->type, provider.*kWhich.*kHookCalls[call.node->field].member);
  });
}

// Acre shows what is, so there is nothing to refresh: writing is accepted, and
// counted for those who look whether it moves.
ControlResult Epoch(const ControlCall& call, const ControlValue* in,
                    ControlValue* out) {
  if (in != nullptr && !call.check_only) call.domain->AdvanceEpoch();
  // As in jemalloc, what is read after writing in the same call is the new one.
  if (out != nullptr) {
    *out = ControlValue::Of(call.node->type, call.domain->epoch());
  }
  return {};
}

ControlResult ResetTotalPeak(const ControlCall& call, const ControlValue*,
                             ControlValue*) {
  call.domain->total().ResetPeak();
  return {};
}

uint64_t OrNone(uint64_t limit) {
  return limit == allocator::Quota::kUnlimited ? 0 : limit;
}

ControlResult TotalHardLimit(const ControlCall& call, const ControlValue* in,
                             ControlValue* out) {
  allocator::Quota& total = call.domain->total();
  if (out != nullptr) {
    *out = ControlValue::Of(call.node->type, OrNone(total.limit()));
  }
  if (in == nullptr) return {};
  if (in->bits != 0 && in->bits < allocator::Quota::kLeastHardLimit) {
    return {ControlError::kBadValue,
            static_cast<int64_t>(allocator::Quota::kLeastHardLimit),
            UINT64_MAX};
  }
  if (call.check_only) return {};
  total.set_limit(in->bits == 0 ? allocator::Quota::kUnlimited : in->bits);
  return {};
}

ControlResult TotalSoftLimit(const ControlCall& call, const ControlValue* in,
                             ControlValue* out) {
  allocator::Quota& total = call.domain->total();
  if (out != nullptr) {
    *out = ControlValue::Of(call.node->type, OrNone(total.soft_limit()));
  }
  if (in == nullptr || call.check_only) return {};
  total.set_soft_limit(in->bits == 0 ? allocator::Quota::kUnlimited : in->bits);
  return {};
}

ControlResult PurgeService(const ControlCall& call, const ControlValue*,
                           ControlValue*) {
  call.domain->PurgeAll(allocator::PurgeMode::kEverything);
  return {};
}

uint64_t RunInterval(const ControlCall& call) {
  const uint64_t runs = ReadGovernor(*call.domain).wakeups;
  return runs == 0 ? 0 : call.domain->uptime_ns() / runs;
}

enum Row : uint16_t {  // The fields, by number.
#define ACRE_ROW(name, unit, combine, help) kService_##name,
  ACRE_SERVICE_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};
enum GovernorRow : uint16_t {
#define ACRE_ROW(name, unit, combine, help) kGovernor_##name,
  ACRE_GOVERNOR_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};
enum ProviderRow : uint16_t {
#define ACRE_ROW(name, unit, combine, help) kProvider_##name,
  ACRE_PROVIDER_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};
enum HookCallRow : uint16_t {
#define ACRE_ROW(name) kHookCall_##name,
  ACRE_HOOK_CALLS(ACRE_ROW)
#undef ACRE_ROW
};

constexpr ControlNode kNodes[] = {
    {"epoch", kUint64, ControlMode::kReadWrite, kCount,
     "accepted and counted: figures are always those of now", &Epoch},
    {"background_thread", ControlType::kBool, ControlMode::kReadWrite,
     ControlUnit::kNone,
     "whether the governor may have a thread; without it the engine ticks",
     [](const ControlCall& call, const ControlValue* in,
        ControlValue* out) -> ControlResult {
       allocator::Governor& governor = call.domain->governor();
       if (out != nullptr) {
         *out = ControlValue::Of(call.node->type,
                                 governor.statistics().thread_allowed);
       }
       return in == nullptr || call.check_only ||
                      governor.AllowThread(in->flag())
                  ? ControlResult()
                  : ControlError::kRefused;
     }},
    {"max_background_threads", kSize, ControlMode::kReadWrite, kCount,
     "threads that the governor may have: 1",
     [](const ControlCall& call, const ControlValue* in,
        ControlValue* out) -> ControlResult {
       if (out != nullptr) *out = ControlValue::Of(call.node->type, 1);
       if (in != nullptr && in->bits != 1) {
         return {ControlError::kBadValue, 1, 1};
       }
       return {};
     }},
    {"service.name", ControlType::kText, kRead, ControlUnit::kNone,
     "name of the service", ACRE_CONTROL_TEXT(call.host->service_name())},
    {"service.uptime", kUint64, kRead, ControlUnit::kNanoseconds,
     "time since the service was created",
     ACRE_CONTROL_READ(call.domain->uptime_ns())},
    {"service.hard_limit", kSize, ControlMode::kReadWrite, kBytes,
     "most that all arenas together may be charged; 0 no limit",
     &TotalHardLimit},
    {"service.soft_limit", kSize, ControlMode::kReadWrite, kBytes,
     "above this the engine is told; 0 never", &TotalSoftLimit},
    {"service.purge", ControlType::kNothing, ControlMode::kExecute,
     ControlUnit::kNone,
     "every arena gives back all that is not in use, inside slabs, too",
     &PurgeService},
    {"service.peak_reset", ControlType::kNothing, ControlMode::kExecute,
     ControlUnit::kNone, "start a new peak of the total", &ResetTotalPeak},
    {"stats.allocated", kSize, kRead, kBytes,
     "in use by the engine in all arenas, rounded to size classes",
     ACRE_CONTROL_READ(ReadService(*call.domain).arenas.allocated)},
    {"stats.active", kSize, kRead, kBytes,
     "pages of slabs and large allocations in all arenas",
     ACRE_CONTROL_READ(ReadService(*call.domain).arenas.active)},
    {"stats.metadata_thp", kSize, kRead, kCount,
     "hugepages asked for metadata: none", ACRE_CONTROL_READ(0)},
    {"stats.background_thread.num_threads", kSize, kRead, kCount,
     "threads of the governor that run",
     ACRE_CONTROL_READ(ReadGovernor(*call.domain).running ? 1 : 0)},
    {"stats.background_thread.num_runs", kUint64, kRead, kCount,
     "times that the governor's thread woke",
     ACRE_CONTROL_READ(ReadGovernor(*call.domain).wakeups)},
    {"stats.background_thread.run_interval", kUint64, kRead,
     ControlUnit::kNanoseconds, "mean time from one to the next",
     ACRE_CONTROL_READ(RunInterval(call))},
    {"stats.governor.running", ControlType::kBool, kRead, ControlUnit::kNone,
     "whether the governor's thread runs",
     ACRE_CONTROL_READ(ReadGovernor(*call.domain).running)},
#define ACRE_ROW(name_, unit_, combine, help_) \
  {.name = "stats." #name_,                    \
   .type = TypeOf(Unit::unit_),                \
   .mode = kRead,                              \
   .unit = UnitOf(Unit::unit_),                \
   .help = help_,                              \
   .run = &ReadServiceField,                   \
   .field = kService_##name_},
    ACRE_SERVICE_FIELDS(ACRE_ROW)
#undef ACRE_ROW
#define ACRE_ROW(name_, unit_, combine, help_) \
  {.name = "stats.governor." #name_,           \
   .type = TypeOf(Unit::unit_),                \
   .mode = kRead,                              \
   .unit = UnitOf(Unit::unit_),                \
   .help = help_,                              \
   .run = &ReadGovernorField,                  \
   .field = kGovernor_##name_},
        ACRE_GOVERNOR_FIELDS(ACRE_ROW)
#undef ACRE_ROW
            {.name = "stats.hooks.<j>.name",
             .type = ControlType::kText,
             .mode = kRead,
             .unit = ControlUnit::kNone,
             .help = "name of provider <j> of memory, the newest first",
             .run = &ReadProviderName,
             .indices = kMostProviders},
#define ACRE_ROW(name_, unit_, combine, help_) \
  {.name = "stats.hooks.<j>." #name_,          \
   .type = TypeOf(Unit::unit_),                \
   .mode = kRead,                              \
   .unit = UnitOf(Unit::unit_),                \
   .help = help_,                              \
   .run = &ReadProviderField,                  \
   .field = kProvider_##name_,                 \
   .indices = kMostProviders},
    ACRE_PROVIDER_FIELDS(ACRE_ROW)
#undef ACRE_ROW
#define ACRE_ROW(name_)                                         \
  {.name = "stats.hooks.<j>." #name_ ".ncalls",                 \
   .type = kUint64,                                             \
   .mode = kRead,                                               \
   .unit = kCount,                                              \
   .help = "calls of " #name_,                                  \
   .run = &ReadHookCalls<&ProviderStatistics::calls_of>,        \
   .field = kHookCall_##name_,                                  \
   .indices = kMostProviders},                                  \
      {.name = "stats.hooks.<j>." #name_ ".nfailures",          \
       .type = kUint64,                                         \
       .mode = kRead,                                           \
       .unit = kCount,                                          \
       .help = "calls of " #name_ " that the provider refused", \
       .run = &ReadHookCalls<&ProviderStatistics::failures_of>, \
       .field = kHookCall_##name_,                              \
       .indices = kMostProviders},                              \
      {.name = "stats.hooks.<j>." #name_ ".total_time",         \
       .type = kUint64,                                         \
       .mode = kRead,                                           \
       .unit = ControlUnit::kNanoseconds,                       \
       .help = "time spent in calls of " #name_,                \
       .run = &ReadHookCalls<&ProviderStatistics::time_of>,     \
       .field = kHookCall_##name_,                              \
       .indices = kMostProviders},
        ACRE_HOOK_CALLS(ACRE_ROW)
#undef ACRE_ROW
};

}  // namespace

std::span<const ControlNode> ServiceNodes() { return kNodes; }

}  // namespace acre::stats
