#include "allocator/arena/arena.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "allocator/arena/domain.h"
#include "allocator/base/check.h"

namespace acre::allocator {

void Arena::Init(Domain* owner, uint32_t own_index) noexcept {
  // What is the same for every arena at this address is written once.
  // The governor may still look at what was here before.
  if (domain != owner || index != own_index) {
    domain = owner;
    index = own_index;
    node.arena = this;
  }
  for (SharedCounter* counter : {&large_out_bytes, &large_out, &refusals,
                                 &out_of_memory, &foreign_frees}) {
    counter->Set(0);
  }
  created_ns.store(owner->uptime_ns(), std::memory_order_relaxed);
  swept_at_flushes.store(0, std::memory_order_relaxed);
  decay = nullptr;
  scheduled.store(false, std::memory_order_relaxed);
  attention_pages.store(UINT64_MAX, std::memory_order_relaxed);
  keeps_reserve.store(false, std::memory_order_relaxed);
}

void Arena::ForgetLockCounts() noexcept {
  caches.ForgetLockCounts();
  pages.ForgetLockCounts();
  quota.ForgetLockCounts();
  ForEachBin([](ClassIndex, Bin& bin) { bin.ForgetLockCounts(); });
}

void Arena::SetName(std::string_view text) noexcept {
  const size_t size = std::min(text.size(), kMaxArenaName);
  for (size_t i = 0; i <= size; ++i) {
    std::atomic_ref(name[i]).store(i < size ? text[i] : '\0',
                                   std::memory_order_relaxed);
  }
}

void Arena::CopyName(char* out) const noexcept {
  for (size_t i = 0; i < kMaxArenaName; ++i) {
    // std::atomic_ref takes nothing const before C++26.
    out[i] = __atomic_load_n(&name[i], __ATOMIC_RELAXED);
    if (out[i] == '\0') return;
  }
  out[kMaxArenaName] = '\0';
}

void Arena::Report(MisuseRule rule, const void* ptr, size_t class_size,
                   size_t given_size) const noexcept {
  domain->Report(MisuseReport{.rule = rule,
                              .address = ptr,
                              .arena_name = name,
                              .class_size = class_size,
                              .given_size = given_size});
}

void Arena::Refuse(size_t size, PageFailure failure) noexcept {
  (failure == PageFailure::kOutOfMemory ? out_of_memory : refusals).Add(1);
  const Quota& limit =
      failure == PageFailure::kServiceLimit ? domain->total() : quota;
  const PageAllocator::Sizes held = pages.sizes();
  domain->Report(RefusalReport{.arena_name = name,
                               .arena_index = index,
                               .failure = failure,
                               .asked_bytes = size,
                               .limit_bytes = limit.limit(),
                               .charged_bytes = limit.charged(),
                               .arena_charged_bytes = quota.charged(),
                               .active_bytes = held.active,
                               .dirty_bytes = held.dirty,
                               .muzzy_bytes = held.muzzy,
                               .metadata_bytes = held.metadata});
  domain->TellHookReports();
}

bool Arena::AskOthers(size_t wanted, PageFailure failure) noexcept {
  return failure == PageFailure::kServiceLimit &&
         domain->ReclaimUnused(wanted) > 0;
}

bool Arena::AskEngine(size_t wanted, PageFailure failure) noexcept {
  const bool total = failure == PageFailure::kServiceLimit;
  Quota& limit = total ? domain->total() : quota;
  // Once for each time that the limit was come to.
  if (!limit.NoteRefusal()) return false;
  ReportPressure(total ? PressureLevel::kTotal : PressureLevel::kHard, limit,
                 wanted);
  return true;
}

void Arena::NoteCrossings(size_t wanted) noexcept {
  if (quota.TakeSoftCrossing()) {
    ReportPressure(PressureLevel::kSoft, quota, wanted);
  }
  if (domain->total().TakeSoftCrossing()) {
    ReportPressure(PressureLevel::kTotalSoft, domain->total(), wanted);
  }
}

void Arena::ReportPressure(PressureLevel level, const Quota& limit,
                           size_t wanted) noexcept {
  const bool soft =
      level == PressureLevel::kSoft || level == PressureLevel::kTotalSoft;
  domain->Report(PressureReport{
      .arena_name = name,
      .arena_index = index,
      .arena_generation = generation.load(std::memory_order_relaxed),
      .level = level,
      .limit_bytes = soft ? limit.soft_limit() : limit.limit(),
      .charged_bytes = limit.charged(),
      .wanted_bytes = wanted});
}

bool Arena::ChargeMetadata(size_t bytes, PageFailure* failure) noexcept {
  return Retrying(bytes, failure,
                  [&] { return pages.ChargeReclaiming(bytes, failure); });
}

// The bin of a class; made when first asked for.
Bin* Arena::BinFor(ClassIndex size_class, PageFailure* failure) noexcept {
  Bin* bin = BinOf(size_class);
  if (bin != nullptr) return bin;
  if (!ChargeMetadata(sizeof(Bin), failure)) return nullptr;
  MutexLock<LockRank::kArenaCaches> lock(caches.mutex());
  bin = BinOf(size_class);
  if (bin == nullptr) {
    void* memory = domain->bins().Allocate();
    if (memory == nullptr) {
      pages.ReleaseMetadata(sizeof(Bin));
      *failure = PageFailure::kOutOfMemory;
      return nullptr;
    }
    // Not constructed, because readers may still look at the bin before it.
    bin = static_cast<Bin*>(memory);
    bin->Init(size_class);
    bin_links[Raw(size_class)].store(domain->bins().IndexOf(bin) + 1,
                                     std::memory_order_release);
    bin_set.fetch_or(uint64_t{1} << Raw(size_class), std::memory_order_release);
    return bin;
  }
  pages.ReleaseMetadata(sizeof(Bin));  // Another thread was first.
  return bin;
}

size_t Arena::FillBatch(ClassIndex size_class, void** out,
                        size_t wanted) noexcept {
  const InsideArena inside_arena(this);
  PageFailure failure = PageFailure::kNone;
  Bin* bin = BinFor(size_class, &failure);
  const size_t got =
      bin == nullptr ? 0 : Retrying(ClassSize(size_class), &failure, [&] {
        return bin->Allocate(&pages, out, wanted, &failure);
      });
  if (got == 0) Refuse(ClassSize(size_class), failure);
  return got;
}

void* Arena::AllocateLarge(ClassIndex size_class, size_t alignment,
                           bool* zeroed) noexcept {
  const InsideArena inside_arena(this);
  PageFailure failure = PageFailure::kNone;
  const size_t size = ClassSize(size_class);
  Extent* extent = nullptr;
  if (EnsureLargeCounters(&failure)) {
    // Counted at once: the engine may be told of a soft limit, and look.
    extent = Retrying(size, &failure, [&] {
      Extent* got = pages.Allocate(PageCount::Ceil(size), alignment, size_class,
                                   0, &failure, zeroed);
      if (got != nullptr) NoteLarge(size_class, got->pages);
      return got;
    });
  }
  if (extent == nullptr) {
    Refuse(size, failure);
    return nullptr;
  }
  return extent->address();
}

Extent* Arena::AllocateBlock(ClassIndex size_class, ClassIndex least) noexcept {
  PageFailure failure = PageFailure::kNone;
  if (!EnsureLargeCounters(&failure)) {
    Refuse(ClassSize(least), failure);
    return nullptr;
  }
  auto allocate = [&](ClassIndex of) {
    Extent* got = pages.Allocate(PageCount::Ceil(ClassSize(of)), kPageSize, of,
                                 kBlockStep, &failure);
    if (got != nullptr) NoteLarge(of, got->pages);
    return got;
  };
  Extent* extent = allocate(size_class);
  if (extent != nullptr) {
    NoteCrossings(ClassSize(size_class));
  } else {
    extent =
        Retrying(ClassSize(least), &failure, [&] { return allocate(least); });
  }
  if (extent == nullptr) {
    Refuse(ClassSize(least), failure);
    return nullptr;
  }
  extent->heap = {};
  return extent;
}

bool Arena::EnsureLargeCounters(PageFailure* failure) noexcept {
  if (large_counters() != nullptr) return true;
  if (!ChargeMetadata(sizeof(LargeCounters), failure)) return false;
  MutexLock<LockRank::kArenaCaches> lock(caches.mutex());
  if (large_counters() == nullptr) {
    void* memory = domain->large_counters().Allocate();
    if (memory == nullptr) {
      pages.ReleaseMetadata(sizeof(LargeCounters));
      *failure = PageFailure::kOutOfMemory;
      return false;
    }
    static_cast<LargeCounters*>(memory)->Reset();
    large_link.store(domain->large_counters().IndexOf(memory) + 1,
                     std::memory_order_release);
    return true;
  }
  pages.ReleaseMetadata(sizeof(LargeCounters));  // Another thread was first.
  return true;
}

void Arena::NoteLarge(ClassIndex size_class, PageCount n) noexcept {
  large_out_bytes.Add(n.bytes());
  large_out.Add(1);
  large_counters()->Of(size_class).created.Add(1);
}

void Arena::NoteLargeGone(ClassIndex size_class, PageCount n) noexcept {
  large_out_bytes.Sub(n.bytes());
  large_out.Sub(1);
  large_counters()->Of(size_class).ended.Add(1);
}

void Arena::FreeBlocks(Extent* chain) noexcept {
  while (chain != nullptr) {
    Extent* next = chain->heap.next;
    FreeLarge(chain);
    chain = next;
  }
}

void* Arena::Allocate(size_t size) noexcept {
  if (size > kMaxSize) {
    Refuse(size, PageFailure::kOutOfMemory);
    return nullptr;
  }
  const ClassIndex size_class = ClassOf(size);
  if (!IsSmall(size_class)) {
    return AllocateLarge(size_class, kPageSize, nullptr);
  }
  void* region;
  return FillBatch(size_class, &region, 1) == 1 ? region : nullptr;
}

void* Arena::AllocateAligned(size_t size, size_t alignment) noexcept {
  if (!IsPowerOfTwo(alignment) || alignment > kMaxAlignment) return nullptr;
  ClassIndex size_class;
  if (AlignedSmallClass(size, alignment, &size_class)) {
    return Allocate(ClassSize(size_class));
  }
  if (size > kMaxSize) return Allocate(size);
  return AllocateLarge(ClassOf(std::max(size, kMaxSmallSize + 1)),
                       std::max(alignment, kPageSize), nullptr);
}

void* Arena::AllocateZeroed(size_t size) noexcept {
  if (size <= kMaxSmallSize || size > kMaxSize) {
    void* p = Allocate(size);
    if (p != nullptr) memset(p, 0, size);
    return p;
  }
  bool zeroed = false;
  void* p = AllocateLarge(ClassOf(size), kPageSize, &zeroed);
  if (p != nullptr && !zeroed) memset(p, 0, size);
  return p;
}

void Arena::FreeLarge(Extent* extent) noexcept {
  NoteLargeGone(extent->size_class, extent->pages);
  pages.Free(extent);
  NoteUnused();
}

bool Arena::IsRegion(PageEntry entry, uintptr_t address) const noexcept {
  const ClassIndex size_class{static_cast<uint8_t>(entry.shown_class())};
  const uint32_t offset = entry.OffsetInSlab(address);
  const size_t size = ClassSize(size_class);
  const Extent* slab = domain->extents().pool().At(entry.extent_index());
  return offset % size == 0 && offset / size < slab->shape().regions;
}

void Arena::FlushBatch(ClassIndex size_class, void* const* regions,
                       size_t n) noexcept {
  const InsideArena inside_arena(this);
  const ExtentMap& extents = domain->extents();
  if (!IsSmall(size_class)) {
    for (size_t i = 0; i < n; ++i) {
      const auto address = reinterpret_cast<uintptr_t>(regions[i]);
      const PageEntry entry = extents.page_map().Get(address);
      // What was freed twice may by now be something else's, another arena's
      // even.
      if (entry.owner_tag() != tag() ||
          entry.shown_class() != Raw(size_class)) {
        Report(MisuseRule::kDoubleFree, regions[i], ClassSize(size_class));
        continue;
      }
      FreeVerified(regions[i], entry);
    }
    return;
  }
  Bin* bin = BinOf(size_class);
  const Bin::FreeResult result = bin->Free(&pages, extents, regions, n);
  NoteUnused();
  for (size_t i = 0; i < result.double_frees; ++i) {
    // Of a batch with very many, those that were not listed are counted.
    const void* const ptr =
        i < result.listed.size() ? result.listed[i] : nullptr;
    Report(MisuseRule::kDoubleFree, ptr, ClassSize(size_class));
  }
}

void Arena::FreeVerified(void* ptr, PageEntry entry) noexcept {
  const InsideArena inside_arena(this);
  const auto address = reinterpret_cast<uintptr_t>(ptr);
  if (entry.shown_class() < kSmallClasses) {
    const ClassIndex size_class{static_cast<uint8_t>(entry.shown_class())};
    if (!IsRegion(entry, address)) {
      Report(MisuseRule::kInteriorPointer, ptr, ClassSize(size_class));
      return;
    }
    FlushBatch(size_class, &ptr, 1);
    return;
  }
  Extent* extent = domain->extents().pool().At(entry.extent_index());
  if (extent->state != ExtentState::kActive) {
    Report(MisuseRule::kDoubleFree, ptr, 0);
  } else if (extent->is_block()) {
    Report(MisuseRule::kNotAcres, ptr, 0);
  } else if (extent->base != address) {
    Report(MisuseRule::kInteriorPointer, ptr, extent->pages.bytes());
  } else {
    PageCount gone;
    if (!pages.FreeLarge(extent, address, &gone)) {
      Report(MisuseRule::kDoubleFree, ptr, 0);
      return;
    }
    NoteLargeGone(ClassOf(gone.bytes()), gone);
    NoteUnused();
  }
}

size_t Arena::UsableSize(const void* ptr, PageEntry entry) const noexcept {
  const auto address = reinterpret_cast<uintptr_t>(ptr);
  if (entry.shown_class() < kSmallClasses) {
    const ClassIndex size_class{static_cast<uint8_t>(entry.shown_class())};
    const size_t size = ClassSize(size_class);
    if (IsRegion(entry, address)) return size;
    Report(MisuseRule::kInteriorPointer, ptr, size);
    return 0;
  }
  const Extent* extent = domain->extents().pool().At(entry.extent_index());
  if (extent->state != ExtentState::kActive || extent->is_block()) {
    Report(MisuseRule::kNotAcres, ptr, 0);
    return 0;
  }
  if (extent->base != address) {
    Report(MisuseRule::kInteriorPointer, ptr, extent->pages.bytes());
    return 0;
  }
  return extent->pages.bytes();
}

bool Arena::ResizeLarge(void* ptr, PageEntry entry, ClassIndex to) noexcept {
  Extent* extent = domain->extents().pool().At(entry.extent_index());
  ACRE_DCHECK(extent->address() == ptr && !IsSmall(to));
  static_cast<void>(ptr);
  const ClassIndex from = extent->size_class;
  const PageCount from_pages = extent->pages;
  const PageCount to_pages = PageCount::Ceil(ClassSize(to));
  if (to_pages == from_pages) return true;
  if (to_pages > from_pages) {
    if (!pages.Grow(extent, to_pages, to)) return false;
    large_out_bytes.Add((to_pages - from_pages).bytes());
  } else {
    if (!pages.Shrink(extent, to_pages, to)) return false;
    large_out_bytes.Sub((from_pages - to_pages).bytes());
    NoteUnused();
  }
  large_counters()->Of(to).created.Add(1);
  large_counters()->Of(from).ended.Add(1);
  return true;
}

}  // namespace acre::allocator
