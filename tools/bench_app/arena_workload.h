// What an arena costs: to create and destroy, to keep, and by the 100,000.
//
// Resident memory is the growth of the process's resident set, divided by the
// number of arenas; the handles themselves lie in prefaulted pages outside it.

#ifndef ACRE_TOOLS_BENCH_APP_ARENA_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_ARENA_WORKLOAD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/bench_app/median.h"
#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/process_memory.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

inline constexpr size_t kTenantObjectBytes = 100;

// Allocates `count` objects of a small tenant and fills them.
template <typename Heap>
void Populate(Heap& heap, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    std::memset(heap.Allocate(kTenantObjectBytes), 1, kTenantObjectBytes);
  }
}

// How many arenas a row about thousands of them uses: as many for each subject
// as the one with the lowest limit can have, so that they compare.
inline constexpr size_t kTenants = 4000;

// Create and destroy empty arenas in batches; after the first batch every
// arena is one that was there before.
template <Subject S>
void MeasureRecycledArenas(benchmark::State& state, const Settings& settings) {
  constexpr size_t kBatch = 256;
  const size_t batches = settings.Scaled(50);
  PopulatedArray<typename S::Arena> arenas(kBatch);
  std::vector<double> create;
  std::vector<double> destroy;
  for (auto _ : state) {
    for (size_t batch = 0; batch <= batches; ++batch) {
      const Stopwatch creating;
      for (auto& arena : arenas) std::construct_at(&arena);
      const double created = creating.Nanoseconds() / kBatch;
      const Stopwatch destroying;
      for (auto& arena : arenas) std::destroy_at(&arena);
      const double destroyed = destroying.Nanoseconds() / kBatch;
      if (batch == 0) continue;  // these were fresh
      create.push_back(created);
      destroy.push_back(destroyed);
    }
  }
  Report(state, "create", Median(create));
  Report(state, "destroy", Median(destroy));
}

// The first arenas of a process, none destroyed.
template <Subject S>
void MeasureFreshArenas(benchmark::State& state, const Settings& settings) {
  const size_t count = settings.Scaled(kTenants);
  PopulatedArray<typename S::Arena> arenas(count);
  for (auto _ : state) {
    const Stopwatch watch;
    for (auto& arena : arenas) std::construct_at(&arena);
    Report(state, "create", Per(watch.Nanoseconds(), count));
  }
}

// Resident memory per arena that holds `objects` objects. A subject without
// arenas has tenants that are nothing but their objects.
template <Subject S>
void MeasureTenantResident(benchmark::State& state, const Settings& settings,
                           size_t objects) {
  const size_t count = settings.Scaled(kTenants);
  PopulatedArray<typename S::Arena> arenas(count);
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    for (auto& arena : arenas) {
      std::construct_at(&arena);
      Populate(arena, objects);
    }
    const double grown = static_cast<double>(ReadResidentBytes() - before);
    Report(state, "resident", Per(grown, count));
  }
}

// The same small tenant, its objects allocated by a query that has closed its
// cache: what the cache leaves behind counts.
template <Subject S>
void MeasureQueriedTenantResident(benchmark::State& state,
                                  const Settings& settings, size_t objects) {
  const size_t count = settings.Scaled(kTenants);
  PopulatedArray<typename S::Arena> arenas(count);
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    for (auto& arena : arenas) {
      std::construct_at(&arena);
      typename S::Cache cache(arena);
      Populate(cache, objects);
    }
    const double grown = static_cast<double>(ReadResidentBytes() - before);
    Report(state, "resident", Per(grown, count));
  }
}

// Resident memory per open cache of one arena that nothing has used yet.
template <Subject S>
void MeasureIdleCaches(benchmark::State& state, const Settings& settings) {
  const size_t count = settings.Scaled(kTenants);
  typename S::Arena arena;
  PopulatedArray<typename S::Cache> caches(count);
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    for (auto& cache : caches) std::construct_at(&cache, arena);
    const double grown = static_cast<double>(ReadResidentBytes() - before);
    Report(state, "resident", Per(grown, count));
  }
  for (auto& cache : caches) std::destroy_at(&cache);
}

// 100,000 arenas with ten objects each. A subject that cannot have as many
// makes what it can, and its numbers are scaled up per arena.
template <Subject S>
void MeasureManyArenas(benchmark::State& state, const Settings& settings) {
  constexpr size_t kArenas = 100'000;
  constexpr size_t kObjects = 10;
  const size_t count = settings.Scaled(std::min(kArenas, S::kMaxArenas));
  const double scale = Per(kArenas, count);
  PopulatedArray<typename S::Arena> arenas(count);
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    const Stopwatch watch;
    for (auto& arena : arenas) {
      std::construct_at(&arena);
      Populate(arena, kObjects);
    }
    Report(state, "time", scale * watch.Nanoseconds() / 1e9);
    const double grown = static_cast<double>(ReadResidentBytes() - before);
    Report(state, "resident", scale * grown / (1024 * 1024));
  }
}

template <Subject S>
void AddArenaWorkloads(std::vector<Workload>& workloads) {
  workloads.push_back({"tenant_small", Pace::kOnce,
                       [](benchmark::State& state, const Settings& settings) {
                         MeasureTenantResident<S>(state, settings, 100);
                       }});
  if constexpr (S::kHasArenas) {
    workloads.push_back(
        {"arena_recycled", Pace::kOnce, MeasureRecycledArenas<S>});
    workloads.push_back({"arena_fresh", Pace::kOnce, MeasureFreshArenas<S>});
    workloads.push_back({"tenant_empty", Pace::kOnce,
                         [](benchmark::State& state, const Settings& settings) {
                           MeasureTenantResident<S>(state, settings, 0);
                         }});
    workloads.push_back({"tenant_small_queried", Pace::kOnce,
                         [](benchmark::State& state, const Settings& settings) {
                           MeasureQueriedTenantResident<S>(state, settings,
                                                           100);
                         }});
    workloads.push_back({"cache_idle", Pace::kOnce, MeasureIdleCaches<S>});
    workloads.push_back({"many_arenas", Pace::kOnce, MeasureManyArenas<S>});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_ARENA_WORKLOAD_H_
