// What hugepages are worth to a hash join: the same join in arenas of different
// memory. No peer lets an arena choose.
//
// A build side of 4 million tuples of 64 B, in buffers of 64 KiB, and a
// directory of 64 MiB that points into them at random; then 8 million random
// probes. `hash_join_NAME.build` is the time to build, with its page faults,
// `.probe` a probe's time, `.faults` the minor faults of building, `.huge` the
// share of the memory that hugepages back by the kernel's account. NAME is the
// arena's memory: small (normal pages), thp (hugepages of the kernel's choice
// from the start), outgrown (for what the arena takes beyond a few MiB) and
// hugetlb (the system's pool: reserve it before with
// `echo 200 > /proc/sys/vm/nr_hugepages`, or there is no such row).

#ifndef ACRE_TOOLS_BENCH_APP_HASH_JOIN_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_HASH_JOIN_WORKLOAD_H_

#include <vector>

#include "tools/bench_app/workload.h"

namespace acre::bench {

void AddHashJoinWorkloads(std::vector<Workload>& workloads);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_HASH_JOIN_WORKLOAD_H_
