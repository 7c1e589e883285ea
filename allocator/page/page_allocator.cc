#include "allocator/page/page_allocator.h"

#include <algorithm>
#include <bit>
#include <new>

#include "allocator/base/check.h"
#include "allocator/page/growth.h"

namespace acre::allocator {
namespace {

// What the page map shows for the first page of a large extent.
size_t ShownClass(const Extent& extent) {
  return Raw(extent.size_class) < kCachedClasses && !extent.is_block()
             ? Raw(extent.size_class)
             : kUncachedClass;
}

PageCount WholeHugepages(PageCount pages) {
  const uint64_t unit = kHugepagePages.raw();
  return PageCount((pages.raw() + unit - 1) / unit * unit);
}

}  // namespace

void PageAllocator::Init(const PageSupply* supply, const PageSources& sources,
                         Quota* quota, uint32_t owner_tag) {
  supply_ = supply;
  sources_ = sources;
  quota_ = quota;
  owner_tag_ = owner_tag;
  purge_mutex_.ForgetCounts();
  mutex_.ForgetCounts();
  released_pages_.Set(0);
  turnover_.Set(0);
  purges_.Set(0);
  subreleased_pages_.Set(0);
  lazily_purged_pages_.Set(0);
  purged_pages_.Set(0);
  for (PurgeCounters* counters : {&dirty_purges_, &muzzy_purges_}) {
    counters->sweeps.Set(0);
    counters->calls.Set(0);
    counters->pages.Set(0);
  }
}

void PageAllocator::SetSources(const PageSources& sources) {
  Lock lock(&mutex_);
  ACRE_CHECK(free_ == nullptr);
  sources_ = sources;
  hugepages_.store(false, std::memory_order_relaxed);
}

SharedRanges* PageAllocator::RangesOf(const Extent* extent) const {
  if (sources_.later == nullptr) return sources_.first;
  return supply_->grants->Find(extent->base).ranges;
}

bool PageAllocator::ChargeMetadata(size_t bytes,
                                   PageFailure* failure) noexcept {
  const PageFailure result = quota_->TryCharge(bytes);
  if (failure != nullptr) *failure = result;
  if (result != PageFailure::kNone) return false;
  metadata_.Add(bytes);
  return true;
}

void PageAllocator::ReleaseMetadata(size_t bytes) noexcept {
  metadata_.Sub(bytes);
  quota_->Release(bytes);
}

bool PageAllocator::EnsureFreeExtents(PageFailure* failure) {
  if (free_ != nullptr) return true;
  if (!ChargeMetadata(sizeof(FreeExtents), failure)) return false;
  void* memory = supply_->free_extents->Allocate();
  if (memory == nullptr) {
    ReleaseMetadata(sizeof(FreeExtents));
    *failure = PageFailure::kOutOfMemory;
    return false;
  }
  free_ = new (memory) FreeExtents;
  free_->dirty.Init(&supply_->extents->pool());
  free_->muzzy.Init(&supply_->extents->pool());
  free_->retained.Init(&supply_->extents->pool());
  return true;
}

Extent* PageAllocator::NewDescriptor(PageFailure* failure) {
  if (!ChargeMetadata(sizeof(Extent), failure)) return nullptr;
  Extent* extent = supply_->extents->pool().Allocate();
  if (extent == nullptr) {
    ReleaseMetadata(sizeof(Extent));
    *failure = PageFailure::kOutOfMemory;
  }
  return extent;
}

void PageAllocator::DropDescriptor(Extent* extent) {
  supply_->extents->pool().Free(extent);
  ReleaseMetadata(sizeof(Extent));
}

void PageAllocator::MergeInto(Extent* left, Extent* right) {
  supply_->extents->Merge(left, right);
  ReleaseMetadata(sizeof(Extent));
}

ExtentSet* PageAllocator::SetOf(ExtentState state) {
  return state == ExtentState::kDirty   ? &free_->dirty
         : state == ExtentState::kMuzzy ? &free_->muzzy
                                        : &free_->retained;
}

// Joins a free extent, of state kDirty, kMuzzy or kRetained and in no set, to
// its neighbours. The whole is in no set.
Extent* PageAllocator::Coalesce(Extent* extent) {
  const ExtentState state = extent->state;
  ExtentSet* set = SetOf(state);
  ExtentMap* map = supply_->extents;
  if (Extent* before = map->MergeableBefore(extent, state)) {
    set->Remove(before);
    MergeInto(before, extent);
    extent = before;
  }
  if (Extent* after = map->MergeableAfter(extent, state)) {
    set->Remove(after);
    MergeInto(extent, after);
  }
  return extent;
}

// Files a free extent of state kDirty, kMuzzy or kRetained.
void PageAllocator::InsertFree(Extent* extent) {
  Extent* whole = Coalesce(extent);
  SetOf(whole->state)->Insert(whole);
}

// Cuts an extent that is in no set, and that no free neighbour could be joined
// to, down to `pages` at `alignment`; the rest goes back to where it came from.
// On failure all of it does.
Extent* PageAllocator::Carve(Extent* extent, PageCount pages, size_t alignment,
                             PageFailure* failure) {
  const uintptr_t base = AlignUp(extent->base, alignment);
  const PageCount lead((base - extent->base) / kPageSize);
  const bool cut_lead = lead > PageCount();
  const bool cut_tail = extent->pages > lead + pages;
  Extent* body = cut_lead ? NewDescriptor(failure) : nullptr;
  Extent* tail = cut_tail && (!cut_lead || body != nullptr)
                     ? NewDescriptor(failure)
                     : nullptr;
  if ((cut_lead && body == nullptr) || (cut_tail && tail == nullptr)) {
    if (body != nullptr) DropDescriptor(body);
    InsertFree(extent);
    return nullptr;
  }
  if (cut_tail) {
    supply_->extents->Split(extent, lead + pages, tail);
    SetOf(tail->state)->Insert(tail);
  }
  if (!cut_lead) return extent;
  supply_->extents->Split(extent, lead, body);
  SetOf(extent->state)->Insert(extent);
  return body;
}

Extent* PageAllocator::TakeFree(ExtentSet* set, PageCount pages,
                                size_t alignment, PageFailure* failure) {
  Extent* extent = uses_hugepages() && pages < kHugepagePages
                       ? FindInFullestBlock(*set, pages, alignment)
                       : set->Find(pages, alignment);
  if (extent == nullptr) return nullptr;
  set->Remove(extent);
  return Carve(extent, pages, alignment, failure);
}

Extent* PageAllocator::TakeGrown(PageCount pages, size_t alignment,
                                 ExtentPurpose purpose, PageFailure* failure) {
  if (!ChargeMetadata(sizeof(Extent), failure)) return nullptr;
  const PageCount held(active_pages_.Get() + dirty_pages_.Get() +
                       muzzy_pages_.Get() + retained_pages_.Get());
  RangesRequest request{.tag = owner_tag_,
                        .least = pages,
                        .wanted = NextArenaGrowth(held, pages),
                        .alignment = alignment,
                        .purpose = purpose};
  SharedRanges* ranges = sources_.first;
  if (sources_.later != nullptr && held + pages >= PageSources::kOutgrown) {
    // Whole hugepages, which this arena has to itself.
    ranges = sources_.later;
    request.least = WholeHugepages(request.least);
    request.wanted = WholeHugepages(request.wanted);
    request.alignment = std::max(alignment, kHugepagePages.bytes());
  }
  Extent* extent = ranges->Take(request);
  if (extent == nullptr) {
    ReleaseMetadata(sizeof(Extent));
    *failure = PageFailure::kOutOfMemory;
    return nullptr;
  }
  retained_pages_.Add(extent->pages.raw());
  if (InHugepages(*extent)) hugepages_.store(true, std::memory_order_relaxed);
  return Carve(Coalesce(extent), pages, alignment, failure);
}

// An extent in no set, of exactly `pages`, charged.
Extent* PageAllocator::AllocateLocked(PageCount pages, size_t alignment,
                                      ExtentPurpose purpose,
                                      PageFailure* failure) {
  if (!EnsureFreeExtents(failure)) return nullptr;
  // Dirty and muzzy pages are charged already.
  for (ExtentState state : {ExtentState::kDirty, ExtentState::kMuzzy}) {
    if (Extent* used = TakeFree(SetOf(state), pages, alignment, failure)) {
      CounterOf(state)->Sub(pages.raw());
      NoteLowest();
      return used;
    }
  }
  *failure = quota_->TryCharge(pages.bytes());
  if (*failure != PageFailure::kNone) return nullptr;
  Extent* extent = TakeFree(&free_->retained, pages, alignment, failure);
  if (extent == nullptr) extent = TakeGrown(pages, alignment, purpose, failure);
  if (extent == nullptr) {
    quota_->Release(pages.bytes());
    return nullptr;
  }
  retained_pages_.Sub(pages.raw());
  return extent;
}

void PageAllocator::Activate(Extent* extent, ClassIndex size_class,
                             uint8_t slab_step) {
  extent->state = ExtentState::kActive;
  extent->zeroed = false;
  extent->released = 0;
  extent->size_class = size_class;
  extent->slab_step = slab_step & 7;
  const uint32_t link = supply_->extents->pool().IndexOf(extent) + 1;
  extent->active_prev = 0;
  extent->active_next = active_head_;
  if (active_head_ != 0) ActiveAt(active_head_)->active_prev = link;
  active_head_ = link;
  active_pages_.Add(extent->pages.raw());
  turnover_.Add(1);
  if (IsSmall(size_class)) {
    supply_->extents->ShowSlab(extent);
  } else {
    supply_->extents->ShowBounds(extent, ShownClass(*extent));
  }
}

// Active to dirty, out of the list, in no set yet.
void PageAllocator::Deactivate(Extent* extent) {
  if (extent->active_prev != 0) {
    ActiveAt(extent->active_prev)->active_next = extent->active_next;
  } else {
    active_head_ = extent->active_next;
  }
  if (extent->active_next != 0) {
    ActiveAt(extent->active_next)->active_prev = extent->active_prev;
  }
  active_pages_.Sub(extent->pages.raw());
  dirty_pages_.Add(extent->pages.raw());
  turnover_.Add(1);
  if (IsSmall(extent->size_class)) supply_->extents->HideSlab(extent);
  extent->state = ExtentState::kDirty;
  extent->zeroed = false;
  extent->heap = {};
  supply_->extents->ShowBounds(extent);
}

Extent* PageAllocator::Allocate(PageCount pages, size_t alignment,
                                ClassIndex size_class, uint8_t slab_step,
                                PageFailure* failure, bool* zeroed) noexcept {
  for (;;) {
    const uint64_t purged_before = purged_pages_.Get();
    {
      Lock lock(&mutex_);
      *failure = PageFailure::kNone;
      const ExtentPurpose purpose =
          IsSmall(size_class) ? ExtentPurpose::kSlab : ExtentPurpose::kLarge;
      if (Extent* extent = AllocateLocked(pages, alignment, purpose, failure)) {
        if (zeroed != nullptr) *zeroed = extent->zeroed;
        Activate(extent, size_class, slab_step);
        return extent;
      }
    }
    // What can never fit is not worth anybody's dirty pages.
    if (*failure == PageFailure::kArenaLimit &&
        pages.bytes() > quota_->limit()) {
      return nullptr;
    }
    // Room for the pages, and for the descriptors that they may need; again as
    // long as there is any, because a limit may lie below what is charged.
    if (!ReclaimSince(purged_before, pages + PageCount(1))) return nullptr;
  }
}

// Purges; whether any pages went since `purged_before`, by whoever's purge. A
// few pages more than are needed, because the next one is likely to need some.
bool PageAllocator::ReclaimSince(uint64_t purged_before,
                                 PageCount least) noexcept {
  constexpr PageCount kLeastReclaimed{32};
  return Purge(std::max(least, kLeastReclaimed)) > PageCount() ||
         purged_pages_.Get() != purged_before;
}

bool PageAllocator::ChargeReleased(PageCount pages,
                                   PageFailure* failure) noexcept {
  for (;;) {
    const uint64_t purged_before = purged_pages_.Get();
    {
      Lock lock(&mutex_);
      *failure = quota_->TryCharge(pages.bytes());
      if (*failure == PageFailure::kNone) {
        released_pages_.Sub(pages.raw());
        active_pages_.Add(pages.raw());
        return true;
      }
    }
    if (!ReclaimSince(purged_before, pages)) return false;
  }
}

void PageAllocator::RefundReleased(PageCount pages) noexcept {
  Lock lock(&mutex_);
  quota_->Release(pages.bytes());
  active_pages_.Sub(pages.raw());
  released_pages_.Add(pages.raw());
}

bool PageAllocator::ChargeReclaiming(size_t bytes,
                                     PageFailure* failure) noexcept {
  for (;;) {
    const uint64_t purged_before = purged_pages_.Get();
    if (ChargeMetadata(bytes, failure)) return true;
    if (!ReclaimSince(purged_before, PageCount::Ceil(bytes))) return false;
  }
}

void PageAllocator::Free(Extent* extent) noexcept {
  if (extent->released != 0) {
    FreePartlyReleased(extent);
    return;
  }
  Lock lock(&mutex_);
  Deactivate(extent);
  InsertFree(extent);
}

bool PageAllocator::FreeLarge(Extent* extent, uintptr_t address,
                              PageCount* pages) noexcept {
  Lock lock(&mutex_);
  // What is the owner's is stable under its lock; what is not may be anything.
  if (extent->owner_tag.load(std::memory_order_relaxed) != owner_tag_ ||
      supply_->extents->Find(address) != extent || extent->base != address ||
      extent->state != ExtentState::kActive || IsSmall(extent->size_class)) {
    return false;
  }
  *pages = extent->pages;
  Deactivate(extent);
  InsertFree(extent);
  return true;
}

bool PageAllocator::Grow(Extent* extent, PageCount pages,
                         ClassIndex size_class) noexcept {
  Lock lock(&mutex_);
  const PageCount more = pages - extent->pages;
  ExtentMap* map = supply_->extents;
  Extent* after = nullptr;
  for (ExtentState state :
       {ExtentState::kDirty, ExtentState::kMuzzy, ExtentState::kRetained}) {
    after = map->MergeableAfter(extent, state);
    if (after != nullptr) break;
  }
  if (after == nullptr || after->pages < more) return false;
  const ExtentState state = after->state;
  const bool retained = state == ExtentState::kRetained;
  if (retained && quota_->TryCharge(more.bytes()) != PageFailure::kNone) {
    return false;
  }
  SetOf(after->state)->Remove(after);
  if (after->pages > more) {
    PageFailure failure;
    Extent* tail = NewDescriptor(&failure);
    if (tail == nullptr) {
      SetOf(after->state)->Insert(after);
      if (retained) quota_->Release(more.bytes());
      return false;
    }
    map->Split(after, more, tail);
    SetOf(tail->state)->Insert(tail);
  }
  MergeInto(extent, after);
  extent->size_class = size_class;
  map->ShowBounds(extent, ShownClass(*extent));
  active_pages_.Add(more.raw());
  CounterOf(state)->Sub(more.raw());
  NoteLowest();
  turnover_.Add(1);
  return true;
}

bool PageAllocator::Shrink(Extent* extent, PageCount pages,
                           ClassIndex size_class) noexcept {
  Lock lock(&mutex_);
  PageFailure failure;
  Extent* tail = NewDescriptor(&failure);
  if (tail == nullptr) return false;
  supply_->extents->Split(extent, pages, tail);
  extent->size_class = size_class;
  supply_->extents->ShowBounds(extent, ShownClass(*extent));
  active_pages_.Sub(tail->pages.raw());
  dirty_pages_.Add(tail->pages.raw());
  tail->state = ExtentState::kDirty;
  tail->zeroed = false;
  InsertFree(tail);
  return true;
}

void PageAllocator::NoteLowest() {
  auto lower = [](uint32_t lowest, uint64_t now) {
    return static_cast<uint32_t>(std::min<uint64_t>(lowest, now));
  };
  lowest_.dirty = lower(lowest_.dirty, dirty_pages_.Get());
  lowest_.muzzy = lower(lowest_.muzzy, muzzy_pages_.Get());
}

PageAllocator::Lowest PageAllocator::TakeLowest() noexcept {
  Lock lock(&mutex_);
  NoteLowest();
  const Lowest lowest = lowest_;
  lowest_ = {.dirty = UINT32_MAX, .muzzy = UINT32_MAX};
  NoteLowest();  // As it is now.
  return lowest;
}

PageAllocator::Sizes PageAllocator::sizes() const {
  return {
      .active = active_pages_.Get() * kPageSize,
      .dirty = dirty_pages_.Get() * kPageSize,
      .muzzy = muzzy_pages_.Get() * kPageSize,
      .retained = (retained_pages_.Get() + released_pages_.Get()) * kPageSize,
      .metadata = metadata_.Get()};
}

void PageAllocator::Verify() const noexcept {
  Lock lock(&mutex_);
  const ExtentMap& map = *supply_->extents;
  uint64_t active = 0;
  uint64_t released = 0;
  for (Extent* e = ActiveAt(active_head_); e != nullptr;
       e = ActiveAt(e->active_next)) {
    ACRE_CHECK(e->state == ExtentState::kActive);
    ACRE_CHECK(e->owner_tag.load(std::memory_order_relaxed) == owner_tag_);
    ACRE_CHECK(map.Find(e->base) == e && map.Find(e->end() - kPageSize) == e);
    ACRE_CHECK(e->active_next == 0 ||
               ActiveAt(ActiveAt(e->active_next)->active_prev) == e);
    active += e->pages.raw();
    released += static_cast<uint64_t>(std::popcount(e->released));
  }
  ACRE_CHECK(active - released == active_pages_.Get());
  ACRE_CHECK(released == released_pages_.Get());
  if (free_ != nullptr) {
    free_->dirty.Verify(ExtentState::kDirty);
    free_->muzzy.Verify(ExtentState::kMuzzy);
    free_->retained.Verify(ExtentState::kRetained);
    ACRE_CHECK(free_->dirty.pages().raw() == dirty_pages_.Get());
    ACRE_CHECK(free_->muzzy.pages().raw() == muzzy_pages_.Get());
    ACRE_CHECK(free_->retained.pages().raw() == retained_pages_.Get());
    auto check = [&](Extent* e) {
      ACRE_CHECK(e->owner_tag.load(std::memory_order_relaxed) == owner_tag_);
      ACRE_CHECK(map.Find(e->base) == e && map.Find(e->end() - kPageSize) == e);
      ACRE_CHECK(map.MergeableAfter(e, e->state) == nullptr);
    };
    free_->dirty.ForEach(check);
    free_->muzzy.ForEach(check);
    free_->retained.ForEach(check);
  }
  const Sizes held = sizes();
  ACRE_CHECK(quota_->charged() ==
             held.active + held.dirty + held.muzzy + held.metadata);
}

}  // namespace acre::allocator
