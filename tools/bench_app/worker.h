// A worker: one subject's executable, which runs one workload and exits.
//
//   bench_worker_SUBJECT --workload NAME [--quick]
//   bench_worker_SUBJECT --list
//
// Prints a line "row<TAB>value<TAB>unit" for each row of the workload, or the
// line "unsupported" when the subject cannot run it. Exits 2 on bad arguments.
// Each workload gets a process of its own, so none inherits the heap that
// another left behind.

#ifndef ACRE_TOOLS_BENCH_APP_WORKER_H_
#define ACRE_TOOLS_BENCH_APP_WORKER_H_

#include <string_view>
#include <vector>

#include "tools/bench_app/arena_workload.h"
#include "tools/bench_app/churn_workload.h"
#include "tools/bench_app/fragmentation_workload.h"
#include "tools/bench_app/idle_workload.h"
#include "tools/bench_app/key_value_workload.h"
#include "tools/bench_app/large_workload.h"
#include "tools/bench_app/pair_workload.h"
#include "tools/bench_app/producer_consumer_workload.h"
#include "tools/bench_app/query_workload.h"
#include "tools/bench_app/statistics_workload.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

// The process's exit code. `workloads` are what the subject can run.
int RunWorker(std::string_view subject, const std::vector<Workload>& workloads,
              int argc, char** argv);

// `workloads` are those that only this subject has.
template <Subject S>
int WorkerMain(int argc, char** argv, std::vector<Workload> workloads = {}) {
  AddPairWorkloads<S>(workloads);
  AddQueryWorkloads<S>(workloads);
  AddArenaWorkloads<S>(workloads);
  AddStatisticsWorkloads<S>(workloads);
  AddChurnWorkload<S>(workloads);
  AddProducerConsumerWorkload<S>(workloads);
  AddKeyValueWorkloads<S>(workloads);
  AddLargeWorkload<S>(workloads);
  AddFragmentationWorkload<S>(workloads);
  AddIdleWorkloads<S>(workloads);
  return RunWorker(S::kName, workloads, argc, argv);
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_WORKER_H_
