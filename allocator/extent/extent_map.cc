#include "allocator/extent/extent_map.h"

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

uint32_t TagOf(const Extent* extent) {
  return extent->owner_tag.load(std::memory_order_relaxed);
}

}  // namespace

void ExtentMap::ShowBounds(const Extent* extent, size_t first_class) {
  const uint32_t index = pool_.IndexOf(extent);
  const uint32_t tag = TagOf(extent);
  if (extent->pages > PageCount(1)) {
    map_.Set(extent->end() - kPageSize,
             PageEntry::Make(tag, index, kUncachedClass, 0));
  }
  map_.Set(extent->base, PageEntry::Make(tag, index, first_class, 0));
}

void ExtentMap::HideBounds(const Extent* extent) {
  map_.Set(extent->base, PageEntry());
  map_.Set(extent->end() - kPageSize, PageEntry());
}

void ExtentMap::ShowSlab(const Extent* slab) {
  const uint32_t index = pool_.IndexOf(slab);
  const uint32_t tag = TagOf(slab);
  const size_t pages = slab->pages.raw();
  for (size_t i = 0; i < pages; ++i) {
    map_.Set(slab->base + i * kPageSize,
             PageEntry::Make(tag, index, Raw(slab->size_class), i));
  }
}

void ExtentMap::HideSlab(const Extent* slab) {
  const size_t pages = slab->pages.raw();
  for (size_t i = 0; i < pages; ++i) {
    map_.Set(slab->base + i * kPageSize, PageEntry());
  }
}

void ExtentMap::Split(Extent* extent, PageCount pages, Extent* tail) {
  ACRE_DCHECK(pages > PageCount() && pages < extent->pages);
  tail->base = extent->base + pages.bytes();
  tail->pages = extent->pages - pages;
  tail->state = extent->state;
  tail->zeroed = extent->zeroed;
  tail->mapping_head = false;
  tail->owner_tag.store(TagOf(extent), std::memory_order_relaxed);
  extent->pages = pages;
  ShowBounds(extent);
  ShowBounds(tail);
}

void ExtentMap::Merge(Extent* left, Extent* right) {
  ACRE_DCHECK(left->end() == right->base && !right->mapping_head);
  HideBounds(left);
  HideBounds(right);
  left->pages += right->pages;
  left->zeroed = left->zeroed && right->zeroed;
  ShowBounds(left);
  pool_.Free(right);
}

Extent* ExtentMap::MergeableBefore(const Extent* extent,
                                   ExtentState state) const {
  if (extent->mapping_head) return nullptr;
  Extent* before = Find(extent->base - kPageSize);
  if (before == nullptr || TagOf(before) != TagOf(extent)) return nullptr;
  return before->state == state ? before : nullptr;
}

Extent* ExtentMap::MergeableAfter(const Extent* extent,
                                  ExtentState state) const {
  Extent* after = Find(extent->end());
  if (after == nullptr || TagOf(after) != TagOf(extent)) return nullptr;
  return after->state == state && !after->mapping_head ? after : nullptr;
}

size_t ExtentMap::CopyRun(uintptr_t address, uintptr_t end, uint32_t tag,
                          std::span<ExtentView> out) const {
  size_t n = 0;
  while (n < out.size() && address < end) {
    const PageEntry entry = map_.Get(address);
    if (entry.owner_tag() != tag) break;
    const Extent* extent = pool_.At(entry.extent_index());
    if (extent->base != address || extent->pages == PageCount()) break;
    out[n++] = {.base = extent->base,
                .pages = extent->pages,
                .tag = tag,
                .state = extent->state,
                .size_class = extent->size_class};
    address = extent->end();
  }
  return n;
}

}  // namespace acre::allocator
