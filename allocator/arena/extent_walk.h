// A walk over all address space of a domain, extent by extent, for statistics
// that nobody keeps counters for. Each lock that is taken, an arena's or a
// provider's, is held for a few extents only: well under a microsecond.
//
// What moves meanwhile is met as it was at some moment: an extent that is split
// or merged during the walk may be missed in part or met twice.

#ifndef ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_
#define ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/arena/domain.h"

namespace acre::allocator {

// Calls visit(const ExtentView&) for the extents of one arena, or of all arenas
// where `arena` is null. O(extents of the domain): neighbours in address space
// are not neighbours in arenas.
template <typename Visit>
void WalkExtents(const Domain& domain, const Arena* arena, Visit visit) {
  constexpr size_t kAtOnce = 8;
  std::array<Grants::Range, 8> ranges;
  std::array<ExtentView, kAtOnce> run;
  for (size_t first = 0;;) {
    const size_t n = domain.grants().Copy(first, ranges);
    for (size_t i = 0; i < n; ++i) {
      const uintptr_t end = ranges[i].base + ranges[i].size;
      for (uintptr_t at = ranges[i].base; at < end;) {
        const size_t got = domain.ReadExtents(at, run);
        // Nobody's for the moment, or inside of an extent that was merged.
        if (got == 0) at += kPageSize;
        for (size_t k = 0; k < got; ++k) {
          // A neighbour, which has a turn of its own.
          if (run[k].base >= end) break;
          at = run[k].base + run[k].pages.bytes();
          if (run[k].tag == kRangesTag) continue;
          if (arena != nullptr && run[k].tag != arena->tag()) continue;
          visit(run[k]);
        }
      }
    }
    if (n < ranges.size()) return;
    first += n;
  }
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_
