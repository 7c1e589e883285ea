// Time measured by a workload itself, where Google Benchmark's loop cannot.

#ifndef ACRE_TOOLS_BENCH_APP_STOPWATCH_H_
#define ACRE_TOOLS_BENCH_APP_STOPWATCH_H_

#include <time.h>

namespace acre::bench {

// Runs from its construction. kThread is the time that the calling thread has
// spent on a processor, in the kernel too: what else the machine does counts
// less. kWall is for work that several threads share.
class Stopwatch {
 public:
  enum class Clock : clockid_t {
    kThread = CLOCK_THREAD_CPUTIME_ID,
    kWall = CLOCK_MONOTONIC
  };

  explicit Stopwatch(Clock clock = Clock::kThread)
      : clock_(static_cast<clockid_t>(clock)), start_(Now()) {}

  double Nanoseconds() const {
    const timespec now = Now();
    return static_cast<double>(now.tv_sec - start_.tv_sec) * 1e9 +
           static_cast<double>(now.tv_nsec - start_.tv_nsec);
  }

 private:
  timespec Now() const {
    timespec now;
    clock_gettime(clock_, &now);
    return now;
  }

  clockid_t clock_;
  timespec start_;
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_STOPWATCH_H_
