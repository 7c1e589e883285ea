// stats.mutexes.* and stats.metadata_of.*: the locks that arenas share, and
// what memory that describes memory is for.

#include "stats/control/control_host.h"
#include "stats/control/node_rows.h"

namespace acre::stats {
namespace {

using allocator::DomainLocks;
using allocator::LockCounts;
using allocator::MetadataSizes;

constexpr auto kRead = ControlMode::kRead;
constexpr auto kUint64 = ControlType::kUint64;
constexpr auto kCount = ControlUnit::kCount;

ControlResult ResetLocks(const ControlCall& call, const ControlValue*,
                         ControlValue*) {
  call.domain->ForgetLockCounts();
  return {};
}

template <LockCounts DomainLocks::*kWhich>
LockCounts CountsOf(const ControlCall& call) {
  return call.domain->lock_counts().*kWhich;
}

#define ACRE_LOCK(name_, counts, what)                                  \
  {"stats.mutexes." name_ ".num_ops",                                   \
   kUint64,                                                             \
   kRead,                                                               \
   kCount,                                                              \
   "times that the lock of " what " was taken",                         \
   ACRE_CONTROL_READ((counts).acquisitions)},                           \
      {"stats.mutexes." name_ ".num_wait",                              \
       kUint64,                                                         \
       kRead,                                                           \
       kCount,                                                          \
       "times that somebody waited for the lock of " what,              \
       ACRE_CONTROL_READ((counts).contentions)},                        \
  {                                                                     \
    "stats.mutexes." name_ ".total_wait_time", kUint64, kRead,          \
        ControlUnit::kNanoseconds, "time waited for the lock of " what, \
        ACRE_CONTROL_READ((counts).wait_ns)                             \
  }

constexpr ControlNode kNodes[] = {
    {"stats.mutexes.reset", ControlType::kNothing, ControlMode::kExecute,
     ControlUnit::kNone, "count anew what locks see, in all arenas, too",
     &ResetLocks},
    ACRE_LOCK("ctl", call.host->control_lock_counts(), "the service"),
    ACRE_LOCK("background_thread", CountsOf<&DomainLocks::governor>(call),
              "the governor"),
    ACRE_LOCK("control", CountsOf<&DomainLocks::control>(call),
              "purging and ending arenas"),
    ACRE_LOCK("sources", CountsOf<&DomainLocks::sources>(call),
              "the list of providers"),
    ACRE_LOCK("ranges", CountsOf<&DomainLocks::ranges>(call),
              "shared address space"),
    ACRE_LOCK("grants", CountsOf<&DomainLocks::grants>(call),
              "the table of grants"),
    ACRE_LOCK("page_map", CountsOf<&DomainLocks::page_map>(call),
              "the page map's growth"),
    ACRE_LOCK("pools", CountsOf<&DomainLocks::pools>(call), "metadata's pools"),
    ACRE_LOCK("total", CountsOf<&DomainLocks::total>(call),
              "the service's limits"),
#define ACRE_ROW(name_, unit_, combine, help_) \
  {"stats.metadata_of." #name_,                \
   TypeOf(Unit::unit_),                        \
   kRead,                                      \
   UnitOf(Unit::unit_),                        \
   "metadata: " help_,                         \
   ACRE_CONTROL_READ(call.domain->metadata_sizes().name_)},
    ACRE_METADATA_FIELDS(ACRE_ROW)
#undef ACRE_ROW
};

}  // namespace

std::span<const ControlNode> ServiceLockNodes() { return kNodes; }

}  // namespace acre::stats
