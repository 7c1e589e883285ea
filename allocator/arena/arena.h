// An arena: an isolated heap. Ties together what its parts decide: the page
// allocator (where pages come from), bins (small regions), large allocations
// and the caches parked with it.
//
// Arena objects live in the domain's table: their addresses are type-stable
// and an index names them. `generation` tells incarnations of an index apart;
// `cache_generation` also changes when the arena is reset, and is what caches
// and regions are opened under. Both come from one counter of the domain and
// are never 0 for a live arena. An arena is never constructed: memory that was
// none before is zero, which is an empty arena, and one that was destroyed is
// left empty; Init starts it anew under the eyes of readers that still look at
// the one before.
//
// Thread-safe except DiscardAll and Shutdown, during which no other thread may
// be inside an operation on the arena.
//
//   Tcache::AllocateSlow -> Arena::FillBatch -> Bin::Allocate
//                                               -> PageAllocator::Allocate
//                                                  -> SharedRanges::Take

#ifndef ACRE_ALLOCATOR_ARENA_ARENA_H_
#define ACRE_ALLOCATOR_ARENA_ARENA_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "allocator/arena/arena_caches.h"
#include "allocator/arena/arena_decay.h"
#include "allocator/arena/bin.h"
#include "allocator/arena/large_counters.h"
#include "allocator/arena/misuse.h"
#include "allocator/arena/pressure.h"
#include "allocator/background/deadline_queue.h"
#include "allocator/base/check.h"
#include "allocator/base/size_class.h"
#include "allocator/page/page_allocator.h"
#include "allocator/page/quota.h"

namespace acre::allocator {

class Domain;
struct Arena;

// Marks an operation on an arena as under way; nothing outside the checked
// build.
class InsideArena {
 public:
  explicit InsideArena(Arena* arena) noexcept;
  ~InsideArena();
  InsideArena(const InsideArena&) = delete;
  InsideArena& operator=(const InsideArena&) = delete;

 private:
  [[maybe_unused]] Arena* const arena_;
};

inline constexpr size_t kMaxArenaName = 63;

// An arena's place in the governor's queue.
struct ArenaNode : DeadlineNode {
  Arena* arena;
};

// What a purge gives back.
enum class PurgeMode : uint8_t {
  kUnused,      // Dirty and muzzy pages.
  kIdle,        // And parked caches and blocks, and spare slabs.
  kEverything,  // And pages inside free regions of slabs.
};

struct Arena {
 public:
  // --- identity ------------------------------------------------------------
  uint64_t pool_word;  // The metadata pool's while this is no arena.
  uint32_t index;
  std::atomic<uint32_t> generation;        // 0: not in use.
  std::atomic<uint32_t> cache_generation;  // 0: not in use.
  Domain* domain;
  std::atomic<uint64_t> created_ns;  // The domain's uptime then.
  char name[kMaxArenaName + 1];      // Terminated.

  void Init(Domain* owner, uint32_t own_index) noexcept;
  // Cut to kMaxArenaName bytes.
  void SetName(std::string_view text) noexcept;
  // Writes up to kMaxArenaName + 1 bytes. For readers that do not keep the
  // arena from being destroyed: terminated, but a mix of two names if it is
  // meanwhile.
  void CopyName(char* out) const noexcept;

  uint32_t tag() const { return index + 1; }

  // --- parts ---------------------------------------------------------------
  Quota quota;
  PageAllocator pages;
  ArenaCaches caches;
  // Places in the domain's pool + 1; 0 where a class has no bin yet.
  std::array<std::atomic<uint32_t>, kSmallClasses> bin_links;
  std::atomic<uint64_t> bin_set;  // Classes that have a bin.
  // The bin of a small class; null while it has none.
  inline Bin* BinOf(ClassIndex size_class) const noexcept;
  // Calls visit(ClassIndex, Bin&) for each bin there is, smallest class first.
  // Who does not keep the arena from ending must not ask a bin for its class.
  template <typename Function>
  inline void ForEachBin(Function visit) const noexcept;

  // Place in the domain's pool + 1; 0 before the first large allocation.
  std::atomic<uint32_t> large_link;
  // Null before the first large allocation.
  inline LargeCounters* large_counters() const noexcept;

  // --- decay: see arena_decay.h ----------------------------------------------
  DecaySettings decay_settings;
  ArenaDecay* decay;  // Null while nothing is unused.
  ArenaNode node;
  std::atomic<bool> scheduled;  // With the governor, or never to be.
  // Dirty pages above which the governor is to come before it would.
  std::atomic<uint64_t> attention_pages;
  // Decay gives back only what is above the quota's reserve.
  std::atomic<bool> keeps_reserve;

  // --- counters ------------------------------------------------------------
  SharedCounter large_out_bytes;  // Class bytes in use, cached or parked.
  SharedCounter large_out;        // Allocations.
  SharedCounter refusals;
  SharedCounter out_of_memory;
  SharedCounter foreign_frees;  // Regions of this arena freed elsewhere.
  // Flushes() when a sweep of the slabs last found nothing; + 1, 0 is never.
  std::atomic<uint64_t> swept_at_flushes;
  // Operations under way. Checked build only: discarding verifies that there
  // are none.
  std::atomic<uint32_t> inside;

  // --- data plane ----------------------------------------------------------
  // All return null (0) at a limit or out of memory, after counting and
  // reporting it.

  // Any class; not through a cache.
  void* Allocate(size_t size) noexcept;
  void* AllocateAligned(size_t size, size_t alignment) noexcept;
  void* AllocateZeroed(size_t size) noexcept;
  // Up to `wanted` regions of a small class, lowest address last.
  size_t FillBatch(ClassIndex size_class, void** out, size_t wanted) noexcept;
  // A large allocation of `size_class`; `zeroed` tells whether it reads as
  // zero.
  void* AllocateLarge(ClassIndex size_class, size_t alignment,
                      bool* zeroed) noexcept;

  // Takes back regions of one cached class, all of this arena and verified to
  // be starts of regions. What turns out to be free already is reported.
  void FlushBatch(ClassIndex size_class, void* const* regions,
                  size_t n) noexcept;
  // Takes back any allocation of this arena; verifies it wholly.
  void FreeVerified(void* ptr, PageEntry entry) noexcept;

  // A block of a bump region, of `least` where `size_class` is not to be had:
  // counted as a large allocation, but nothing that can be freed by address.
  // Blocks are linked through heap.next.
  Extent* AllocateBlock(ClassIndex size_class, ClassIndex least) noexcept;
  void FreeBlocks(Extent* chain) noexcept;

  // Charges metadata that an allocation needs; at a limit the arena's own dirty
  // pages are given back first. False with the reason.
  bool ChargeMetadata(size_t bytes, PageFailure* failure) noexcept;

  // Tries to change a large allocation's class in place.
  bool ResizeLarge(void* ptr, PageEntry entry, ClassIndex to) noexcept;

  // Usable bytes of what starts at `ptr`; 0 with a report when nothing does.
  size_t UsableSize(const void* ptr, PageEntry entry) const noexcept;

  // --- control -------------------------------------------------------------
  // A slice of what a purge gives back; adds the pages that went to `*gone`.
  // False when nothing is left to do. Under the control lock.
  bool PurgeSlice(PurgeMode mode, PageCount* gone) noexcept;
  // All slices at once; returns the bytes.
  size_t Purge(PurgeMode mode = PurgeMode::kEverything) noexcept {
    PageCount gone;
    while (PurgeSlice(mode, &gone)) {
    }
    return gone.bytes();
  }
  // The part of a purge that is not about pages: parked caches and blocks,
  // spare slabs. Whether there was anything. May run beside everything but
  // DiscardAll.
  bool DrainIdle() noexcept;
  // Gives back pages inside free regions of slabs, until `least` went or there
  // are none. Returns at once where nothing was freed since a call that found
  // none. May run beside everything but DiscardAll.
  PageCount SweepSlabs(PageCount least) noexcept;
  // Tells that something is unused, or parked, that the governor should look
  // after. Called wherever that may begin, outside all locks but the control
  // lock: two loads, unless it is the first time.
  void NoteUnused() noexcept {
    if (!scheduled.load(std::memory_order_seq_cst) || WantsAttention())
        [[unlikely]] {
      NoteUnusedSlow();
    }
  }
  // The governor's visit, under the control lock: gives back what is due, at
  // most a slice; returns when to come again.
  uint64_t Visit(uint64_t now_ns) noexcept;

  // Dirty and muzzy bytes that the service's total is charged with: what makes
  // up the arena's reserve would stay charged without them. Each figure is read
  // on its own.
  uint64_t UnusedBeyondReserve() const noexcept;

  // Discards every allocation and empties every cache and region.
  void DiscardAll() noexcept;
  // After DiscardAll: gives back all pages and metadata but the Arena itself.
  void ReleaseAll() noexcept;

  // Of the locks of the arena's parts but the bins'.
  struct Locks {
    LockCounts caches, purge, pages, quota;
  };
  Locks lock_counts() const noexcept {
    return {.caches = caches.lock_counts(),
            .purge = pages.purge_lock_counts(),
            .pages = pages.lock_counts(),
            .quota = quota.lock_counts()};
  }
  // Of all of them, and the bins'.
  void ForgetLockCounts() noexcept;

  // Around fork(2); the child is in nobody's queue.
  void ForForkOuter(ForkStep step) noexcept;
  void ForForkInner(ForkStep step) noexcept;

  // Allocations that are out: small regions and large allocations, caches'
  // content and parked blocks not counted. Exact at rest.
  uint64_t LiveAllocations() const noexcept;
  uint64_t AllocatedBytes() const noexcept;

  // Aborts unless all parts are consistent. At rest.
  void Verify() const noexcept;

  void Refuse(size_t size, PageFailure failure) noexcept;
  void Report(MisuseRule rule, const void* ptr, size_t class_size,
              size_t given_size = 0) const noexcept;

  // Whether a region of the slab that `entry` shows starts at `address`.
  bool IsRegion(PageEntry entry, uintptr_t address) const noexcept;

 private:
  // Tries again when a limit refused, as long as something else could make
  // room: what is warm, then pages inside slabs, then, at the service's limit,
  // what other arenas do not use, and at last the engine's handler.
  template <typename Attempt>
  auto Retrying(size_t wanted, PageFailure* failure, Attempt attempt) noexcept {
    constexpr PageCount kSweepAtOnce{64};
    auto result = attempt();
    auto refused = [&] {
      return !result && *failure != PageFailure::kOutOfMemory;
    };
    if (refused() && DrainIdle()) result = attempt();
    while (refused() && SweepSlabs(kSweepAtOnce) > PageCount()) {
      result = attempt();
    }
    if (refused() && AskOthers(wanted, *failure)) result = attempt();
    if (refused() && AskEngine(wanted, *failure)) result = attempt();
    NoteCrossings(wanted);
    return result;
  }
  bool AskOthers(size_t wanted, PageFailure failure) noexcept;
  bool AskEngine(size_t wanted, PageFailure failure) noexcept;
  void ReportPressure(PressureLevel level, const Quota& limit,
                      size_t wanted) noexcept;
  // Tells the engine of soft limits that were crossed.
  void NoteCrossings(size_t wanted) noexcept;
  Bin* BinFor(ClassIndex size_class, PageFailure* failure) noexcept;
  void FreeLarge(Extent* extent) noexcept;
  // What large allocations are counted in; made when first asked for.
  bool EnsureLargeCounters(PageFailure* failure) noexcept;
  // Counts `n` pages of a class as out, or as back.
  void NoteLarge(ClassIndex size_class, PageCount n) noexcept;
  void NoteLargeGone(ClassIndex size_class, PageCount n) noexcept;
  // Batches that came back to bins.
  uint64_t Flushes() const noexcept;

  bool WantsAttention() const noexcept {
    return pages.dirty_pages().raw() >
           attention_pages.load(std::memory_order_relaxed);
  }
  void SetAttention() noexcept;
  uint64_t MostDirtyPages() const noexcept;
  void NoteUnusedSlow() noexcept;
  // Moves while anything is taken from the arena or given back.
  uint64_t Activity() const noexcept;
  ArenaDecay* EnsureDecay(uint64_t now_ns) noexcept;
  void DropDecay() noexcept;
  uint64_t KeptPages() const noexcept;
  PageCount PurgeDirtyAbove(uint64_t keep, int64_t muzzy_ms, PageCount slice,
                            PageAllocator::Subrelease subrelease) noexcept;
  bool PurgeByAge(ArenaDecay* state, uint64_t now_ns) noexcept;
  bool PurgeIdle() noexcept;
};

inline InsideArena::InsideArena(Arena* arena) noexcept : arena_(arena) {
  if constexpr (kCheckedBuild) arena_->inside.fetch_add(1);
}
inline InsideArena::~InsideArena() {
  if constexpr (kCheckedBuild) arena_->inside.fetch_sub(1);
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_ARENA_H_
