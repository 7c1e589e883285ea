// One workload: a Google Benchmark body and how it wants to be run.
//
// A body either lets the library time its loop, and then says with
// TimedOperations how many operations one iteration is, or measures by itself
// (manual clock, resident memory) and reports each measure by name. What a
// measure's unit is stands in rows.h, under "workload" or "workload.measure".

#ifndef ACRE_TOOLS_BENCH_APP_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_WORKLOAD_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace acre::bench {

struct Settings {
  bool quick = false;  // a tenth of the work: a smoke test, not a measurement

  size_t Scaled(size_t full) const { return quick ? full / 10 : full; }
};

enum class Pace {
  kTimed,  // the library picks the iterations; several repetitions
  kOnce,   // the body runs once and measures by itself
  kThrice  // as kOnce, repeated in the process
};

struct Workload {
  std::string name;
  Pace pace;
  std::function<void(benchmark::State&, const Settings&)> body;
  int threads = 1;
};

// The counter through which a timed body passes its operations per iteration.
inline constexpr char kOperationsCounter[] = "operations";

// For bodies with Pace::kTimed: the row is the time of one of `count`
// operations that each iteration performs.
inline void TimedOperations(benchmark::State& state, size_t count) {
  state.counters[kOperationsCounter] = benchmark::Counter(
      static_cast<double>(count), benchmark::Counter::kAvgThreads);
}

// For the other bodies: `measure` is the part of the row's name after the dot,
// `value` in the row's unit.
inline void Report(benchmark::State& state, std::string_view measure,
                   double value) {
  state.counters[std::string(measure)] = value;
}

inline double Per(double total, size_t count) {
  return total / static_cast<double>(count);
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_WORKLOAD_H_
