#include "allocator/arena/domain.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "allocator/base/check.h"
#include "allocator/base/text_buffer.h"

namespace acre::allocator {
namespace {

// Reservations of address space, not memory: far more than any process uses.
constexpr size_t kMaxBins = size_t{1} << 26;
constexpr size_t kMaxCaches = size_t{1} << 22;
constexpr size_t kMaxSlotArrays = size_t{1} << 24;

}  // namespace

bool Domain::Init(const DomainOptions& options) noexcept {
  options_ = options;
  if (options_.os == nullptr) options_.os = LinuxOs::Get();
  Os* os = options_.os;
  if (options_.metadata_hooks != nullptr) {
    os = &metadata_os_.emplace(options_.metadata_hooks, options_.os);
  }
  bool ok = extents_.Init(os) &&
            sources_.Init(options_.os, &extents_, options.hooks) &&
            arenas_.Init(os, sizeof(Arena), kMaxArenas) &&
            bins_.Init(os, sizeof(Bin), kMaxBins) &&
            large_counters_.Init(os, sizeof(LargeCounters), kMaxArenas) &&
            free_extents_.Init(os, sizeof(FreeExtents), kMaxArenas) &&
            decays_.Init(os, sizeof(ArenaDecay), kMaxArenas) &&
            cache_states_.Init(os, sizeof(CacheState), kMaxCaches) &&
            region_states_.Init(os, sizeof(RegionState), kMaxCaches);
  for (size_t i = 0; ok && i < kSlotSizes; ++i) {
    ok = slots_[i].Init(os, sizeof(void*) << (kLeastSlotShift + i),
                        kMaxSlotArrays);
  }
  if (!ok) return false;
  supply_ = {.extents = &extents_,
             .grants = &sources_.grants(),
             .free_extents = &free_extents_};
  total_.Init(nullptr, options.hard_limit_bytes);
  total_.set_soft_limit(options.soft_limit_bytes);
  set_default_dirty_decay_ms(options.dirty_decay_ms);
  set_default_muzzy_decay_ms(options.muzzy_decay_ms);
  governor_.Init(this, options.governor);
  created_at_ns_ = governor_.clock()->Now();
  return true;
}

uint32_t Domain::NextGeneration() noexcept {
  for (;;) {
    const uint32_t next =
        next_generation_.fetch_add(1, std::memory_order_relaxed);
    if (next != 0) return next;
  }
}

int64_t Domain::DirtyDecay(int64_t asked) const noexcept {
  return asked == kDecayAsDomain ? default_dirty_decay_ms() : asked;
}

int64_t Domain::MuzzyDecay(int64_t asked) const noexcept {
  return asked == kDecayAsDomain ? default_muzzy_decay_ms() : asked;
}

// Memory at an index that may be an arena's. The others go back to the pool,
// so that its blocks can go back to the system.
void* Domain::AllocateArena() noexcept {
  std::array<void*, 2> passed_over{};
  size_t n = 0;
  void* memory = arenas_.Allocate();
  while (memory != nullptr &&
         (arenas_.IndexOf(memory) == kAllArenasIndex ||
          arenas_.IndexOf(memory) == kDestroyedArenasIndex)) {
    passed_over[n++] = memory;
    memory = arenas_.Allocate();
  }
  while (n > 0) arenas_.Free(passed_over[--n]);
  return memory;
}

Arena* Domain::CreateArena(const ArenaSettings& settings,
                           PageFailure* failure) noexcept {
  void* memory = AllocateArena();
  if (memory == nullptr) {
    *failure = PageFailure::kOutOfMemory;
    return nullptr;
  }
  const uint32_t index = arenas_.IndexOf(memory);
  auto* arena = static_cast<Arena*>(memory);
  PageSources sources;
  if (!sources_.Acquire(settings.memory, &sources)) {
    arenas_.Free(memory);
    *failure = PageFailure::kOutOfMemory;
    return nullptr;
  }
  arena->Init(this, index);
  arena->quota.Init(&total_, settings.hard_limit_bytes);
  arena->quota.set_soft_limit(settings.soft_limit_bytes);
  arena->pages.Init(&supply_, sources, &arena->quota, arena->tag());
  arena->caches.Init(settings.parked_limit_bytes, settings.tcache_limit_bytes);
  arena->decay_settings.dirty_ms.store(DirtyDecay(settings.dirty_decay_ms));
  arena->decay_settings.muzzy_ms.store(MuzzyDecay(settings.muzzy_decay_ms));
  arena->decay_settings.most_dirty_bytes.store(settings.most_dirty_bytes);
  bool charged = false;
  if (arena->quota.SetReserved(settings.reserved_bytes).ok()) {
    charged = arena->pages.ChargeMetadata(sizeof(Arena), failure);
  } else {
    *failure = PageFailure::kServiceLimit;
  }
  if (!charged) {
    arena->quota.Close();
    sources_.Release(sources);
    arenas_.Free(memory);
    return nullptr;
  }
  TextBuffer<32> unnamed;
  unnamed.Append("arena-").AppendDecimal(index);
  arena->SetName(settings.name.empty() ? unnamed.view() : settings.name);
  const uint32_t generation = NextGeneration();
  arena->cache_generation.store(generation, std::memory_order_relaxed);
  arena->generation.store(generation, std::memory_order_release);
  arenas_created_.Add(1);
  return arena;
}

void Domain::DestroyArena(Arena* arena) noexcept {
  {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(arena->index));
    DestroyLocked(arena);
  }
  TellHookReports();
}

void Domain::DestroyLocked(Arena* arena) noexcept {
  arena->generation.store(0, std::memory_order_release);
  arena->scheduled.store(true);  // It need not be any more.
  governor_.Remove(&arena->node);
  arena->DiscardAll();
  arena->cache_generation.store(0, std::memory_order_release);
  arena->ReleaseAll();
  arena->pages.ReleaseMetadata(sizeof(Arena));
  arena->quota.Close();
  sources_.Release(arena->pages.sources());
  arenas_.Free(arena);
}

bool Domain::ResetArena(uint32_t index, uint32_t generation) noexcept {
  {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) return false;
    arena->DiscardAll();
    arena->NoteUnused();
  }
  TellHookReports();
  return true;
}

bool Domain::PurgeArena(uint32_t index, uint32_t generation, PurgeMode mode,
                        uint64_t* bytes) noexcept {
  PageCount gone;
  PageCount most;
  for (bool more = true, first = true; more; first = false) {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) {
      if (first) return false;
      break;
    }
    const PageAllocator::Sizes held = arena->pages.sizes();
    if (first) most = PageCount::Ceil(held.active + held.dirty + held.muzzy);
    // Who frees as fast as this purges does not keep it here for ever.
    more = arena->PurgeSlice(mode, &gone) && gone < most;
  }
  *bytes = gone.bytes();
  TellHookReports();
  return true;
}

uint64_t Domain::PurgeAll(PurgeMode mode) noexcept {
  uint64_t sum = 0;
  ForEachArena([&](const Arena& arena) {
    uint64_t bytes = 0;
    if (PurgeArena(arena.index, arena.generation.load(), mode, &bytes)) {
      sum += bytes;
    }
  });
  return sum;
}

bool Domain::SetDecay(uint32_t index, uint32_t generation, int64_t dirty_ms,
                      int64_t muzzy_ms, uint64_t most_dirty_bytes) noexcept {
  MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
  Arena* arena = FindLive(index, generation);
  if (arena == nullptr) return false;
  arena->decay_settings.dirty_ms.store(DirtyDecay(dirty_ms));
  arena->decay_settings.muzzy_ms.store(MuzzyDecay(muzzy_ms));
  arena->decay_settings.most_dirty_bytes.store(most_dirty_bytes);
  DecayAnew(arena);
  return true;
}

void Domain::DecayAnew(Arena* arena) noexcept {
  if (arena->decay != nullptr) {
    arena->decay->dirty_ms = 0;  // Not started.
    arena->decay->muzzy_ms = 0;
  }
  // A visit finds out when the next one is due.
  arena->scheduled.store(true);
  governor_.Schedule(&arena->node, 0);
}

bool Domain::DecayArena(uint32_t index, uint32_t generation) noexcept {
  const uint64_t now = governor_.clock()->Now();
  uint64_t next = now;
  while (next <= now) {  // Each visit is a slice; another is asked for at once.
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) return false;
    arena->scheduled.store(true);
    next = arena->Visit(now);
    if (next > now && next != kNoDeadline) {
      governor_.Schedule(&arena->node, next);
    }
  }
  TellHookReports();
  return true;
}

uint64_t Domain::Visit(DeadlineNode* node, uint64_t now_ns) noexcept {
  Arena* arena = static_cast<ArenaNode*>(node)->arena;
  uint64_t next = kNoDeadline;
  {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(arena->index));
    if (arena->generation.load(std::memory_order_acquire) != 0) {
      next = arena->Visit(now_ns);
    }
  }
  TellHookReports();
  return next;
}

namespace {

// The arenas with the most unused bytes, most first.
class MostUnused {
 public:
  struct Candidate {
    uint32_t index = 0;
    uint32_t generation = 0;
    uint64_t bytes = 0;
  };
  static constexpr size_t kMost = 16;

  void Consider(const Arena& arena) {
    Candidate next{arena.index, arena.generation.load(),
                   arena.UnusedBeyondReserve()};
    for (Candidate& one : found_) {
      if (next.bytes > one.bytes) std::swap(next, one);
    }
  }
  const std::array<Candidate, kMost>& found() const { return found_; }

 private:
  std::array<Candidate, kMost> found_;
};

}  // namespace

uint64_t Domain::PurgeUnused(uint32_t index, uint32_t generation,
                             uint64_t bytes) noexcept {
  uint64_t sum = 0;
  while (sum < bytes) {
    MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
    Arena* arena = FindLive(index, generation);
    if (arena == nullptr) break;
    constexpr PageCount kSlice{4096};
    const uint64_t unused = std::min(bytes - sum, arena->UnusedBeyondReserve());
    const PageCount gone =
        arena->pages.Purge(std::min(kSlice, PageCount(unused / kPageSize)));
    if (gone == PageCount()) break;
    sum += gone.bytes();
  }
  return sum;
}

uint64_t Domain::ReclaimUnused(uint64_t bytes) noexcept {
  uint64_t sum = 0;
  for (bool more = true; more && sum < bytes;) {
    more = false;
    MostUnused most;
    ForEachArena([&](const Arena& arena) { most.Consider(arena); });
    for (const MostUnused::Candidate& one : most.found()) {
      if (one.bytes == 0 || sum >= bytes) break;
      const uint64_t gone = PurgeUnused(one.index, one.generation, bytes - sum);
      more = more || gone > 0;
      sum += gone;
    }
  }
  TellHookReports();
  return sum;
}

uint64_t Domain::Relieve(PressureState state) noexcept {
  return state == PressureState::kCritical ? PurgeAll(PurgeMode::kEverything)
                                           : ReclaimUnused(UINT64_MAX);
}

bool Domain::SetLimits(uint32_t index, uint32_t generation,
                       const Quota::Limits& limits,
                       Quota::LimitResult* result) noexcept {
  MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
  Arena* arena = FindLive(index, generation);
  if (arena == nullptr) return false;
  *result = arena->quota.SetLimits(limits);
  return true;
}

SetMemoryResult Domain::SetMemory(uint32_t index, uint32_t generation,
                                  const ArenaMemory& memory) noexcept {
  const SetMemoryResult result = TrySetMemory(index, generation, memory);
  TellHookReports();
  return result;
}

SetMemoryResult Domain::TrySetMemory(uint32_t index, uint32_t generation,
                                     const ArenaMemory& memory) noexcept {
  using Failure = SetMemoryResult::Failure;
  MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
  Arena* arena = FindLive(index, generation);
  if (arena == nullptr) return {.failure = Failure::kNotLive};
  arena->DrainIdle();
  const uint64_t active = arena->pages.sizes().active;
  if (active != 0) {
    return {.failure = Failure::kNotEmpty, .active_bytes = active};
  }
  PageSources sources;
  if (!sources_.Acquire(memory, &sources)) {
    return {.failure = Failure::kOutOfMemory};
  }
  arena->pages.ReleaseAll();
  const PageSources before = arena->pages.sources();
  arena->pages.SetSources(sources);
  sources_.Release(before);
  return {};
}

uint64_t Domain::Prefault(Arena* arena, uint64_t bytes) noexcept {
  arena->keeps_reserve.store(true);
  return arena->pages.Prefault(PageCount::Ceil(bytes), options_.os).bytes();
}

bool Domain::Collapse(uint32_t index, uint32_t generation,
                      uint64_t* bytes) noexcept {
  MutexLock<LockRank::kArenaControl> lock(ControlOf(index));
  Arena* arena = FindLive(index, generation);
  if (arena == nullptr) return false;
  *bytes = arena->pages.Collapse(options_.os) * kHugepagePages.bytes();
  return true;
}

void Domain::TellHookReports() noexcept {
  HookReport report;
  while (sources_.reports().Take(&report)) {
    if (options_.on_hook_failure != nullptr) {
      options_.on_hook_failure(options_.on_hook_failure_context, report);
      continue;
    }
    TextBuffer<512> text;
    AppendHookReport(text, report);
    text.WriteTo(STDERR_FILENO);
  }
}

void Domain::Report(const PressureReport& report) noexcept {
  pressures_.Add(1);
  if (options_.on_pressure != nullptr) {
    options_.on_pressure(options_.on_pressure_context, report);
  }
}

Arena* Domain::FindLive(uint32_t index, uint32_t generation) const {
  if (index >= arenas_.extent() || generation == 0) return nullptr;
  Arena* arena = ArenaAt(index);
  return arena->generation.load(std::memory_order_acquire) == generation
             ? arena
             : nullptr;
}

bool Domain::ReadExtents(uintptr_t address, uintptr_t end,
                         std::span<ExtentView> out,
                         size_t* copied) const noexcept {
  *copied = 0;
  const uint32_t tag = page_map().Get(address).owner_tag();
  if (tag == kNobodyTag || tag == kRangesTag) return true;
  // So that the arena, and its lock, stay what they are.
  ControlMutex* const control = &control_[(tag - 1) % kControlStripes];
  if (!control->TryLock()) return false;
  uint32_t generation = 0;
  const Arena* arena = FindLiveAt(tag - 1, &generation);
  const bool read =
      arena == nullptr || arena->pages.CopyRun(address, end, out, copied);
  control->Unlock();
  return read;
}

Arena* Domain::FindLiveAt(uint64_t index, uint32_t* generation) const {
  if (index >= arenas_.extent()) return nullptr;
  Arena* arena = ArenaAt(static_cast<uint32_t>(index));
  *generation = arena->generation.load(std::memory_order_acquire);
  return *generation == 0 ? nullptr : arena;
}

void Domain::Free(void* ptr) noexcept {
  if (ptr == nullptr) return;
  const PageEntry entry = page_map().Get(reinterpret_cast<uintptr_t>(ptr));
  Arena* arena = ArenaOfTag(entry.owner_tag());
  if (arena == nullptr) {
    Report(MisuseReport{.rule = MisuseRule::kNotAcres, .address = ptr});
    return;
  }
  arena->FreeVerified(ptr, entry);
}

size_t Domain::UsableSize(const void* ptr) noexcept {
  const PageEntry entry = page_map().Get(reinterpret_cast<uintptr_t>(ptr));
  const Arena* arena = ArenaOfTag(entry.owner_tag());
  if (arena == nullptr) {
    Report(MisuseReport{.rule = MisuseRule::kNotAcres, .address = ptr});
    return 0;
  }
  return arena->UsableSize(ptr, entry);
}

bool Domain::ResizeInPlace(void* ptr, size_t size) noexcept {
  if (ptr == nullptr || size > kMaxSize) return false;
  const size_t usable = UsableSize(ptr);
  if (usable == 0) return false;
  const ClassIndex to = ClassOf(size);
  if (ClassSize(to) == usable) return true;
  if (IsSmall(to) || usable <= kMaxSmallSize) return false;
  const PageEntry entry = page_map().Get(reinterpret_cast<uintptr_t>(ptr));
  return ArenaOfTag(entry.owner_tag())->ResizeLarge(ptr, entry, to);
}

void* Domain::Reallocate(void* ptr, size_t size) noexcept {
  return ReallocateWith(
      ptr, size, [&](size_t bytes) { return OwnerOf(ptr)->Allocate(bytes); },
      [&](void* old) { Free(old); });
}

void Domain::Report(const MisuseReport& report) noexcept {
  misuses_.Add(1);
  if (options_.on_misuse != nullptr) {
    options_.on_misuse(options_.on_misuse_context, report);
  } else {
    TextBuffer<512> text;
    AppendMisuse(text, report);
    text.WriteTo(STDERR_FILENO);
  }
  if (options_.misuse_policy == MisusePolicy::kAbort) abort();
}

void Domain::Report(const RefusalReport& report) noexcept {
  refusals_.Add(1);
  if (options_.on_refusal != nullptr) {
    options_.on_refusal(options_.on_refusal_context, report);
  }
}

void Domain::Verify() const noexcept {
  // Keeps out visits of the governor, and other purges.
  for (ControlMutex& mutex : control_) mutex.ForFork(ForkStep::kPrepare);
  extents_.pool().pool().Verify();
  arenas_.Verify();
  bins_.Verify();
  large_counters_.Verify();
  free_extents_.Verify();
  decays_.Verify();
  cache_states_.Verify();
  region_states_.Verify();
  for (const MetadataPool& pool : slots_) pool.Verify();
  sources_.Verify();
  uint64_t charged = 0;
  ForEachArena([&](Arena& arena) {
    arena.Verify();
    charged += arena.quota.footprint();
  });
  ACRE_CHECK(charged == total_.charged());
  for (ControlMutex& mutex : control_) mutex.ForFork(ForkStep::kParent);
}

}  // namespace acre::allocator
