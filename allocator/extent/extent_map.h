// Descriptors and page map kept in step: what an extent's owner does when the
// extent changes its shape. Every call is made under the lock of the extent's
// owner; the neighbours that are found are the same owner's.

#ifndef ACRE_ALLOCATOR_EXTENT_EXTENT_MAP_H_
#define ACRE_ALLOCATOR_EXTENT_EXTENT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/base/units.h"
#include "allocator/extent/extent.h"
#include "allocator/extent/page_map.h"

namespace acre::allocator {

class ExtentMap {
 public:
  bool Init(Os* os) noexcept { return pool_.Init(os) && map_.Init(os); }

  ExtentPool& pool() { return pool_; }
  const ExtentPool& pool() const { return pool_; }
  PageMap& page_map() { return map_; }
  const PageMap& page_map() const { return map_; }

  void ForFork(ForkStep step) noexcept {
    map_.ForFork(step);
    pool_.pool().ForFork(step);
  }

  LockCounts map_lock_counts() const { return map_.lock_counts(); }
  LockCounts pool_lock_counts() const { return pool_.pool().lock_counts(); }
  void ForgetLockCounts() noexcept {
    map_.ForgetLockCounts();
    pool_.pool().ForgetLockCounts();
  }

  // The extent that an address lies in as far as the map shows it (see
  // page_map.h for which pages are shown); null when none.
  Extent* Find(uintptr_t address) const {
    const PageEntry entry = map_.Get(address);
    return entry.empty() ? nullptr : pool_.At(entry.extent_index());
  }

  // Copies the extents of `tag` that follow each other from the one that
  // begins at `address` on, as many as fit and begin before `end`; returns how
  // many. Under the lock of their owner.
  size_t CopyRun(uintptr_t address, uintptr_t end, uint32_t tag,
                 std::span<ExtentView> out) const;

  // Shows the first and last page as `extent`'s. The first page shows
  // `first_class`: what a free of the extent's address may be taken for.
  void ShowBounds(const Extent* extent, size_t first_class = kUncachedClass);
  void HideBounds(const Extent* extent);
  // Shows or hides every page of a slab.
  void ShowSlab(const Extent* slab);
  void HideSlab(const Extent* slab);

  // Cuts `extent` to its first `pages`; `tail` (a fresh descriptor) becomes the
  // rest, with the same owner, state and content. Bounds of both are shown as
  // free. The extent is in no set.
  void Split(Extent* extent, PageCount pages, Extent* tail);
  // Joins `right` to `left`, which lies just before it. Frees `right`.
  void Merge(Extent* left, Extent* right);

  // The neighbour that `extent` may be merged with: of the same owner, in
  // `state`, of the same mapping; null when there is none.
  Extent* MergeableBefore(const Extent* extent, ExtentState state) const;
  Extent* MergeableAfter(const Extent* extent, ExtentState state) const;

 private:
  ExtentPool pool_;
  PageMap map_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_EXTENT_MAP_H_
