// What Acre's governor costs: those whom it serves, in latency, and the
// process, in processor time. No peer has anything to put beside it.
//
// `purge_latency` is the time of a query (open a tcache, 400 buffers of 16 B to
// 8 KiB and 6 of 64 KiB to 2 MiB, touched; free them; close) in a service whose
// governor purges with a decay of 50 ms, and in one without the thread, where
// nothing is ever purged. Every 2,000 queries the tenant uses 16 MiB once, so
// that there is something to purge (`purged`, in all). The two take turns by
// the hundred, so that what else the machine does meets both alike. A ratio
// above 1 is what purging costs a query: waiting for locks, and pages that it
// has to fault in again.
//
// `idle_arenas` has 100,000 arenas created and used once. `settle` is the
// processor time of the process until the governor has made all of them small;
// `cpu` and `visits` are what two further seconds cost, in which nothing
// happens, and `resident` what each arena then holds.

#ifndef ACRE_TOOLS_BENCH_APP_GOVERNOR_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_GOVERNOR_WORKLOAD_H_

#include <vector>

#include "tools/bench_app/workload.h"

namespace acre::bench {

void AddGovernorWorkloads(std::vector<Workload>& workloads);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_GOVERNOR_WORKLOAD_H_
