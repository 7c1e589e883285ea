#include "tools/bench_app/worker.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tools/bench_app/rows.h"

namespace acre::bench {
namespace {

constexpr int kBadArguments = 2;

struct WorkerArguments {
  std::string_view workload;
  bool list = false;
  Settings settings;
};

bool ParseArguments(int argc, char** argv, WorkerArguments* arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      arguments->settings.quick = true;
    } else if (argument == "--list") {
      arguments->list = true;
    } else if (argument == "--workload" && i + 1 < argc) {
      arguments->workload = argv[++i];
    } else {
      std::cerr << "unknown or incomplete argument: " << argument << "\n";
      return false;
    }
  }
  if (arguments->workload.empty() && !arguments->list) {
    std::cerr << "usage: --workload NAME [--quick] | --list\n";
    return false;
  }
  return true;
}

// Gathers what the repetitions measured and prints the best of each row: all
// that disturbs a repetition makes it worse. Over processes, whose memory lies
// differently each time, the runner then takes the median.
class RowReporter : public benchmark::BenchmarkReporter {
 public:
  explicit RowReporter(std::string workload) : workload_(std::move(workload)) {}

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration) Take(run);
    }
  }

  void Print() const {
    for (const auto& [name, values] : values_) {
      const Row* row = FindRow(name);
      if (row == nullptr) {
        std::cerr << "measure without a row: " << name << "\n";
        continue;
      }
      std::printf("%s\t%.6g\t%.*s\n", name.c_str(), Best(*row, values),
                  static_cast<int>(row->unit.size()), row->unit.data());
    }
  }

 private:
  static double Best(const Row& row, const std::vector<double>& values) {
    const auto [least, most] =
        std::minmax_element(values.begin(), values.end());
    return row.better == Better::kLower ? *least : *most;
  }

  // One thread's time on the processor, so that what else runs on the machine
  // counts less; of several threads, whose waiting for each other counts, the
  // time that passed.
  static double SecondsPerIteration(const Run& run) {
    const auto iterations = static_cast<double>(run.iterations);
    if (run.threads == 1) return run.cpu_accumulated_time / iterations;
    // The time is the threads' average, the iterations are their sum.
    const auto threads = static_cast<double>(run.threads);
    return run.real_accumulated_time / iterations * threads;
  }

  void Take(const Run& run) {
    for (const auto& [counter, value] : run.counters) {
      if (counter == kOperationsCounter) {
        values_[workload_].push_back(SecondsPerIteration(run) * 1e9 / value);
      } else {
        values_[workload_ + "." + counter].push_back(value);
      }
    }
  }

  std::string workload_;
  std::map<std::string, std::vector<double>> values_;
};

// A process runs one workload, so what the body that the library calls needs
// can stand here.
const Workload* running_workload = nullptr;
Settings running_settings;

void RunBody(benchmark::State& state) {
  running_workload->body(state, running_settings);
}

// Registered before main, as the library's BENCHMARK does, named later.
benchmark::internal::Benchmark* const registered =
    benchmark::RegisterBenchmark("workload", RunBody);

void Prepare(const Workload& workload, const Settings& settings) {
  running_workload = &workload;
  running_settings = settings;
  registered->Name(workload.name);
  if (workload.threads > 1) {
    registered->Threads(workload.threads)->UseRealTime();
  }
  switch (workload.pace) {
    case Pace::kTimed:
      registered->MinTime(settings.quick ? 0.005 : 0.05)
          ->Repetitions(settings.quick ? 3 : 5);
      break;
    case Pace::kOnce:
      registered->Iterations(1);
      break;
    case Pace::kThrice:
      registered->Iterations(1)->Repetitions(3);
      break;
  }
}

}  // namespace

int RunWorker(std::string_view subject, const std::vector<Workload>& workloads,
              int argc, char** argv) {
  WorkerArguments arguments;
  if (!ParseArguments(argc, argv, &arguments)) return kBadArguments;
  if (arguments.list) {
    for (const Workload& workload : workloads) {
      std::cout << workload.name << "\n";
    }
    return 0;
  }
  const auto found = std::find_if(
      workloads.begin(), workloads.end(),
      [&](const Workload& w) { return w.name == arguments.workload; });
  if (found == workloads.end()) {
    std::printf("unsupported\n");
    return 0;
  }
  int benchmark_argc = 1;
  std::string program = "bench_worker_" + std::string(subject);
  char* benchmark_argv[] = {program.data(), nullptr};
  benchmark::Initialize(&benchmark_argc, benchmark_argv);
  Prepare(*found, arguments.settings);
  RowReporter reporter(found->name);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.Print();
  std::fflush(stdout);
  // Tearing down 100,000 arenas is no row; the kernel is faster at it.
  _exit(0);
}

}  // namespace acre::bench
