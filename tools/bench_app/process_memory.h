// What the kernel says this process holds. Bytes everywhere.
//
// Reads procfs into a buffer on the stack and allocates nothing, so a reading
// does not disturb what it reads. Thread-safe. A field that cannot be read
// aborts: a wrong zero would look like a very good result.

#ifndef ACRE_TOOLS_BENCH_APP_PROCESS_MEMORY_H_
#define ACRE_TOOLS_BENCH_APP_PROCESS_MEMORY_H_

#include <cstdint>

namespace acre::bench {

// Resident set from the page tables (smaps_rollup), exact at the time of the
// call; statm is cheaper but batches its counters per CPU.
uint64_t ReadResidentBytes();

// Sets the peak of the resident set back to its present value.
void ResetPeakResident();

// The peak of the resident set since the start or the last reset.
uint64_t ReadPeakResidentBytes();

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_PROCESS_MEMORY_H_
