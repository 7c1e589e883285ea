// The kernel's view of memory, beside Acre's own figures: what of it is really
// in memory, in hugepages, in swap. Measured from the page tables when asked,
// at a cost that grows with the memory: for an operator, not for a loop.
// Allocates nothing; holds no lock while the kernel is asked, and passes over
// an arena whose lock is not to be had because its holder was stopped.
//
// What differs, and why:
//   Acre's resident (active + dirty + muzzy + metadata) is the most that may be
//     in memory: pages that were never touched, or that the system took
//     (lazily_freed), are in it and not in the kernel's;
//   the kernel's may be more where hugepages cover pages that were given back.

#ifndef ACRE_STATS_KERNEL_VIEW_H_
#define ACRE_STATS_KERNEL_VIEW_H_

#include <cstdint>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/fields.h"

namespace acre::stats {

struct KernelView {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_KERNEL_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

struct ProcessView {
#define ACRE_DECLARE(name, unit, combine, help) uint64_t name = 0;
  ACRE_PROCESS_FIELDS(ACRE_DECLARE)
#undef ACRE_DECLARE
};

#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &KernelView::name},
inline constexpr Field<KernelView> kKernelFields[] = {
    ACRE_KERNEL_FIELDS(ACRE_ROW)};
#undef ACRE_ROW
#define ACRE_ROW(name, unit, combine, help) \
  {#name, Unit::unit, Combine::combine, help, &ProcessView::name},
inline constexpr Field<ProcessView> kProcessFields[] = {
    ACRE_PROCESS_FIELDS(ACRE_ROW)};
#undef ACRE_ROW

// Of one arena's pages; metadata not included. What is in hugepages is known
// only where the kernel has PAGEMAP_SCAN (Linux 6.7), else 0. O(extents of the
// service), with a system call for each run of pages of the arena.
KernelView MeasureArena(const allocator::Domain& domain,
                        const allocator::Arena& arena) noexcept;

// Of all address space that providers granted; metadata not included.
KernelView MeasureService(const allocator::Domain& domain) noexcept;

// Of the whole process, from /proc/self. Figures that the kernel does not tell
// are 0. Reading walks all page tables and mappings of the process.
ProcessView MeasureProcess() noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_KERNEL_VIEW_H_
