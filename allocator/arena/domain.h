// A domain: what all arenas of one service share. It owns the page map, the
// metadata pools, the shared address ranges, the total quota and the table of
// arenas. Domains know nothing of each other.
//
// Thread-safe. Creating and destroying an arena is O(1) apart from the pages
// that a destroyed arena held.

#ifndef ACRE_ALLOCATOR_ARENA_DOMAIN_H_
#define ACRE_ALLOCATOR_ARENA_DOMAIN_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "allocator/arena/arena.h"
#include "allocator/arena/misuse.h"
#include "allocator/arena/pressure.h"
#include "allocator/arena/range_sources.h"
#include "allocator/arena/refusal.h"
#include "allocator/background/governor.h"
#include "allocator/base/mutex.h"
#include "allocator/cache/cache_state.h"
#include "allocator/extent/extent_map.h"
#include "allocator/extent/hooks/hooks_os.h"
#include "allocator/extent/shared_ranges.h"
#include "allocator/os/metadata_pool.h"
#include "allocator/os/os.h"
#include "allocator/page/page_allocator.h"
#include "allocator/page/quota.h"

namespace acre::allocator {

// No arena has these indices: to jemalloc's interface they mean all arenas, and
// those that are gone (MALLCTL_ARENAS_ALL, MALLCTL_ARENAS_DESTROYED).
inline constexpr uint32_t kAllArenasIndex = 4096;
inline constexpr uint32_t kDestroyedArenasIndex = 4097;

struct DomainOptions {
  Os* os = nullptr;  // Null: the kernel.
  uint64_t hard_limit_bytes = Quota::kUnlimited;
  MisusePolicy misuse_policy = MisusePolicy::kAbort;
  MisuseHandler on_misuse = nullptr;  // Null: a line on standard error.
  void* on_misuse_context = nullptr;
  RefusalHandler on_refusal = nullptr;
  void* on_refusal_context = nullptr;
  GovernorOptions governor;
  // Where the memory of arenas comes from that do not say; null: normal pages.
  ExtentHooks* hooks = nullptr;
  // Where metadata comes from; null: the Os.
  ExtentHooks* metadata_hooks = nullptr;
  HookHandler on_hook_failure = nullptr;  // Null: a line on standard error.
  void* on_hook_failure_context = nullptr;
  uint64_t soft_limit_bytes = Quota::kUnlimited;
  PressureHandler on_pressure = nullptr;
  void* on_pressure_context = nullptr;
  // For arenas that do not say.
  int64_t dirty_decay_ms = kDefaultDirtyDecayMs;
  int64_t muzzy_decay_ms = 0;
};

struct ArenaSettings {
  std::string_view name;  // At most kMaxArenaName bytes; empty: "arena-INDEX".
  uint64_t hard_limit_bytes = Quota::kUnlimited;
  uint64_t parked_limit_bytes = uint64_t{8} << 20;
  uint32_t tcache_limit_bytes = uint32_t{8} << 20;
  int64_t dirty_decay_ms = kDecayAsDomain;
  int64_t muzzy_decay_ms = kDecayAsDomain;
  uint64_t most_dirty_bytes = UINT64_MAX;
  uint64_t reserved_bytes = 0;
  uint64_t soft_limit_bytes = Quota::kUnlimited;
  ArenaMemory memory;
};

// What memory of a domain that describes memory is for, in bytes.
struct MetadataSizes {
  uint64_t arenas = 0;  // Records of arenas.
  uint64_t bins = 0;
  uint64_t extents = 0;       // Descriptors, free ones in the pool, too.
  uint64_t free_extents = 0;  // Sets of unused extents.
  uint64_t large = 0;         // Counters of large allocations.
  uint64_t decay = 0;
  uint64_t tcaches = 0;
  uint64_t regions = 0;
  uint64_t page_map = 0;
  uint64_t ranges = 0;  // Providers and what they granted.

  uint64_t total() const {
    return arenas + bins + extents + free_extents + large + decay + tcaches +
           regions + page_map + ranges;
  }
};

// The locks that arenas share, by what they guard.
struct DomainLocks {
  LockCounts control;   // Purging, resetting and ending arenas; stripes.
  LockCounts sources;   // Which providers there are.
  LockCounts ranges;    // Address space of each provider, all together.
  LockCounts grants;    // Which addresses are whose.
  LockCounts page_map;  // Adding and removing ranges.
  LockCounts pools;     // Metadata, all pools together.
  LockCounts governor;
  LockCounts total;  // Limits of the service.
};

// Why an arena's hooks were not replaced.
struct SetMemoryResult {
  enum class Failure : uint8_t { kNone, kNotLive, kNotEmpty, kOutOfMemory };
  Failure failure = Failure::kNone;
  uint64_t active_bytes = 0;  // kNotEmpty: what is in use or cached.
};

class Domain final : private GovernorClient {
 public:
  // Tags end below kRangesTag.
  static constexpr uint32_t kMaxArenas = kRangesTag - 1;

  Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;
  // Unmaps everything, whatever is still allocated.
  ~Domain() { governor_.Stop(); }  // Before what it visits goes.

  // False when the system refuses the address space. Call once, first.
  bool Init(const DomainOptions& options) noexcept;

  // Null with the reason: the total limit, out of memory, or kMaxArenas (shown
  // as out of memory).
  Arena* CreateArena(const ArenaSettings& settings,
                     PageFailure* failure) noexcept;
  // Discards what it holds. No other thread may be inside an operation on it,
  // but for the three calls below, which are ordered among each other.
  void DestroyArena(Arena* arena) noexcept;
  // Discards what the arena holds and keeps it. False when it is not live.
  bool ResetArena(uint32_t index, uint32_t generation) noexcept;
  // Gives back what the arena does not need; may run beside anything. Writes
  // the bytes of pages that went. False when the arena is not live.
  bool PurgeArena(uint32_t index, uint32_t generation, PurgeMode mode,
                  uint64_t* bytes) noexcept;
  // Likewise for every live arena; returns the bytes.
  uint64_t PurgeAll(PurgeMode mode) noexcept;

  // Changes decay times (milliseconds: kDecayNever, 0 at once, kDecayAsDomain)
  // and the cap on dirty bytes. What is unused now decays anew. False when not
  // live.
  bool SetDecay(uint32_t index, uint32_t generation, int64_t dirty_ms,
                int64_t muzzy_ms, uint64_t most_dirty_bytes) noexcept;

  // Likewise; all or none of them. `*result` says why they were refused.
  bool SetLimits(uint32_t index, uint32_t generation,
                 const Quota::Limits& limits,
                 Quota::LimitResult* result) noexcept;

  // Changes what change(Quota::Limits*) changes of the limits there are, or
  // nothing; no other change comes between.
  template <typename Change>
  bool ChangeLimits(uint32_t index, uint32_t generation, Change change,
                    Quota::LimitResult* result) noexcept {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) return false;
    Quota::Limits limits = {.reserved = arena->quota.reserved(),
                            .soft = arena->quota.soft_limit(),
                            .hard = arena->quota.limit()};
    change(&limits);
    *result = arena->quota.SetLimits(limits);
    return true;
  }
  // Likewise of decay, and what is unused decays anew.
  template <typename Change>
  bool ChangeDecay(uint32_t index, uint32_t generation,
                   Change change) noexcept {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) return false;
    change(&arena->decay_settings);
    DecayAnew(arena);
    return true;
  }

  // Gives back what of the arena's unused memory is due by now, as the governor
  // would. False when not live.
  bool DecayArena(uint32_t index, uint32_t generation) noexcept;

  // Has a live arena's memory come from elsewhere, which needs one that holds
  // nothing: caches and unused pages are given back first.
  SetMemoryResult SetMemory(uint32_t index, uint32_t generation,
                            const ArenaMemory& memory) noexcept;

  // The decay times of arenas that do not say; for those made henceforth.
  int64_t default_dirty_decay_ms() const { return default_dirty_ms_.load(); }
  int64_t default_muzzy_decay_ms() const { return default_muzzy_ms_.load(); }
  void set_default_dirty_decay_ms(int64_t ms) { default_dirty_ms_.store(ms); }
  void set_default_muzzy_decay_ms(int64_t ms) { default_muzzy_ms_.store(ms); }

  // Brings `bytes` of a new arena's memory into memory, free and charged; as
  // much of it as can be had. Decay then leaves the arena its reserve. Returns
  // the bytes.
  uint64_t Prefault(Arena* arena, uint64_t bytes) noexcept;

  // Has the kernel make hugepages of the arena's active memory where its
  // provider has them; writes how many bytes. False when not live.
  bool Collapse(uint32_t index, uint32_t generation, uint64_t* bytes) noexcept;

  // Gives back what other arenas do not use, largest first, until about `bytes`
  // are gone. Takes no part of what they have in use. Returns the bytes.
  uint64_t ReclaimUnused(uint64_t bytes) noexcept;

  // The arena of a tag that a page-map entry shows; null for tags of nobody.
  Arena* ArenaOfTag(uint32_t tag) const {
    if (tag == kNobodyTag || tag == kRangesTag) return nullptr;
    return ArenaAt(tag - 1);
  }
  Arena* ArenaAt(uint32_t index) const {
    return static_cast<Arena*>(arenas_.At(index));
  }
  // By index in bins(), whose objects lie one behind the other.
  Bin* BinAt(uint32_t index) const {
    static_assert(MetadataPool::kBlockBytes % sizeof(Bin) == 0);
    return reinterpret_cast<Bin*>(bins_.base() + index * sizeof(Bin));
  }
  // The live arena with this index and generation, else null.
  Arena* FindLive(uint32_t index, uint32_t generation) const;
  // Whichever arena is live at an index, with its generation; null when there
  // is none.
  Arena* FindLiveAt(uint64_t index, uint32_t* generation) const;
  // The arena that the page map shows for an address, which may be about to be
  // destroyed; null where it shows none.
  Arena* OwnerOf(const void* ptr) const {
    return ArenaOfTag(
        page_map().Get(reinterpret_cast<uintptr_t>(ptr)).owner_tag());
  }

  // The live arena with the least index of those that are at least *next, which
  // becomes the index after it; null when there is none. For walks that stop
  // and go on later. An arena created or destroyed meanwhile may be met or not.
  Arena* NextArena(uint32_t* next) const {
    const uint32_t end = arenas_.extent();
    while (*next < end) {
      if (!arenas_.BlockIsLive(*next)) {
        *next = arenas_.NextBlock(*next);
        continue;
      }
      Arena* arena = ArenaAt((*next)++);
      PrefetchAfter(arena);
      if (arena->generation.load(std::memory_order_acquire) != 0) return arena;
    }
    return nullptr;
  }

  // Copies extents of one arena that follow each other in address space, from
  // the one that begins at `address` on and before `end`; none where none of an
  // arena's begins. False when its locks are not to be had. For extent_walk.h.
  bool ReadExtents(uintptr_t address, uintptr_t end, std::span<ExtentView> out,
                   size_t* copied) const noexcept;

  // Calls visit(Arena&) for each live arena, in order of index, without a lock.
  // An arena created or destroyed meanwhile may be met or not.
  template <typename Visit>
  void ForEachArena(Visit visit) const {
    uint32_t next = 0;
    while (Arena* arena = NextArena(&next)) visit(*arena);
  }

  // Frees whatever starts at `ptr`, of any arena; verifies it wholly. Null is
  // allowed.
  void Free(void* ptr) noexcept;
  // Usable bytes of whatever starts at `ptr`; 0, with a report, when nothing
  // does.
  size_t UsableSize(const void* ptr) noexcept;
  // True if the allocation at `ptr` has, or now was given, room for `size`
  // where it is, without wasting more than a size class.
  bool ResizeInPlace(void* ptr, size_t size) noexcept;
  // In the owner's arena. Null leaves the allocation as it was.
  void* Reallocate(void* ptr, size_t size) noexcept;
  // Likewise, with memory from `allocate(size)` and the old one taken by
  // `release(ptr)` where the allocation cannot stay in place.
  template <typename Allocate, typename Release>
  void* ReallocateWith(void* ptr, size_t size, Allocate allocate,
                       Release release) noexcept {
    const size_t usable = UsableSize(ptr);
    if (usable == 0) return nullptr;  // Reported.
    if (ResizeInPlace(ptr, size)) return ptr;
    void* const fresh = allocate(size);
    if (fresh == nullptr) return nullptr;
    memcpy(fresh, ptr, usable < size ? usable : size);
    release(ptr);
    return fresh;
  }

  // A number that no arena or reset had before, never 0; it comes round after
  // 2^32 of them, so a handle kept that long may name another arena.
  uint32_t NextGeneration() noexcept;

  // Around fork(2): takes, releases or starts anew every lock of the domain.
  // O(arenas). Whoever creates arenas must hold that off meanwhile.
  void ForFork(ForkStep step) noexcept;

  const PageMap& page_map() const { return extents_.page_map(); }
  ExtentMap& extents() { return extents_; }
  const ExtentMap& extents() const { return extents_; }
  // The ranges of arenas that do not say where their memory comes from.
  const SharedRanges& ranges() const { return *sources_.standard(); }
  const RangeSources& sources() const { return sources_; }
  const Grants& grants() const { return sources_.grants(); }
  Quota& total() { return total_; }
  const Quota& total() const { return total_; }
  Governor& governor() { return governor_; }
  const Governor& governor() const { return governor_; }
  MetadataPool& bins() { return bins_; }
  MetadataPool& large_counters() { return large_counters_; }
  LargeCounters* LargeCountersAt(uint32_t index) const {
    return static_cast<LargeCounters*>(large_counters_.At(index));
  }
  MetadataPool& decays() { return decays_; }
  MetadataPool& cache_states() { return cache_states_; }
  const MetadataPool& cache_states() const { return cache_states_; }
  MetadataPool& region_states() { return region_states_; }
  MetadataPool& slots(uint8_t shift) { return slots_[shift - kLeastSlotShift]; }

  const DomainOptions& options() const { return options_; }
  uint64_t live_arenas() const { return arenas_.live_objects(); }
  // No arena ever had an index of this or above.
  uint32_t arena_indices() const { return arenas_.extent(); }
  // How often somebody asked for figures to be refreshed; see the control tree.
  uint64_t epoch() const { return epoch_.Get(); }
  void AdvanceEpoch() { epoch_.Add(1); }
  // Since Init.
  uint64_t uptime_ns() const {
    return governor_.clock()->Now() - created_at_ns_;
  }
  uint64_t arenas_created() const { return arenas_created_.Get(); }
  // Memory of everything that describes memory: pools, page map, mappings.
  MetadataSizes metadata_sizes() const;
  uint64_t metadata_bytes() const { return metadata_sizes().total(); }
  DomainLocks lock_counts() const noexcept;
  // Counts anew, in all arenas, too. O(arenas).
  void ForgetLockCounts() noexcept;
  uint64_t misuses() const { return misuses_.Get(); }
  uint64_t refusals() const { return refusals_.Get(); }

  // Reports and, as configured, aborts or returns.
  void Report(const MisuseReport& report) noexcept;
  void Report(const RefusalReport& report) noexcept;
  void Report(const PressureReport& report) noexcept;
  // Tells what hooks did wrong, if anything. Outside all locks.
  void TellHookReports() noexcept;
  uint64_t hook_failures() const { return sources_.reports().total(); }
  uint64_t pressures() const { return pressures_.Get(); }

  // Aborts unless every structure is consistent. At rest: only the governor may
  // be at work, which waits.
  void Verify() const noexcept;

 private:
  // Orders purging, resetting and destroying one arena. Out of the arena,
  // because one may wait here while the arena ends; no allocation waits here.
  static constexpr size_t kControlStripes = 1024;
  using ControlMutex = Mutex<LockRank::kArenaControl>;
  ControlMutex* ControlOf(uint32_t index) {
    return &control_[index % kControlStripes];
  }

  // All metadata pools but that of extents.
  static constexpr size_t kPools = 7 + kSlotSizes;
  std::array<MetadataPool*, kPools> Pools() noexcept;
  std::array<const MetadataPool*, kPools> Pools() const noexcept;
  // A walk over many arenas waits for memory, not for the processor: what comes
  // a few arenas later is asked for in time. An address that is none is no
  // harm.
  static void PrefetchAfter(const Arena* arena) {
    constexpr size_t kAhead = 6;
    const auto* ahead = reinterpret_cast<const char*>(arena + kAhead);
    for (size_t i = 0; i < sizeof(Arena); i += kCacheLine) {
      __builtin_prefetch(ahead + i);
    }
  }
  void* AllocateArena() noexcept;
  // Under the control lock.
  void DecayAnew(Arena* arena) noexcept;
  int64_t DirtyDecay(int64_t asked) const noexcept;
  int64_t MuzzyDecay(int64_t asked) const noexcept;
  void DestroyLocked(Arena* arena) noexcept;
  SetMemoryResult TrySetMemory(uint32_t index, uint32_t generation,
                               const ArenaMemory& memory) noexcept;
  uint64_t PurgeUnused(uint32_t index, uint32_t generation,
                       uint64_t bytes) noexcept;
  void ForForkOuter(ForkStep step) noexcept;
  void ForForkInner(ForkStep step) noexcept;
  uint64_t Visit(DeadlineNode* node, uint64_t now_ns) noexcept override;
  uint64_t Relieve(PressureState state) noexcept override;

  mutable std::array<ControlMutex, kControlStripes> control_;
  DomainOptions options_;
  std::optional<HooksOs> metadata_os_;  // Outlives the pools.
  ExtentMap extents_;
  RangeSources sources_;
  MetadataPool arenas_;
  MetadataPool bins_;
  MetadataPool large_counters_;
  MetadataPool free_extents_;
  MetadataPool decays_;
  MetadataPool cache_states_;
  MetadataPool region_states_;
  std::array<MetadataPool, kSlotSizes> slots_;
  PageSupply supply_;
  Quota total_;
  std::atomic<uint32_t> next_generation_{1};
  uint64_t created_at_ns_ = 0;
  std::atomic<int64_t> default_dirty_ms_{kDefaultDirtyDecayMs};
  std::atomic<int64_t> default_muzzy_ms_{0};
  Governor governor_;
  SharedCounter epoch_;
  SharedCounter arenas_created_;
  SharedCounter misuses_;
  SharedCounter refusals_;
  SharedCounter pressures_;
};

inline Bin* Arena::BinOf(ClassIndex size_class) const noexcept {
  const uint32_t link =
      bin_links[Raw(size_class)].load(std::memory_order_acquire);
  return link == 0 ? nullptr : domain->BinAt(link - 1);
}

inline LargeCounters* Arena::large_counters() const noexcept {
  const uint32_t link = large_link.load(std::memory_order_acquire);
  return link == 0 ? nullptr : domain->LargeCountersAt(link - 1);
}

template <typename Function>
inline void Arena::ForEachBin(Function visit) const noexcept {
  uint64_t left = bin_set.load(std::memory_order_acquire);
  for (; left != 0; left &= left - 1) {
    const ClassIndex size_class{static_cast<uint8_t>(std::countr_zero(left))};
    Bin* bin = BinOf(size_class);
    if (bin != nullptr) visit(size_class, *bin);
  }
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_DOMAIN_H_
