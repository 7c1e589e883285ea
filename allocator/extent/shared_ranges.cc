#include "allocator/extent/shared_ranges.h"

#include <algorithm>
#include <cstring>

#include "allocator/base/check.h"
#include "allocator/os/os.h"

namespace acre::allocator {
namespace {

using Lock = MutexLock<LockRank::kRanges>;

// Growth: a quarter of what is mapped, between these. With 64 GiB steps a
// thousand grants cover 64 TiB.
constexpr size_t kLeastGrowth = size_t{4} << 20;
constexpr size_t kMostGrowth = size_t{64} << 30;

static_assert(kGrantGranularity == PageMap::kRangeAlignment);

size_t GrowthStep(size_t mapped) {
  return AlignUp(std::clamp(mapped / 4, kLeastGrowth, kMostGrowth),
                 kGrantGranularity);
}

// How many bytes at the start of whole pages are zero. Reads all of them:
// what is not in memory may be in a file, or swapped out.
size_t ZeroPrefix(const void* base, size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(base);
  for (size_t at = 0; at < size; at += kPageSize) {
    const unsigned char* page = bytes + at;
    // Zero if its first byte is, and each byte equals the next one.
    if (page[0] == 0 && memcmp(page, page + 1, kPageSize - 1) == 0) continue;
    while (page[0] == 0) ++page;
    return static_cast<size_t>(page - bytes);
  }
  return size;
}

uint32_t TagOf(const Extent* extent) {
  return extent->owner_tag.load(std::memory_order_relaxed);
}

}  // namespace

SharedRanges::~SharedRanges() {
  if (supply_ == nullptr) return;
  // Backwards, so that what is removed does not move what is still to come.
  for (size_t left = supply_->grants->count(); left > 0; --left) {
    Grants::Range range;
    if (supply_->grants->Copy(left - 1, {&range, 1}) == 0) continue;
    if (supply_->grants->Find(range.base).ranges != this) continue;
    supply_->grants->Remove(range.base, range.size);
    if (capabilities_.release) {
      hooks_->Release(reinterpret_cast<void*>(range.base), range.size);
    }
  }
}

void SharedRanges::Init(ExtentHooks* hooks,
                        const RangesSupply* supply) noexcept {
  hooks_ = hooks;
  supply_ = supply;
  capabilities_ = hooks->capabilities();
  free_.Init(&supply->extents->pool());
}

void SharedRanges::Refuse(const ExtentRequest& request,
                          const ExtentGrant& grant, const char* reason,
                          size_t expected) noexcept {
  failures_.allocate.Add(1);
  supply_->reports->Add({.hooks = hooks_->name(),
                         .call = "Allocate",
                         .reason = reason,
                         .base = grant.base,
                         .size = grant.size,
                         .expected = expected,
                         .arena_index = request.arena_index});
}

// Whether a grant is what was asked for, as far as numbers tell. One that is
// not is reported, and given back where it may be the provider's to take.
bool SharedRanges::Accept(const ExtentRequest& request,
                          const ExtentGrant& grant) {
  const auto base = reinterpret_cast<uintptr_t>(grant.base);
  const char* wrong = nullptr;
  size_t expected = 0;
  auto check = [&](bool fine, const char* reason, size_t number) {
    if (fine || wrong != nullptr) return;
    wrong = reason;
    expected = number;
  };
  check(base != 0, "no memory with success", request.required);
  check(base % request.alignment == 0, "misaligned", request.alignment);
  check(grant.size >= request.required, "too short", request.required);
  check(grant.size % kGrantGranularity == 0,
        "not a multiple of the granularity", kGrantGranularity);
  check(grant.size <= size_t{1} << kAddressBits &&
            base <= (uintptr_t{1} << kAddressBits) - grant.size,
        "beyond the address space", size_t{1} << kAddressBits);
  check(IsPowerOfTwo(grant.page_size) && grant.page_size >= kPageSize &&
            grant.page_size <= kMaxAlignment && base % grant.page_size == 0 &&
            grant.size % grant.page_size == 0,
        "a page size that cannot be", kPageSize);
  check(grant.committed || capabilities_.commit, "not committed, nor to be",
        request.required);
  if (wrong == nullptr) return true;
  Refuse(request, grant, wrong, expected);
  // Only what cannot be in use by anybody may go back.
  if (base != 0 && base % kPageSize == 0 && grant.size % kPageSize == 0 &&
      grant.size != 0 && capabilities_.release &&
      supply_->grants->Find(base).ranges == nullptr &&
      supply_->grants->Find(base + grant.size - 1).ranges == nullptr) {
    Counted(&HookCounts::release,
            [&] { return hooks_->Release(grant.base, grant.size); });
  }
  return false;
}

// Clears what is not zero, or looks whether what is said to be zero is.
bool SharedRanges::MakeZero(const ExtentRequest& request, ExtentGrant* grant) {
  if (capabilities_.trusted && grant->zeroed) return true;
  if (!grant->committed) {
    if (!Counted(&HookCounts::commit,
                 [&] { return hooks_->Commit(grant->base, grant->size); })) {
      return false;
    }
    grant->committed = true;
  }
  if (!grant->zeroed) {
    memset(grant->base, 0, grant->size);
    return true;
  }
  const size_t zeros = ZeroPrefix(grant->base, grant->size);
  if (zeros == grant->size) return true;
  Refuse(request, *grant, "said to be zeroed, and is not from this byte on",
         zeros);
  return false;
}

// A grant that may be used: in the table, in the page map, and zero.
bool SharedRanges::AskHooks(const ExtentRequest& request, ExtentGrant* grant) {
  if (!Counted(&HookCounts::allocate,
               [&] { return hooks_->Allocate(request, grant); })) {
    return false;
  }
  if (!Accept(request, *grant)) return false;
  const auto base = reinterpret_cast<uintptr_t>(grant->base);
  const Grants::AddResult added =
      supply_->grants->Add({.base = base,
                            .size = grant->size,
                            .ranges = this,
                            .pinned = grant->pinned,
                            .page_size = grant->page_size});
  if (added == Grants::AddResult::kOverlaps) {
    Refuse(request, *grant, "overlaps memory that is in use", 0);
    return false;
  }
  if (added == Grants::AddResult::kAdded) {
    if (supply_->extents->page_map().AddRange(base, grant->size)) {
      if (MakeZero(request, grant)) return true;
      supply_->extents->page_map().RemoveRange(base, grant->size);
    }
    supply_->grants->Remove(base, grant->size);
  }
  if (capabilities_.release) {
    Counted(&HookCounts::release,
            [&] { return hooks_->Release(grant->base, grant->size); });
  }
  return false;
}

Extent* SharedRanges::Grow(const RangesRequest& request) {
  Extent* extent = supply_->extents->pool().Allocate();
  if (extent == nullptr) return nullptr;
  const size_t needed = AlignUp(request.least.bytes(), kGrantGranularity);
  ExtentRequest ask{
      .purpose = request.purpose,
      // What is pinned is memory, not address space.
      .desired = pinned_.Get() != 0
                     ? needed
                     : std::max(needed, GrowthStep(mapped_.Get())),
      .required = needed,
      .alignment = std::max(request.alignment, kGrantGranularity),
      .arena_index = request.tag - 1};
  ExtentGrant grant;
  if (!AskHooks(ask, &grant)) {
    supply_->extents->pool().Free(extent);
    return nullptr;
  }
  extent->base = reinterpret_cast<uintptr_t>(grant.base);
  extent->pages = PageCount(grant.size / kPageSize);
  extent->state = ExtentState::kRetained;
  extent->zeroed = true;
  extent->mapping_head = true;
  extent->reserved = !grant.committed;
  extent->owner_tag.store(kRangesTag, std::memory_order_relaxed);
  supply_->extents->ShowBounds(extent);
  grant_count_.Add(1);
  mapped_.Add(grant.size);
  if (grant.pinned) {
    pinned_.Add(grant.size);
    JoinNeighbours(extent);
  }
  return extent;
}

// Makes one of the grants that a fresh extent is and that lie beside it, so
// that small grants of hugepages serve large requests, too. Only where the
// extent that begins the upper one is in no arena.
void SharedRanges::JoinNeighbours(Extent* extent) {
  if (!capabilities_.merge) return;
  Grants& grants = *supply_->grants;
  // `head` begins the upper one.
  auto join = [&](const Grant& low, const Grant& high,
                  Extent* head) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (low.ranges != this || high.ranges != this || low.end() != high.base ||
        low.pinned != high.pinned || low.page_size != high.page_size ||
        !Counted(&HookCounts::merge, [&] {
          return hooks_->Merge(reinterpret_cast<void*>(low.base), low.size,
                               high.size);
        })) {
      return;
    }
    grants.Merge(low.base);
    grant_count_.Sub(1);
    head->mapping_head = false;
    // Neither is a grant of its own any more.
    if (kept_ != nullptr && (kept_ == head || kept_->base == low.base)) {
      kept_ = nullptr;
    }
  };
  const uintptr_t end = extent->end();
  join(grants.Find(extent->base - 1), grants.Find(extent->base), extent);
  const Grant above = grants.Find(end);
  if (above.ranges == this &&
      supply_->extents->page_map().Get(end).owner_tag() == kRangesTag) {
    join(grants.Find(end - 1), above, supply_->extents->Find(end));
  }
}

// An extent out of the set (or fresh) that holds `least` at the alignment.
Extent* SharedRanges::FindOrGrow(const RangesRequest& request) {
  Extent* extent = free_.Find(request.wanted, request.alignment);
  if (extent == nullptr && request.wanted > request.least) {
    extent = free_.Find(request.least, request.alignment);
  }
  if (extent == nullptr) return Grow(request);
  free_.Remove(extent);
  if (extent == kept_) kept_ = nullptr;
  return extent;
}

bool SharedRanges::Commit(Extent* extent, uint32_t tag) {
  if (extent->reserved == 0) return true;
  if (!Counted(&HookCounts::commit, [&] {
        return hooks_->Commit(extent->address(), extent->pages.bytes());
      })) {
    return false;
  }
  extent->reserved = 0;
  if (!capabilities_.trusted) {
    ClearUntrusted(*extent, tag, "Commit",
                   "committed memory is not zero from this byte on");
  }
  return true;
}

// Cuts off what lies before the alignment and behind `pages`. On false the
// extent is in no set and nothing has changed.
bool SharedRanges::Trim(Extent* extent, PageCount pages, size_t alignment) {
  ExtentMap& extents = *supply_->extents;
  const uintptr_t base = AlignUp(extent->base, alignment);
  const PageCount lead((base - extent->base) / kPageSize);
  const bool cut_lead = lead > PageCount();
  const bool cut_tail = extent->pages > lead + pages;
  Extent* first = cut_lead ? extents.pool().Allocate() : nullptr;
  Extent* second = cut_tail ? extents.pool().Allocate() : nullptr;
  if ((cut_lead && first == nullptr) || (cut_tail && second == nullptr)) {
    if (first != nullptr) extents.pool().Free(first);
    if (second != nullptr) extents.pool().Free(second);
    return false;
  }
  if (cut_tail) {
    extents.Split(extent, lead + pages, second);
    second->reserved = extent->reserved;
    free_.Insert(second);
  }
  if (cut_lead) {
    // The caller keeps `extent`; the lead, which starts the old extent, moves
    // to the new descriptor.
    first->base = extent->base;
    first->pages = lead;
    first->state = ExtentState::kRetained;
    first->zeroed = true;
    first->mapping_head = extent->mapping_head;
    first->reserved = extent->reserved;
    first->owner_tag.store(kRangesTag, std::memory_order_relaxed);
    extent->base = base;
    extent->pages = pages;
    extent->mapping_head = false;
    extents.ShowBounds(first);
    free_.Insert(first);
  }
  return true;
}

Extent* SharedRanges::Take(const RangesRequest& request) noexcept {
  Lock lock(&mutex_);
  Extent* extent = FindOrGrow(request);
  if (extent == nullptr) return nullptr;
  PageCount pages = request.wanted;
  const uintptr_t base = AlignUp(extent->base, request.alignment);
  if (base + request.wanted.bytes() > extent->end()) {
    pages = PageCount((extent->end() - base) / kPageSize);
  }
  if (!Trim(extent, pages, request.alignment) || !Commit(extent, request.tag)) {
    InsertMerged(extent);
    return nullptr;
  }
  extent->owner_tag.store(request.tag, std::memory_order_relaxed);
  supply_->extents->ShowBounds(extent);
  return extent;
}

void SharedRanges::InsertMerged(Extent* extent) {
  constexpr ExtentState kState = ExtentState::kRetained;
  ExtentMap& extents = *supply_->extents;
  Extent* before = extents.MergeableBefore(extent, kState);
  if (before != nullptr && before->reserved == extent->reserved) {
    free_.Remove(before);
    if (before == kept_) kept_ = nullptr;
    extents.Merge(before, extent);
    extent = before;
  }
  // What lies behind the grant may be another provider's, which changes it
  // under another lock.
  Extent* after = extent->end() == supply_->grants->Find(extent->base).end()
                      ? nullptr
                      : extents.MergeableAfter(extent, kState);
  if (after != nullptr && after->reserved == extent->reserved) {
    free_.Remove(after);
    if (after == kept_) kept_ = nullptr;
    extents.Merge(extent, after);
  }
  free_.Insert(extent);
  ReleaseFree(extent);
}

// The last line before another arena has it.
void SharedRanges::ClearUntrusted(const Extent& extent, uint32_t tag,
                                  const char* call,
                                  const char* reason) noexcept {
  char* const base = static_cast<char*>(extent.address());
  const size_t size = extent.pages.bytes();
  const size_t zeros = ZeroPrefix(base, size);
  if (zeros == size) return;
  supply_->reports->Add({.hooks = hooks_->name(),
                         .call = call,
                         .reason = reason,
                         .base = base,
                         .size = size,
                         .expected = zeros,
                         .arena_index = tag - 1});
  memset(base + zeros, 0, size - zeros);
}

void SharedRanges::Give(Extent* extent) noexcept {
  ACRE_DCHECK(extent->zeroed || !capabilities_.trusted);
  if (!capabilities_.trusted) {
    ClearUntrusted(*extent, TagOf(extent), "PurgeForcibly",
                   "purged memory is not zero from this byte on");
  }
  Lock lock(&mutex_);
  extent->state = ExtentState::kRetained;
  extent->zeroed = true;
  extent->reserved =
      capabilities_.decommit && !supply_->grants->Find(extent->base).pinned &&
      Counted(&HookCounts::decommit, [&] {
        return hooks_->Decommit(extent->address(), extent->pages.bytes());
      });
  extent->owner_tag.store(kRangesTag, std::memory_order_relaxed);
  supply_->extents->ShowBounds(extent);
  InsertMerged(extent);
}

SharedRanges::PurgeResult SharedRanges::PurgeForcibly(void* base,
                                                      size_t size) noexcept {
  if (!capabilities_.purge_forcibly) return PurgeResult::kUnable;
  if (pinned_.Get() != 0 &&
      supply_->grants->Find(reinterpret_cast<uintptr_t>(base)).pinned) {
    return PurgeResult::kUnable;
  }
  return Counted(&HookCounts::purge_forcibly,
                 [&] { return hooks_->PurgeForcibly(base, size); })
             ? PurgeResult::kGone
             : PurgeResult::kRefused;
}

SharedRanges::PurgeResult SharedRanges::PurgeLazily(void* base,
                                                    size_t size) noexcept {
  if (!capabilities_.purge_lazily) return PurgeResult::kUnable;
  if (pinned_.Get() != 0 &&
      supply_->grants->Find(reinterpret_cast<uintptr_t>(base)).pinned) {
    return PurgeResult::kUnable;
  }
  return Counted(&HookCounts::purge_lazily,
                 [&] { return hooks_->PurgeLazily(base, size); })
             ? PurgeResult::kMuzzy
             : PurgeResult::kRefused;
}

// Whether no arena has any of a grant. That may be several extents: some that
// are committed and some that are not.
bool SharedRanges::IsFree(const Grant& grant) const {
  const ExtentMap& extents = *supply_->extents;
  for (uintptr_t at = grant.base; at < grant.end();
       at = extents.Find(at)->end()) {
    if (extents.page_map().Get(at).owner_tag() != kRangesTag) return false;
  }
  return true;
}

// Gives a grant that is free back to the provider.
void SharedRanges::ReleaseGrant(const Grant& grant) {
  ExtentMap& extents = *supply_->extents;
  // Nothing that names the addresses may be left when they are let go of: they
  // may at once be granted again, by another provider.
  supply_->grants->Remove(grant.base, grant.size);
  Extent* parts = nullptr;
  for (uintptr_t at = grant.base; at < grant.end();) {
    Extent* part = extents.Find(at);
    at = part->end();
    free_.Remove(part);
    extents.HideBounds(part);
    part->heap.next = parts;
    parts = part;
  }
  extents.page_map().RemoveRange(grant.base, grant.size);
  const bool released = Counted(&HookCounts::release, [&] {
    return hooks_->Release(reinterpret_cast<void*>(grant.base), grant.size);
  });
  // What was not taken back stays, free, for the next taker; in the table there
  // is room, it was just made.
  const bool stays =
      !released && extents.page_map().AddRange(grant.base, grant.size);
  if (stays) {
    supply_->grants->Add(grant);
  } else {
    mapped_.Sub(grant.size);
    if (grant.pinned) pinned_.Sub(grant.size);
    grant_count_.Sub(1);
  }
  while (parts != nullptr) {
    Extent* part = parts;
    parts = part->heap.next;
    part->heap = {};
    if (stays) {
      extents.ShowBounds(part);
      free_.Insert(part);
    } else {
      extents.pool().Free(part);
    }
  }
}

bool SharedRanges::SplitGrant(uintptr_t base, size_t size, size_t first) {
  if (!supply_->grants->PrepareSplit()) return false;
  if (!Counted(&HookCounts::split, [&] {
        return hooks_->Split(reinterpret_cast<void*>(base), size, first);
      })) {
    supply_->grants->CancelSplit();
    return false;
  }
  supply_->grants->Split(base, first);
  grant_count_.Add(1);
  return true;
}

// Of a free extent in a pinned grant, an extent of the whole pages that could
// be a grant of their own, now one. The page that follows them stays with the
// extent unless the grant ends there: what lies behind is an arena's, and must
// not become the head of a grant under its hands. Null when there are none, or
// something is refused.
Extent* SharedRanges::SplitOffPages(Extent* extent, const Grant& grant) {
  const size_t unit = std::max(grant.page_size, kGrantGranularity);
  const uintptr_t from = AlignUp(extent->base, unit);
  uintptr_t to = extent->end() & ~(unit - 1);
  if (to == extent->end() && to != grant.end()) to -= unit;
  if (from >= to || from < extent->base || to > extent->end()) return nullptr;
  ExtentMap& extents = *supply_->extents;
  const bool cut_tail = to < extent->end();
  const bool cut_lead = from > extent->base;
  Extent* tail = cut_tail ? extents.pool().Allocate() : nullptr;
  Extent* pages = cut_lead ? extents.pool().Allocate() : nullptr;
  auto cut = [&](uintptr_t at, Extent* rest) {
    free_.Remove(extent);
    extents.Split(extent, PageCount((at - extent->base) / kPageSize), rest);
    rest->mapping_head = true;
    free_.Insert(extent);
    free_.Insert(rest);
  };
  auto give_up = [&]() -> Extent* {
    if (tail != nullptr) extents.pool().Free(tail);
    if (pages != nullptr) extents.pool().Free(pages);
    return nullptr;
  };
  if ((cut_tail && tail == nullptr) || (cut_lead && pages == nullptr)) {
    return give_up();
  }
  if (to < grant.end()) {
    if (!SplitGrant(grant.base, grant.size, to - grant.base)) return give_up();
    cut(to, tail);
    tail = nullptr;
  }
  if (from > grant.base) {
    // Where only this is refused, the first split may well stay.
    if (!SplitGrant(grant.base, to - grant.base, from - grant.base)) {
      return give_up();
    }
    if (!cut_lead) {
      extent->mapping_head = true;
    } else {
      cut(from, pages);
    }
  }
  return cut_lead ? pages : extent;
}

// Releases the grant of a free extent if all of it is free, or whole pages of
// a pinned one.
void SharedRanges::ReleaseFree(Extent* extent) {
  if (!capabilities_.release) return;
  const bool may_split = capabilities_.split && pinned_.Get() != 0;
  const bool in_parts = capabilities_.commit;
  if (!extent->mapping_head && !may_split && !in_parts) return;
  const Grant grant = supply_->grants->Find(extent->base);
  ACRE_CHECK(grant.ranges == this);
  if (grant.base != extent->base || grant.size != extent->pages.bytes()) {
    if (in_parts && IsFree(grant)) {
      ReleaseGrant(grant);
    } else if (grant.pinned && may_split) {
      Extent* pages = SplitOffPages(extent, grant);
      if (pages != nullptr) ReleaseGrant(supply_->grants->Find(pages->base));
    }
    return;
  }
  if (kept_ == nullptr) {
    kept_ = extent;
    return;
  }
  // Of two whole grants the smaller one is kept.
  Extent* gone = extent;
  if (kept_->pages > extent->pages) std::swap(gone, kept_);
  ReleaseGrant(supply_->grants->Find(gone->base));
}

bool SharedRanges::ReleaseAll() noexcept {
  Lock lock(&mutex_);
  kept_ = nullptr;
  if (!capabilities_.release) return mapped_.Get() == 0;
  // Backwards, so that what is removed does not move what is still to come.
  for (size_t left = supply_->grants->count(); left > 0; --left) {
    Grants::Range range;
    if (supply_->grants->Copy(left - 1, {&range, 1}) == 0) continue;
    const Grant grant = supply_->grants->Find(range.base);
    if (grant.ranges == this && IsFree(grant)) ReleaseGrant(grant);
  }
  return mapped_.Get() == 0;
}

void SharedRanges::Verify() const noexcept {
  Lock lock(&mutex_);
  free_.Verify(ExtentState::kRetained);
  const ExtentMap& extents = *supply_->extents;
  free_.ForEach([&](Extent* extent) {
    ACRE_CHECK(extent->zeroed);
    ACRE_CHECK(extents.Find(extent->base) == extent);
    ACRE_CHECK(extents.Find(extent->end() - kPageSize) == extent);
    const Extent* after =
        extents.MergeableAfter(extent, ExtentState::kRetained);
    ACRE_CHECK(after == nullptr || after->reserved != extent->reserved);
    const Grant grant = supply_->grants->Find(extent->base);
    ACRE_CHECK(grant.ranges == this && extent->end() <= grant.end());
    ACRE_CHECK(extent->mapping_head == (extent->base == grant.base));
  });
  size_t mapped = 0;
  size_t count = 0;
  Grants::Range range;
  for (size_t i = 0; supply_->grants->Copy(i, {&range, 1}) == 1; ++i) {
    if (supply_->grants->Find(range.base).ranges != this) continue;
    mapped += range.size;
    ++count;
  }
  ACRE_CHECK(mapped == mapped_.Get());
  ACRE_CHECK(count == grant_count_.Get());
}

}  // namespace acre::allocator
