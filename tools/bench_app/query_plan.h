// The query of the benchmarks, decided in advance: which sizes, which frees.
//
// 1,000 allocations of 16 B to 8 KiB (log-uniform), half of them freed at
// random, 500 more allocations, the rest freed in order of allocation. The
// plan is the same for every subject, thread and repetition. Immutable after
// construction, hence thread-safe.

#ifndef ACRE_TOOLS_BENCH_APP_QUERY_PLAN_H_
#define ACRE_TOOLS_BENCH_APP_QUERY_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace acre::bench {

struct QueryPlan {
  static constexpr size_t kFirst = 1000;
  static constexpr size_t kEarlyFrees = 500;
  static constexpr size_t kSecond = 500;
  static constexpr size_t kTotal = kFirst + kSecond;
  static constexpr size_t kMinBytes = 16;
  static constexpr size_t kMaxBytes = 8192;

  QueryPlan();

  std::array<uint32_t, kTotal> sizes;       // bytes, in order of allocation
  std::array<uint16_t, kEarlyFrees> early;  // freed half-way
  std::array<uint16_t, kTotal - kEarlyFrees> late;  // freed at the end
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_QUERY_PLAN_H_
