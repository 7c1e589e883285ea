// Large buffers: 64 live ones of 64 KiB to 8 MiB (uniform), replaced at random.
//
// The rate is that of replacements once the heap has warmed up. Every page of a
// new buffer is touched, so whether pages come back warm or through a page
// fault decides the rate; the peak of resident memory says what keeping them
// warm costs. A subject whose background thread is off by default gets it on:
// that is its best result here.

#ifndef ACRE_TOOLS_BENCH_APP_LARGE_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_LARGE_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/process_memory.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

inline void TouchEveryPage(void* buffer, size_t bytes) {
  constexpr size_t kPage = 4096;
  auto* byte = static_cast<volatile char*>(buffer);
  for (size_t at = 0; at < bytes; at += kPage) byte[at] = 1;
}

// Replaces buffers [from, to) of the sequence of `sizes`.
template <Subject S>
void ReplaceBuffers(typename S::Cache& cache, PopulatedArray<void*>& live,
                    const PopulatedArray<uint32_t>& sizes, size_t from,
                    size_t to, Random& random) {
  for (size_t i = from; i < to; ++i) {
    void*& slot = live[random.Below(live.size())];
    if (slot != nullptr) cache.Deallocate(slot);
    slot = cache.Allocate(sizes[i]);
    TouchEveryPage(slot, sizes[i]);
  }
}

template <Subject S>
void MeasureLargeBuffers(benchmark::State& state, const Settings& settings) {
  constexpr size_t kLive = 64;
  const size_t warm_up = settings.Scaled(1000);
  const size_t measured = settings.Scaled(5000);
  Random random(/*seed=*/8);
  PopulatedArray<uint32_t> sizes(warm_up + measured);
  for (uint32_t& size : sizes) {
    size = static_cast<uint32_t>(random.Uniform(64 << 10, 8 << 20));
  }
  if constexpr (HasOptionalBackgroundThread<S>) S::StartBackgroundThread();
  typename S::Arena arena;
  typename S::Cache cache(arena);
  PopulatedArray<void*> live(kLive);
  for (auto _ : state) {
    ResetPeakResident();
    const uint64_t before = ReadResidentBytes();
    ReplaceBuffers<S>(cache, live, sizes, 0, warm_up, random);
    const Stopwatch watch;
    ReplaceBuffers<S>(cache, live, sizes, warm_up, sizes.size(), random);
    Report(state, "rate", 1e6 / Per(watch.Nanoseconds(), measured));
    Report(state, "peak_resident",
           static_cast<double>(ReadPeakResidentBytes() - before) / (1 << 20));
  }
  for (void* buffer : live) {
    if (buffer != nullptr) cache.Deallocate(buffer);
  }
}

template <Subject S>
void AddLargeWorkload(std::vector<Workload>& workloads) {
  workloads.push_back({"large", Pace::kOnce, MeasureLargeBuffers<S>});
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_LARGE_WORKLOAD_H_
