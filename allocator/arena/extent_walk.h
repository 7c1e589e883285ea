// A walk over all address space of a domain, extent by extent, for statistics
// that nobody keeps counters for. An arena's locks are held for a few extents
// only: well under a microsecond. Those that are not to be had, because their
// holder was stopped or purges for long, are not waited for.
//
// What moves meanwhile is met as it was at some moment: an extent that is split
// or merged during the walk may be missed in part or met twice.

#ifndef ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_
#define ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/arena/domain.h"

namespace acre::allocator {

// Owners whose lock was not to be had; of very many the last ones.
class BusyOwners {
 public:
  void Add(uint32_t tag) { tags_[count_++ % tags_.size()] = tag; }
  bool Has(uint32_t tag) const {
    const size_t n = std::min(count_, tags_.size());
    return std::find(tags_.begin(), tags_.begin() + n, tag) !=
           tags_.begin() + n;
  }
  bool any() const { return count_ != 0; }

 private:
  std::array<uint32_t, 64> tags_{};
  size_t count_ = 0;
};

// Calls visit(const ExtentView&) for the extents of one arena, or of all arenas
// where `arena` is null. False when some were passed over, because the lock of
// their owner was not to be had. O(extents of the domain, and pages that no
// arena holds): neighbours in address space are not neighbours in arenas.
template <typename Visit>
bool WalkExtents(const Domain& domain, const Arena* arena, Visit visit) {
  constexpr size_t kAtOnce = 8;
  std::array<Grants::Range, 8> grants;
  std::array<ExtentView, kAtOnce> run;
  BusyOwners busy;
  bool grants_busy = false;
  for (size_t first = 0;;) {
    const size_t n = domain.grants().Copy(first, grants, &grants_busy);
    for (size_t i = 0; i < n; ++i) {
      const uintptr_t end = grants[i].base + grants[i].size;
      for (uintptr_t at = grants[i].base; at < end;) {
        size_t got = 0;
        const uint32_t tag = domain.page_map().Get(at).owner_tag();
        const bool skip = busy.any() && busy.Has(tag);
        if (!skip && !domain.ReadExtents(at, end, run, &got)) {
          busy.Add(tag);
        }
        // No arena's, or passed over: page by page, a look at the map each.
        if (got == 0) at += kPageSize;
        for (size_t k = 0; k < got; ++k) {
          at = run[k].base + run[k].pages.bytes();
          if (arena != nullptr && run[k].tag != arena->tag()) continue;
          visit(run[k]);
        }
      }
    }
    if (n < grants.size()) break;
    first += n;
  }
  return !busy.any() && !grants_busy;
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_EXTENT_WALK_H_
