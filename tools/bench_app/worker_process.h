// Running a worker: one workload of one subject in a process of its own.
//
// Owns the child from start to end: a worker that exceeds its time is killed,
// and no child outlives the call. Settings of the allocators that the
// environment may carry (MALLOC_CONF and the like, LD_PRELOAD) are not passed
// on. Call from one thread.

#ifndef ACRE_TOOLS_BENCH_APP_WORKER_PROCESS_H_
#define ACRE_TOOLS_BENCH_APP_WORKER_PROCESS_H_

#include <string>
#include <string_view>
#include <vector>

namespace acre::bench {

struct RowValue {
  std::string row;
  double value;
};

struct WorkerRun {
  enum class Outcome { kMeasured, kUnsupported, kFailed };
  Outcome outcome;
  std::vector<RowValue> values;  // of a kMeasured run
  std::string error;             // why a kFailed run failed
};

// Where the workers are: the folder of this executable.
std::string WorkerFolder();

// The path of a subject's worker, or empty if it has not been built.
std::string FindWorker(const std::string& folder, std::string_view subject);

WorkerRun RunWorkerProcess(const std::string& worker, std::string_view workload,
                           bool quick);

// Takes a worker's standard output apart.
WorkerRun ParseWorkerOutput(std::string_view output);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_WORKER_PROCESS_H_
