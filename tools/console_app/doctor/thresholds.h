// From where on something is worth an operator's time. Each has a least size,
// below which it does not matter, beside the share or rate that makes it a
// disease. A test may have others.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_THRESHOLDS_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_THRESHOLDS_H_

#include <cstdint>

namespace acre::console::doctor {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;

struct Thresholds {
  // Under 2% is the rule once a process has grown; every arena and every open
  // tcache costs some KiB, which a process with small tenants sees as more.
  uint64_t least_metadata = 8 * kMiB;
  double metadata_share = 0.1;  // of what is mapped

  // A slab at half its regions could hold what two such slabs hold now.
  double low_occupancy = 0.5;
  uint64_t least_pinned = 8 * kMiB;     // of one arena
  uint64_t serious_pinned = 64 * kMiB;  // a warning, not a note

  // Less than this may be kept for the next query at any time.
  uint64_t least_unused = 16 * kMiB;
  // The default is 2 s. From a minute on it was somebody's decision, and is
  // the reason when memory stays.
  int64_t long_decay_ms = 60'000;

  // Programs have code, stacks and a malloc of their own; an engine whose
  // memory is mostly not Acre's cannot be understood through Acre.
  uint64_t least_foreign = 256 * kMiB;
  double foreign_share = 0.5;  // of what the process has in memory

  // One hugepage at each end of each range is the price of them.
  uint64_t least_inflation = 16 * kMiB;
  double inflation_share = 0.1;  // of what is accounted for

  // Below, what TLB misses cost is back. Few hugepages make no difference.
  uint64_t least_hugepage_memory = 32 * kMiB;
  double low_coverage = 0.5;

  // The rest is a matter of one large query.
  double near_limit = 0.9;

  // Queries take seconds; a tcache that is open for this long belongs to a
  // thread, or was forgotten.
  double old_tcache_seconds = 600;
  uint64_t serious_tcache_bytes = 16 * kMiB;  // a warning, not a note

  // Of the time between the looks, waited by all threads together.
  double lock_wait_share = 0.05;
  double serious_lock_wait_share = 0.5;

  // The kernel refuses mappings at all of it, and then munmap may fail, too.
  double many_mappings = 0.8;
  double most_mappings = 0.95;

  // Ranges are taken in steps of up to a quarter of what there is; a thread
  // brings 8 MiB of stack and 128 MiB for malloc.
  uint64_t least_growth = 256 * kMiB;
  double growth_share = 0.25;
  uint64_t least_process_growth = kGiB;
  // Address space costs nothing but page tables, but more than this of the
  // most that was ever in use is not being used again.
  uint64_t least_address_space = 4 * kGiB;
  double address_space_times = 4;
};

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_THRESHOLDS_H_
