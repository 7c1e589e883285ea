// Reading the statistics of every arena: as numbers, as totals, and as one JSON
// document; and of one arena among many.

#ifndef ACRE_TOOLS_BENCH_APP_STATISTICS_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_STATISTICS_WORKLOAD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tools/bench_app/arena_workload.h"
#include "tools/bench_app/median.h"
#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

// Arenas with ten objects each, kept until the process ends.
template <Subject S>
class StatisticsTenants {
 public:
  explicit StatisticsTenants(size_t count) : arenas_(count) {
    for (auto& arena : arenas_) {
      std::construct_at(&arena);
      Populate(arena, kObjects);
    }
  }

  uint64_t ReadOne(size_t i) {
    S::RefreshStatistics();
    return S::ReadAllocated(arenas_[i]);
  }

  // Refreshes and reads all arenas; aborts when the sum cannot be right.
  void ReadAll() {
    S::RefreshStatistics();
    uint64_t allocated = 0;
    for (auto& arena : arenas_) allocated += S::ReadAllocated(arena);
    if (allocated < arenas_.size() * kObjects * kTenantObjectBytes) {
      std::abort();
    }
  }

 private:
  static constexpr size_t kObjects = 10;
  PopulatedArray<typename S::Arena> arenas_;
};

template <Subject S>
void MeasureStatisticsRead(benchmark::State& state, const Settings& settings) {
  constexpr size_t kReadings = 10;
  const size_t count = settings.Scaled(kTenants);
  StatisticsTenants<S> tenants(count);
  tenants.ReadAll();  // the first reading pays for what later ones reuse
  std::vector<double> readings;
  for (auto _ : state) {
    for (size_t i = 0; i < kReadings; ++i) {
      const Stopwatch watch;
      tenants.ReadAll();
      readings.push_back(Per(watch.Nanoseconds(), count));
    }
  }
  Report(state, "read", Median(readings));
}

// The totals of 100,000 arenas, or as many as the subject can have.
template <Subject S>
void MeasureStatisticsTotals(benchmark::State& state,
                             const Settings& settings) {
  constexpr size_t kReadings = 11;
  const size_t count =
      std::min<size_t>(settings.Scaled(100'000), S::kMaxArenas);
  StatisticsTenants<S> tenants(count);
  std::vector<double> readings;
  for (auto _ : state) {
    for (size_t i = 0; i < kReadings; ++i) {
      const Stopwatch watch;
      if (S::ReadTotals() < count * kTenantObjectBytes) std::abort();
      readings.push_back(Per(watch.Nanoseconds(), count));
    }
  }
  Report(state, "read", Median(readings));
}

// One arena of 4,000, as of now.
template <Subject S>
void MeasureStatisticsOne(benchmark::State& state, const Settings& settings) {
  constexpr size_t kReadings = 101;
  const size_t count = settings.Scaled(kTenants);
  StatisticsTenants<S> tenants(count);
  std::vector<double> readings;
  for (auto _ : state) {
    for (size_t i = 0; i < kReadings; ++i) {
      const Stopwatch watch;
      if (tenants.ReadOne(i * 37 % count) == 0) std::abort();
      readings.push_back(watch.Nanoseconds());
    }
  }
  Report(state, "read", Median(readings));
}

// Writing the document once, scaled to 4,000 arenas.
template <Subject S>
void MeasureStatisticsJson(benchmark::State& state, const Settings& settings) {
  const size_t count = settings.Scaled(kTenants);
  StatisticsTenants<S> tenants(count);
  for (auto _ : state) {
    const Stopwatch watch;
    if (S::WriteJson() == 0) std::abort();
    const double milliseconds = watch.Nanoseconds() / 1e6;
    Report(state, "write", Per(milliseconds * kTenants, count));
  }
}

template <Subject S>
void AddStatisticsWorkloads(std::vector<Workload>& workloads) {
  if constexpr (HasArenaStatistics<S>) {
    workloads.push_back({"statistics", Pace::kOnce, MeasureStatisticsRead<S>});
    workloads.push_back(
        {"statistics_one", Pace::kOnce, MeasureStatisticsOne<S>});
  }
  if constexpr (HasTotals<S>) {
    workloads.push_back(
        {"statistics_totals", Pace::kOnce, MeasureStatisticsTotals<S>});
  }
  if constexpr (HasJson<S>) {
    workloads.push_back(
        {"statistics_json", Pace::kOnce, MeasureStatisticsJson<S>});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_STATISTICS_WORKLOAD_H_
