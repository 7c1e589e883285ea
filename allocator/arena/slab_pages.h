// Which pages of a slab could be given back while it lives, and which regions
// that takes out of use: pure arithmetic on a slab's bitmaps. A page is free
// when every region that touches it is free. A region that touches a released
// page is withheld: its bit in free_bits is clear, as if it were out.
//
// Not thread-safe: under the lock of the slab's bin.

#ifndef ACRE_ALLOCATOR_ARENA_SLAB_PAGES_H_
#define ACRE_ALLOCATOR_ARENA_SLAB_PAGES_H_

#include <cstddef>
#include <cstdint>

#include "allocator/extent/extent.h"

namespace acre::allocator {

// Regions that are free but withheld. O(released pages).
size_t WithheldRegions(const Extent& slab);

// Whether region `index` touches a released page.
bool IsWithheld(const Extent& slab, size_t index);

// No region is out.
inline bool IsEmptySlab(const Extent& slab) {
  if (slab.released == 0) [[likely]] {
    return slab.free_regions == slab.shape().regions;
  }
  return slab.free_regions + WithheldRegions(slab) == slab.shape().regions;
}

// Pages, a bit each, that hold nothing but free regions and are not released
// yet.
uint64_t FreePagesOf(const Extent& slab);

// Pages that the first withheld region touches and that are released.
uint64_t FirstWithheldPages(const Extent& slab);

// Marks pages as released and takes the regions that touch them out of use.
void Withhold(Extent* slab, uint64_t pages);
// The opposite.
void Restore(Extent* slab, uint64_t pages);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_SLAB_PAGES_H_
