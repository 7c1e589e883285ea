// How an arena grows: a pure policy of numbers.

#ifndef ACRE_ALLOCATOR_PAGE_GROWTH_H_
#define ACRE_ALLOCATOR_PAGE_GROWTH_H_

#include <algorithm>

#include "allocator/base/units.h"

namespace acre::allocator {

// Address space costs nothing until it is touched, but an arena's share is
// kept apart from the others', so tiny tenants start with little.
inline constexpr PageCount kLeastArenaGrowth{16};
inline constexpr PageCount kMostArenaGrowth{8192};

// What an arena that holds `held` pages of address space asks for next when it
// needs `needed`: as much as it holds, so that the number of steps is
// logarithmic, within the bounds above.
constexpr PageCount NextArenaGrowth(PageCount held, PageCount needed) {
  return std::max(needed,
                  std::clamp(held, kLeastArenaGrowth, kMostArenaGrowth));
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_GROWTH_H_
