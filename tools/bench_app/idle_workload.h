// What stays resident when a process has nothing more to do.
//
// A heap of 400,000 objects of 16 B to 4 KiB and 64 buffers of 64 KiB to 8 MiB,
// all written in full, is freed at random through one cache, which is closed.
// The figure is what is resident five seconds later, less what was before.
//
// `idle` measures each subject as it comes. `idle_background` is for one whose
// background thread is off by default: with it, and one second of decay.

#ifndef ACRE_TOOLS_BENCH_APP_IDLE_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_IDLE_WORKLOAD_H_

#include <time.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/process_memory.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

inline void SleepSeconds(time_t seconds) {
  timespec left = {.tv_sec = seconds, .tv_nsec = 0};
  while (nanosleep(&left, &left) != 0) {
  }
}

template <Subject S>
void FillAndFree(typename S::Arena& arena, PopulatedArray<void*>& all,
                 size_t large) {
  typename S::Cache cache(arena);
  Random random(/*seed=*/77);
  for (size_t i = 0; i < all.size(); ++i) {
    const size_t bytes = i < large ? random.Uniform(64 << 10, 8 << 20)
                                   : random.LogUniform(16, 4096);
    all[i] = cache.Allocate(bytes);
    std::memset(all[i], 1, bytes);
  }
  Shuffle(all, random);
  for (void* pointer : all) cache.Deallocate(pointer);
}

template <Subject S>
void MeasureIdle(benchmark::State& state, const Settings& settings) {
  constexpr time_t kIdleSeconds = 5;
  const size_t large = settings.Scaled(64);
  PopulatedArray<void*> all(settings.Scaled(400'000) + large);
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    typename S::Arena arena;
    FillAndFree<S>(arena, all, large);
    SleepSeconds(kIdleSeconds);
    const auto after = static_cast<double>(ReadResidentBytes());
    Report(state, "resident",
           (after - static_cast<double>(before)) / (1 << 20));
  }
}

template <Subject S>
void AddIdleWorkloads(std::vector<Workload>& workloads) {
  workloads.push_back({"idle", Pace::kOnce, MeasureIdle<S>});
  if constexpr (HasOptionalBackgroundThread<S>) {
    workloads.push_back({"idle_background", Pace::kOnce,
                         [](benchmark::State& state, const Settings& settings) {
                           S::SetDecay(/*dirty_ms=*/1000);
                           S::StartBackgroundThread();
                           MeasureIdle<S>(state, settings);
                         }});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_IDLE_WORKLOAD_H_
