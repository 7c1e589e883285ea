// An arena's large allocations by size class, and its unused extents by size
// class and state. Allocates nothing.

#ifndef ACRE_STATS_EXTENT_STATISTICS_H_
#define ACRE_STATS_EXTENT_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/fields.h"

namespace acre::stats {

struct LargeStatistics {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_LARGE_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

struct ExtentStatistics {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_EXTENT_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &LargeStatistics::name},
inline constexpr Field<LargeStatistics> kLargeFields[] = {
    ACRE_LARGE_FIELDS(ACRE_ROW)};
#undef ACRE_ROW
#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &ExtentStatistics::name},
inline constexpr Field<ExtentStatistics> kExtentFields[] = {
    ACRE_EXTENT_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// Of large class `place`, the first being the least. O(1), without a lock.
LargeStatistics ReadLarge(const allocator::Arena& arena, size_t place) noexcept;

// Writes the large classes that the arena has had allocations of, smallest
// first; returns how many.
size_t ReadLarge(
    const allocator::Arena& arena,
    std::array<LargeStatistics, allocator::kLargeClasses>* out) noexcept;

// By class of pages, the least first; all of them, most are empty. Of one
// arena, or where `arena` is null of all together.
using ExtentTable = std::array<ExtentStatistics, allocator::kPageClasses>;

// Walks over the address space of the whole domain: O(extents), for an
// operator. Takes each arena's page lock for a few extents at a time; false
// when one was not to be had (its holder was stopped) and is not in the table.
bool ReadExtents(const allocator::Domain& domain, const allocator::Arena* arena,
                 ExtentTable* out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_EXTENT_STATISTICS_H_
