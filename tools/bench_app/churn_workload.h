// Tenants that come and go: create an arena, use it, destroy it, again.
//
// A use is 100 objects of 16 B to 4 KiB that live until the arena is destroyed
// and a query of 100 more that frees what it allocated. Resident memory is what
// all cycles together have added to the process; metadata that still grows
// once a first tenth of warming up is over never comes back.
//
// `arena_churn` goes through a million lives of tenants that do little: four
// allocations of 100 B to 20 KB. Its figures are what was added after the first
// hundredth, scaled to a million. A subject that is too slow stops early.

#ifndef ACRE_TOOLS_BENCH_APP_CHURN_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_CHURN_WORKLOAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/bench_app/process_memory.h"
#include "tools/bench_app/query_workload.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

class ChurnSizes {
 public:
  static constexpr size_t kCount = 100;

  ChurnSizes() {
    Random random(/*seed=*/5);
    for (size_t& size : sizes_) size = random.LogUniform(16, 4096);
  }
  size_t operator[](size_t i) const { return sizes_[i]; }

 private:
  std::array<size_t, kCount> sizes_;
};

template <Subject S>
void RunTenantLife(const ChurnSizes& sizes) {
  typename S::Arena arena;
  for (size_t i = 0; i < ChurnSizes::kCount; ++i) {
    Touch(arena.Allocate(sizes[i]));
  }
  typename S::Query query(arena);
  void* pointers[ChurnSizes::kCount];
  for (size_t i = 0; i < ChurnSizes::kCount; ++i) {
    pointers[i] = query.Allocate(sizes[i]);
    Touch(pointers[i]);
  }
  for (void* pointer : pointers) query.Deallocate(pointer);
}

// 0 for a subject that does not say.
template <Subject S>
double MetadataOrZero() {
  if constexpr (HasMetadata<S>) {
    return static_cast<double>(S::MetadataBytes());
  }
  return 0;
}

template <Subject S>
void MeasureChurn(benchmark::State& state, const Settings& settings) {
  const size_t cycles = settings.Scaled(20'000);
  const ChurnSizes sizes;
  for (auto _ : state) {
    const uint64_t resident = ReadResidentBytes();
    for (size_t i = 0; i < cycles / 10; ++i) RunTenantLife<S>(sizes);
    const double metadata = MetadataOrZero<S>();
    const Stopwatch watch;
    for (size_t i = 0; i < cycles; ++i) RunTenantLife<S>(sizes);
    Report(state, "cycle", Per(watch.Nanoseconds(), cycles) / 1e3);
    Report(state, "resident",
           static_cast<double>(ReadResidentBytes() - resident) / (1 << 20));
    if constexpr (HasMetadata<S>) {
      Report(state, "metadata_growth",
             Per(MetadataOrZero<S>() - metadata, cycles));
    }
  }
}

template <Subject S>
void RunShortLife() {
  typename S::Arena arena;
  Touch(arena.Allocate(100));
  typename S::Query query(arena);
  void* const pointers[] = {query.Allocate(300), query.Allocate(5000),
                            query.Allocate(20'000)};
  for (void* pointer : pointers) {
    Touch(pointer);
    query.Deallocate(pointer);
  }
}

template <Subject S>
void MeasureArenaChurn(benchmark::State& state, const Settings& settings) {
  constexpr double kMostNanoseconds = 60e9;
  constexpr size_t kMillion = 1'000'000;
  const size_t cycles = settings.Scaled(kMillion);
  for (auto _ : state) {
    for (size_t i = 0; i < cycles / 100; ++i) RunShortLife<S>();
    const double metadata = MetadataOrZero<S>();
    const auto resident = static_cast<double>(ReadResidentBytes());
    const Stopwatch watch;
    size_t done = 0;
    while (done < cycles - cycles / 100) {
      RunShortLife<S>();
      if (++done % 1024 == 0 && watch.Nanoseconds() > kMostNanoseconds) break;
    }
    Report(state, "cycle", Per(watch.Nanoseconds(), done) / 1e3);
    const double scale = Per(kMillion, done) / (1 << 20);
    Report(state, "resident",
           (static_cast<double>(ReadResidentBytes()) - resident) * scale);
    if constexpr (HasMetadata<S>) {
      Report(state, "metadata", (MetadataOrZero<S>() - metadata) * scale);
    }
  }
}

template <Subject S>
void AddChurnWorkload(std::vector<Workload>& workloads) {
  if constexpr (S::kHasArenas) {
    workloads.push_back({"churn", Pace::kOnce, MeasureChurn<S>});
    workloads.push_back({"arena_churn", Pace::kOnce, MeasureArenaChurn<S>});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_CHURN_WORKLOAD_H_
