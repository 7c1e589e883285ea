#include "tools/bench_app/query_plan.h"

#include <algorithm>
#include <numeric>

#include "tools/bench_app/random_sizes.h"

namespace acre::bench {

QueryPlan::QueryPlan() {
  Random random(/*seed=*/2024);
  for (uint32_t& size : sizes) {
    size = static_cast<uint32_t>(random.LogUniform(kMinBytes, kMaxBytes));
  }
  std::array<uint16_t, kFirst> order;
  std::iota(order.begin(), order.end(), uint16_t{0});
  Shuffle(order, random);
  std::copy_n(order.begin(), kEarlyFrees, early.begin());

  std::array<bool, kTotal> freed{};
  for (uint16_t index : early) freed[index] = true;
  size_t next = 0;
  for (uint16_t index = 0; index < kTotal; ++index) {
    if (!freed[index]) late[next++] = index;
  }
}

}  // namespace acre::bench
