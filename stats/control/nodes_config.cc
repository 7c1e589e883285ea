// version, config.* and opt.*: what this build is, and what the service was
// created with. jemalloc's names; those of features that Acre has not say so.

#include "allocator/base/check.h"
#include "stats/control/node_rows.h"
#include "stats/version.h"

namespace acre::stats {
namespace {

#ifdef NDEBUG
constexpr bool kAssertions = false;
#else
constexpr bool kAssertions = true;
#endif

constexpr auto kText = ControlType::kText;
constexpr auto kBool = ControlType::kBool;
constexpr auto kRead = ControlMode::kRead;

constexpr ControlNode kConfigNodes[] = {
    {"version", kText, kRead, ControlUnit::kNone, "version of Acre",
     ACRE_CONTROL_TEXT(kVersion)},
    ACRE_CONTROL_NEVER("config.cache_oblivious",
                       "large allocations begin at random offsets"),
    {"config.debug", kBool, kRead, ControlUnit::kNone, "built with assertions",
     ACRE_CONTROL_READ(kAssertions)},
    ACRE_CONTROL_NEVER("config.fill", "built to fill memory with junk"),
    ACRE_CONTROL_NEVER("config.lazy_lock",
                       "built to lock only once there are two threads"),
    ACRE_CONTROL_WORD("config.malloc_conf", "", "options that were built in"),
    {"config.opt_safety_checks", kBool, kRead, ControlUnit::kNone,
     "built to verify every operation (the checked build)",
     ACRE_CONTROL_READ(allocator::kCheckedBuild)},
    ACRE_CONTROL_NEVER("config.prof", "built with a heap profiler"),
    ACRE_CONTROL_NEVER("config.prof_libgcc", "its unwinder is libgcc's"),
    ACRE_CONTROL_NEVER("config.prof_libunwind", "its unwinder is libunwind"),
    ACRE_CONTROL_ALWAYS("config.stats", "built with statistics"),
    ACRE_CONTROL_NEVER("config.utrace", "built with utrace(2)"),
    ACRE_CONTROL_NEVER("config.xmalloc",
                       "built so that running out of memory may abort"),
};

constexpr ControlNode kOptionNodes[] = {
    {"opt.abort", kBool, kRead, ControlUnit::kNone,
     "misuse (double frees and the like) aborts",
     ACRE_CONTROL_READ(call.domain->options().misuse_policy ==
                       allocator::MisusePolicy::kAbort)},
    ACRE_CONTROL_NEVER("opt.abort_conf", "options that are wrong abort"),
    {"opt.background_thread", kBool, kRead, ControlUnit::kNone,
     "the governor was given a thread",
     ACRE_CONTROL_READ(call.domain->options().governor.thread)},
    ACRE_CONTROL_NEVER("opt.cache_oblivious",
                       "large allocations begin at random offsets"),
    ACRE_CONTROL_NEVER("opt.confirm_conf", "options are printed at the start"),
    {"opt.dirty_decay_ms", ControlType::kSsize, kRead,
     ControlUnit::kMilliseconds,
     "decay time of dirty pages the service was created with; -1 never",
     ACRE_CONTROL_READ(call.domain->options().dirty_decay_ms)},
    ACRE_CONTROL_WORD("opt.dss", "disabled", "use of sbrk(2)"),
    ACRE_CONTROL_NEVER("opt.experimental_infallible_new",
                       "operator new aborts in place of throwing"),
    ACRE_CONTROL_NEVER("opt.hpa", "jemalloc's allocator of hugepages"),
    ACRE_CONTROL_WORD("opt.junk", "false", "memory is filled with junk"),
    {"opt.max_background_threads", ControlType::kSize, kRead,
     ControlUnit::kCount, "threads that the governor may have",
     ACRE_CONTROL_READ(1)},
    ACRE_CONTROL_WORD("opt.metadata_thp", "disabled",
                      "hugepages for metadata (hooks may give it some)"),
    {"opt.muzzy_decay_ms", ControlType::kSsize, kRead,
     ControlUnit::kMilliseconds,
     "decay time of muzzy pages the service was created with; 0 none are kept",
     ACRE_CONTROL_READ(call.domain->options().muzzy_decay_ms)},
    {"opt.narenas", ControlType::kUnsigned, kRead, ControlUnit::kCount,
     "arenas that threads share without asking: the system arena",
     ACRE_CONTROL_READ(1)},
    ACRE_CONTROL_WORD("opt.percpu_arena", "disabled", "an arena a processor"),
    ACRE_CONTROL_NEVER("opt.prof", "heap profiler"),
    ACRE_CONTROL_ALWAYS("opt.retain",
                        "address space is kept where no grant is free"),
    ACRE_CONTROL_NEVER("opt.stats_print", "statistics are printed at the end"),
    ACRE_CONTROL_NEVER("opt.tcache",
                       "threads have caches unasked (queries open theirs)"),
    {"opt.tcache_max", ControlType::kSize, kRead, ControlUnit::kBytes,
     "largest size that tcaches hold",
     ACRE_CONTROL_READ(allocator::kMaxCachedSize)},
    ACRE_CONTROL_WORD("opt.thp", "default",
                      "hugepages for arenas that do not say"),
    ACRE_CONTROL_NEVER("opt.utrace", "allocations are traced with utrace(2)"),
    ACRE_CONTROL_NEVER("opt.xmalloc", "running out of memory aborts"),
    ACRE_CONTROL_NEVER("opt.zero", "all new memory is zero"),
    // Acre's own.
    {"opt.soft_limit", ControlType::kSize, kRead, ControlUnit::kBytes,
     "soft limit the service was created with; 0 none",
     ACRE_CONTROL_READ(call.domain->options().soft_limit_bytes ==
                               allocator::Quota::kUnlimited
                           ? 0
                           : call.domain->options().soft_limit_bytes)},
    {"opt.hard_limit", ControlType::kSize, kRead, ControlUnit::kBytes,
     "hard limit the service was created with; 0 none",
     ACRE_CONTROL_READ(call.domain->options().hard_limit_bytes ==
                               allocator::Quota::kUnlimited
                           ? 0
                           : call.domain->options().hard_limit_bytes)},
    {"opt.watch_pressure", kBool, kRead, ControlUnit::kNone,
     "the governor looks at limits of the container and the machine",
     ACRE_CONTROL_READ(call.domain->options().governor.watch_pressure)},
};

}  // namespace

std::span<const ControlNode> ConfigNodes() { return kConfigNodes; }
std::span<const ControlNode> OptionNodes() { return kOptionNodes; }

}  // namespace acre::stats
