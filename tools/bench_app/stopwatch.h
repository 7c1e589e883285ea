// Time measured by a workload itself, where Google Benchmark's loop cannot.

#ifndef ACRE_TOOLS_BENCH_APP_STOPWATCH_H_
#define ACRE_TOOLS_BENCH_APP_STOPWATCH_H_

#include <chrono>

namespace acre::bench {

// Runs from its construction. Monotonic wall-clock time.
class Stopwatch {
 public:
  double Nanoseconds() const {
    return std::chrono::duration<double, std::nano>(Clock::now() - start_)
        .count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_STOPWATCH_H_
