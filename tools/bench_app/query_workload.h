// A query from opening its cache to closing it, after QueryPlan.
//
// `query` on one thread, `query_two_threads` with both threads in the same
// arena (each row's value is the time of one query), `query_sized` with sized
// frees, `query_bulk` dropping the whole scope, and `scope_open_close` with
// nothing in between. A subject that cannot drop in bulk frees one by one.

#ifndef ACRE_TOOLS_BENCH_APP_QUERY_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_QUERY_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/bench_app/opaque.h"
#include "tools/bench_app/query_plan.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

enum class Free { kByPointer, kSized };

// Touches the first 8 bytes, as a query that fills a buffer would begin to.
inline void Touch(void* pointer) {
  *static_cast<volatile uint64_t*>(pointer) = 1;
}

template <Subject S, Free kFree>
void RunQuery(typename S::Arena& arena, const QueryPlan& plan,
              void** pointers) {
  typename S::Query query(arena);
  const auto allocate = [&](size_t i) {
    pointers[i] = query.Allocate(plan.sizes[i]);
    Touch(pointers[i]);
  };
  const auto deallocate = [&](size_t i) {
    if constexpr (kFree == Free::kSized) {
      query.DeallocateSized(pointers[i], plan.sizes[i]);
    } else {
      query.Deallocate(pointers[i]);
    }
  };
  for (size_t i = 0; i < QueryPlan::kFirst; ++i) allocate(i);
  for (uint16_t i : plan.early) deallocate(i);
  for (size_t i = QueryPlan::kFirst; i < QueryPlan::kTotal; ++i) allocate(i);
  for (uint16_t i : plan.late) deallocate(i);
}

// The library's loop holds its threads back until all have arrived, so the
// arena that thread 0 opens before it and closes after it is there for all.
template <Subject S, Free kFree>
void MeasureQuery(benchmark::State& state) {
  static const QueryPlan plan;
  static std::optional<typename S::Arena> arena;
  if (state.thread_index() == 0) arena.emplace();
  void* pointers[QueryPlan::kTotal];
  for (auto _ : state) RunQuery<S, kFree>(*arena, plan, pointers);
  if (state.thread_index() == 0) arena.reset();
  TimedOperations(state, 1);
}

template <Subject S>
void RunBulkQuery(typename S::Arena& arena, const QueryPlan& plan,
                  void** pointers) {
  if constexpr (HasBulk<S>) {
    typename S::Bulk bulk(arena);
    for (size_t i = 0; i < QueryPlan::kTotal; ++i) {
      pointers[i] = bulk.Allocate(plan.sizes[i]);
      Touch(pointers[i]);
    }
  } else {
    typename S::Query query(arena);
    for (size_t i = 0; i < QueryPlan::kTotal; ++i) {
      pointers[i] = query.Allocate(plan.sizes[i]);
      Touch(pointers[i]);
    }
    for (size_t i = 0; i < QueryPlan::kTotal; ++i) {
      query.Deallocate(pointers[i]);
    }
  }
}

template <Subject S>
void MeasureBulkQuery(benchmark::State& state) {
  static const QueryPlan plan;
  typename S::Arena arena;
  void* pointers[QueryPlan::kTotal];
  for (auto _ : state) RunBulkQuery<S>(arena, plan, pointers);
  TimedOperations(state, 1);
}

template <Subject S>
void MeasureOpenClose(benchmark::State& state) {
  typename S::Arena arena;
  for (auto _ : state) {
    typename S::Query query(arena);
    Escape(&query);
  }
  TimedOperations(state, 1);
}

template <Subject S>
void AddQueryWorkloads(std::vector<Workload>& workloads) {
  const auto query = [](benchmark::State& state, const Settings&) {
    MeasureQuery<S, Free::kByPointer>(state);
  };
  workloads.push_back({"query", Pace::kTimed, query});
  workloads.push_back(
      {"query_two_threads", Pace::kTimed, query, /*threads=*/2});
  workloads.push_back({"query_sized", Pace::kTimed,
                       [](benchmark::State& state, const Settings&) {
                         MeasureQuery<S, Free::kSized>(state);
                       }});
  workloads.push_back({"query_bulk", Pace::kTimed,
                       [](benchmark::State& state, const Settings&) {
                         MeasureBulkQuery<S>(state);
                       }});
  if constexpr (S::kHasArenas) {
    workloads.push_back({"scope_open_close", Pace::kTimed,
                         [](benchmark::State& state, const Settings&) {
                           MeasureOpenClose<S>(state);
                         }});
  }
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_QUERY_WORKLOAD_H_
