#include "allocator/extent/shared_ranges.h"

#include <algorithm>

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

using Lock = MutexLock<LockRank::kRanges>;

// Growth: a quarter of what is mapped, between these. With 64 GiB steps a
// thousand mappings cover 64 TiB.
constexpr size_t kLeastGrowth = size_t{4} << 20;
constexpr size_t kMostGrowth = size_t{64} << 30;

size_t GrowthStep(size_t mapped) {
  return AlignUp(std::clamp(mapped / 4, kLeastGrowth, kMostGrowth),
                 PageMap::kRangeAlignment);
}

}  // namespace

SharedRanges::~SharedRanges() {
  if (mappings_ == nullptr) return;
  for (size_t i = 0; i < mapping_count_.Get(); ++i) {
    os_->Unmap(reinterpret_cast<void*>(mappings_[i].base), mappings_[i].size);
  }
  os_->Unmap(mappings_, kMaxMappings * sizeof(Mapping));
}

bool SharedRanges::Init(Os* os, ExtentMap* extents) noexcept {
  os_ = os;
  extents_ = extents;
  free_.Init(&extents->pool());
  mappings_ = static_cast<Mapping*>(
      os->Reserve(kMaxMappings * sizeof(Mapping), kPageSize));
  return mappings_ != nullptr;
}

size_t SharedRanges::metadata_bytes() const {
  return AlignUp(mapping_count_.Get() * sizeof(Mapping), kPageSize);
}

bool SharedRanges::ReserveRecords() {
  const size_t needed = (mapping_count_.Get() + 1) * sizeof(Mapping);
  if (needed <= committed_records_) return true;
  if (mapping_count_.Get() == kMaxMappings) return false;
  if (!os_->Commit(reinterpret_cast<char*>(mappings_) + committed_records_,
                   kPageSize)) {
    return false;
  }
  committed_records_ += kPageSize;
  return true;
}

Extent* SharedRanges::MapMore(PageCount least, size_t alignment) {
  if (!ReserveRecords()) return nullptr;
  Extent* extent = extents_->pool().Allocate();
  if (extent == nullptr) return nullptr;
  const size_t map_alignment = std::max(alignment, PageMap::kRangeAlignment);
  const size_t needed = AlignUp(least.bytes(), PageMap::kRangeAlignment);
  size_t size = std::max(needed, GrowthStep(mapped_.Get()));
  void* base = os_->Map(size, map_alignment);
  if (base == nullptr && size > needed) {
    size = needed;
    base = os_->Map(size, map_alignment);
  }
  if (base != nullptr &&
      !extents_->page_map().AddRange(reinterpret_cast<uintptr_t>(base), size)) {
    os_->Unmap(base, size);
    base = nullptr;
  }
  if (base == nullptr) {
    extents_->pool().Free(extent);
    return nullptr;
  }
  extent->base = reinterpret_cast<uintptr_t>(base);
  extent->pages = PageCount(size / kPageSize);
  extent->state = ExtentState::kRetained;
  extent->zeroed = true;
  extent->mapping_head = true;
  extent->owner_tag.store(kRangesTag, std::memory_order_relaxed);
  extents_->ShowBounds(extent);
  const size_t count = mapping_count_.Get();
  mappings_[count] = {extent->base, size};
  mapping_count_.Set(count + 1);
  mapped_.Add(size);
  return extent;
}

// An extent out of the set (or fresh) that holds `least` at `alignment`.
Extent* SharedRanges::FindOrMap(PageCount least, PageCount wanted,
                                size_t alignment) {
  Extent* extent = free_.Find(wanted, alignment);
  if (extent == nullptr && wanted > least) {
    extent = free_.Find(least, alignment);
  }
  if (extent == nullptr) return MapMore(least, alignment);
  free_.Remove(extent);
  if (extent == kept_) kept_ = nullptr;
  return extent;
}

// Cuts off what lies before the alignment and behind `pages`. On false the
// extent is back in the set and nothing has changed.
bool SharedRanges::Trim(Extent* extent, PageCount pages, size_t alignment) {
  const uintptr_t base = AlignUp(extent->base, alignment);
  const PageCount lead((base - extent->base) / kPageSize);
  const bool cut_lead = lead > PageCount();
  const bool cut_tail = extent->pages > lead + pages;
  Extent* first = cut_lead ? extents_->pool().Allocate() : nullptr;
  Extent* second = cut_tail ? extents_->pool().Allocate() : nullptr;
  if ((cut_lead && first == nullptr) || (cut_tail && second == nullptr)) {
    if (first != nullptr) extents_->pool().Free(first);
    if (second != nullptr) extents_->pool().Free(second);
    return false;
  }
  if (cut_tail) {
    extents_->Split(extent, lead + pages, second);
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
    first->owner_tag.store(kRangesTag, std::memory_order_relaxed);
    extent->base = base;
    extent->pages = pages;
    extent->mapping_head = false;
    extents_->ShowBounds(first);
    free_.Insert(first);
  }
  return true;
}

Extent* SharedRanges::Take(uint32_t tag, PageCount least, PageCount wanted,
                           size_t alignment) noexcept {
  Lock lock(&mutex_);
  Extent* extent = FindOrMap(least, wanted, alignment);
  if (extent == nullptr) return nullptr;
  PageCount pages = wanted;
  const uintptr_t base = AlignUp(extent->base, alignment);
  if (base + wanted.bytes() > extent->end()) {
    pages = PageCount((extent->end() - base) / kPageSize);
  }
  if (!Trim(extent, pages, alignment)) {
    InsertMerged(extent);
    return nullptr;
  }
  extent->owner_tag.store(tag, std::memory_order_relaxed);
  extents_->ShowBounds(extent);
  return extent;
}

void SharedRanges::InsertMerged(Extent* extent) {
  constexpr ExtentState kState = ExtentState::kRetained;
  if (Extent* before = extents_->MergeableBefore(extent, kState)) {
    free_.Remove(before);
    extents_->Merge(before, extent);
    extent = before;
  }
  if (Extent* after = extents_->MergeableAfter(extent, kState)) {
    free_.Remove(after);
    extents_->Merge(extent, after);
  }
  free_.Insert(extent);
  if (extent->mapping_head) UnmapIfWhole(extent);
}

void SharedRanges::Give(Extent* extent) noexcept {
  ACRE_DCHECK(extent->zeroed);
  Lock lock(&mutex_);
  extent->state = ExtentState::kRetained;
  extent->owner_tag.store(kRangesTag, std::memory_order_relaxed);
  extents_->ShowBounds(extent);
  InsertMerged(extent);
}

void SharedRanges::UnmapIfWhole(Extent* extent) {
  const size_t count = mapping_count_.Get();
  size_t at = 0;
  while (at < count && mappings_[at].base != extent->base) ++at;
  ACRE_CHECK(at < count);
  if (mappings_[at].size != extent->pages.bytes()) return;
  if (kept_ == nullptr) {
    kept_ = extent;
    return;
  }
  // Of two whole mappings the smaller one is kept.
  Extent* gone = extent;
  if (kept_->pages > extent->pages) {
    gone = kept_;
    kept_ = extent;
    at = 0;
    while (mappings_[at].base != gone->base) ++at;
  }
  // Where the system refuses, the mapping stays, free, for the next taker.
  if (!os_->Unmap(gone->address(), gone->pages.bytes())) return;
  free_.Remove(gone);
  extents_->HideBounds(gone);
  extents_->page_map().RemoveRange(gone->base, gone->pages.bytes());
  mapped_.Sub(gone->pages.bytes());
  mappings_[at] = mappings_[count - 1];
  mapping_count_.Set(count - 1);
  extents_->pool().Free(gone);
}

size_t SharedRanges::CopyMappings(size_t first,
                                  std::span<Mapping> out) const noexcept {
  Lock lock(&mutex_);
  size_t n = 0;
  while (n < out.size() && first + n < mapping_count_.Get()) {
    out[n] = mappings_[first + n];
    ++n;
  }
  return n;
}

void SharedRanges::Verify() const noexcept {
  Lock lock(&mutex_);
  free_.Verify(ExtentState::kRetained);
  free_.ForEach([this](Extent* extent) {
    ACRE_CHECK(extents_->Find(extent->base) == extent);
    ACRE_CHECK(extents_->Find(extent->end() - kPageSize) == extent);
    ACRE_CHECK(extents_->MergeableAfter(extent, ExtentState::kRetained) ==
               nullptr);
  });
  size_t mapped = 0;
  for (size_t i = 0; i < mapping_count_.Get(); ++i) mapped += mappings_[i].size;
  ACRE_CHECK(mapped == mapped_.Get());
}

}  // namespace acre::allocator
