// One allocation and its free, by size, through a query's cache.
//
// Out of line as an engine's operators would call it; inlined; and with the
// size given to the free. The region is not touched: memory speed is not what
// the row is about.

#ifndef ACRE_TOOLS_BENCH_APP_PAIR_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_PAIR_WORKLOAD_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tools/bench_app/opaque.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

inline constexpr size_t kPairsPerIteration = 64;

template <Subject S>
[[gnu::noinline]] void* AllocateOutOfLine(typename S::Cache& cache,
                                          size_t size) {
  return cache.Allocate(size);
}

template <Subject S>
[[gnu::noinline]] void DeallocateOutOfLine(typename S::Cache& cache,
                                           void* pointer) {
  cache.Deallocate(pointer);
}

template <Subject S>
[[gnu::noinline]] void DeallocateSizedOutOfLine(typename S::Cache& cache,
                                                void* pointer, size_t size) {
  cache.DeallocateSized(pointer, size);
}

// `pair` performs one allocation and free on the cache it is given.
template <Subject S, typename Pair>
void MeasurePairs(benchmark::State& state, Pair pair) {
  typename S::Arena arena;
  typename S::Cache cache(arena);
  for (auto _ : state) {
    for (size_t i = 0; i < kPairsPerIteration; ++i) pair(cache);
  }
  TimedOperations(state, kPairsPerIteration);
}

template <Subject S>
Workload OutOfLinePair(const std::string& label, size_t size) {
  return {"pair/" + label, Pace::kTimed,
          [size](benchmark::State& state, const Settings&) {
            MeasurePairs<S>(state, [size](typename S::Cache& cache) {
              void* pointer = AllocateOutOfLine<S>(cache, Opaque(size));
              DeallocateOutOfLine<S>(cache, Opaque(pointer));
            });
          }};
}

template <Subject S>
Workload SizedPair(const std::string& label, size_t size) {
  return {"pair_sized/" + label, Pace::kTimed,
          [size](benchmark::State& state, const Settings&) {
            MeasurePairs<S>(state, [size](typename S::Cache& cache) {
              void* pointer = AllocateOutOfLine<S>(cache, Opaque(size));
              DeallocateSizedOutOfLine<S>(cache, Opaque(pointer), Opaque(size));
            });
          }};
}

// The size is a constant here, which a class look-up can fold.
template <Subject S, size_t size>
Workload InlinedPair(const std::string& label) {
  return {"pair_inline/" + label, Pace::kTimed,
          [](benchmark::State& state, const Settings&) {
            MeasurePairs<S>(state, [](typename S::Cache& cache) {
              void* pointer = cache.Allocate(size);
              Escape(pointer);
              cache.Deallocate(pointer);
            });
          }};
}

template <Subject S>
void AddPairWorkloads(std::vector<Workload>& workloads) {
  constexpr size_t kKib = 1024;
  workloads.push_back(OutOfLinePair<S>("16B", 16));
  workloads.push_back(OutOfLinePair<S>("64B", 64));
  workloads.push_back(OutOfLinePair<S>("256B", 256));
  workloads.push_back(OutOfLinePair<S>("1KiB", kKib));
  workloads.push_back(OutOfLinePair<S>("4KiB", 4 * kKib));
  workloads.push_back(OutOfLinePair<S>("16KiB", 16 * kKib));
  workloads.push_back(OutOfLinePair<S>("64KiB", 64 * kKib));
  workloads.push_back(OutOfLinePair<S>("256KiB", 256 * kKib));
  workloads.push_back(OutOfLinePair<S>("1MiB", 1024 * kKib));
  workloads.push_back(InlinedPair<S, 64>("64B"));
  workloads.push_back(InlinedPair<S, 4 * kKib>("4KiB"));
  workloads.push_back(SizedPair<S>("64B", 64));
  workloads.push_back(SizedPair<S>("4KiB", 4 * kKib));
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_PAIR_WORKLOAD_H_
