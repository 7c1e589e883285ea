// The worker that measures acre.

#include <utility>
#include <vector>

#include "tools/bench_app/governor_workload.h"
#include "tools/bench_app/hash_join_workload.h"
#include "tools/bench_app/subject_acre.h"
#include "tools/bench_app/worker.h"

int main(int argc, char** argv) {
  std::vector<acre::bench::Workload> workloads;
  acre::bench::AddGovernorWorkloads(workloads);
  acre::bench::AddHashJoinWorkloads(workloads);
  return acre::bench::WorkerMain<acre::bench::AcreSubject>(
      argc, argv, std::move(workloads));
}
