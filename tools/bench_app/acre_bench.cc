// acre_bench: Acre beside its peers, interleaved, as one table of ratios.
//
// Runs each workload for each subject in turn, the order rotated from one
// repetition to the next, so that a machine that drifts drifts for all.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tools/bench_app/arguments.h"
#include "tools/bench_app/report.h"
#include "tools/bench_app/results.h"
#include "tools/bench_app/rows.h"
#include "tools/bench_app/worker_process.h"

namespace acre::bench {
namespace {

constexpr int kMeasurementFailed = 1;
constexpr int kBadArguments = 2;

std::vector<const Row*> SelectRows(const std::vector<std::string>& patterns) {
  std::vector<const Row*> selected;
  for (const Row& row : Rows()) {
    const bool wanted =
        patterns.empty() ||
        std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& p) { return Matches(row.name, p); });
    if (wanted) selected.push_back(&row);
  }
  return selected;
}

// The workloads behind the rows, each once, in order.
std::vector<std::string> WorkloadsBehind(const std::vector<const Row*>& rows) {
  std::vector<std::string> workloads;
  for (const Row* row : rows) {
    std::string workload(WorkloadOf(row->name));
    if (std::find(workloads.begin(), workloads.end(), workload) ==
        workloads.end()) {
      workloads.push_back(std::move(workload));
    }
  }
  return workloads;
}

class Runner {
 public:
  explicit Runner(const Arguments& arguments) : arguments_(arguments) {
    const std::string folder = WorkerFolder();
    for (const std::string& subject : arguments.subjects) {
      std::string worker = FindWorker(folder, subject);
      if (worker.empty()) {
        fmt::print(stderr, "acre_bench: no bench_worker_{} in {}: left out\n",
                   subject, folder);
        continue;
      }
      subjects_.push_back(subject);
      workers_[subject] = std::move(worker);
    }
  }

  const std::vector<std::string>& subjects() const { return subjects_; }
  const Results& results() const { return results_; }
  bool failed() const { return failed_; }

  void Run(const std::string& workload) {
    std::vector<std::string> order = subjects_;
    for (int i = 0; i < arguments_.repetitions; ++i) {
      // A subject that cannot do a workload is not asked twice.
      std::vector<std::string> able;
      for (const std::string& subject : order) {
        if (RunOnce(workload, subject)) able.push_back(subject);
      }
      order = std::move(able);
      if (order.empty()) return;
      std::rotate(order.begin(), order.begin() + 1, order.end());
    }
  }

 private:
  bool RunOnce(const std::string& workload, const std::string& subject) {
    const WorkerRun run =
        RunWorkerProcess(workers_[subject], workload, arguments_.quick);
    switch (run.outcome) {
      case WorkerRun::Outcome::kMeasured:
        for (const RowValue& value : run.values) {
          results_.Add(value.row, subject, value.value);
        }
        return true;
      case WorkerRun::Outcome::kUnsupported:
        return false;
      case WorkerRun::Outcome::kFailed:
        fmt::print(stderr, "acre_bench: {} on {}: {}\n", workload, subject,
                   run.error);
        failed_ = true;
        return false;
    }
    return false;
  }

  const Arguments& arguments_;
  std::vector<std::string> subjects_;
  std::map<std::string, std::string> workers_;
  Results results_;
  bool failed_ = false;
};

int Measure(const Arguments& arguments, const std::vector<const Row*>& rows) {
  std::ofstream json;
  if (!arguments.json_file.empty()) {
    // Before the minutes of measuring, not after.
    json.open(arguments.json_file);
    if (!json) {
      fmt::print(stderr, "acre_bench: cannot write {}\n", arguments.json_file);
      return kMeasurementFailed;
    }
  }
#ifndef NDEBUG
  fmt::print(stderr,
             "acre_bench: built without --config=opt: its figures say nothing "
             "about what ships\n");
#endif
  Runner runner(arguments);
  const std::vector<std::string> workloads = WorkloadsBehind(rows);
  for (size_t i = 0; i < workloads.size(); ++i) {
    fmt::print(stderr, "[{}/{}] {}\n", i + 1, workloads.size(), workloads[i]);
    runner.Run(workloads[i]);
  }
  std::fputs(FormatTable(rows, runner.subjects(), runner.results()).c_str(),
             stdout);
  if (json.is_open()) {
    json << FormatJson(rows, runner.subjects(), runner.results());
    json.close();
    if (!json) {
      fmt::print(stderr, "acre_bench: cannot write {}\n", arguments.json_file);
      return kMeasurementFailed;
    }
  }
  return runner.failed() ? kMeasurementFailed : 0;
}

int Main(const std::vector<std::string_view>& words) {
  Arguments arguments;
  std::string error;
  if (!ParseArguments(words, &arguments, &error)) {
    fmt::print(stderr, "acre_bench: {}\nTry --help.\n", error);
    return kBadArguments;
  }
  if (arguments.help) {
    fmt::print("{}", HelpText());
    return 0;
  }
  const std::vector<const Row*> rows = SelectRows(arguments.row_patterns);
  if (arguments.list) {
    fmt::print("{}", FormatRowList(rows));
    return 0;
  }
  return Measure(arguments, rows);
}

}  // namespace
}  // namespace acre::bench

int main(int argc, char** argv) {
  return acre::bench::Main(
      std::vector<std::string_view>(argv + 1, argv + argc));
}
