// One thread allocates 64 to 1,024 bytes at a time, another frees them.
//
// Each thread has a cache of its own on the same arena; what the consumer
// frees must find its way back to the producer.

#ifndef ACRE_TOOLS_BENCH_APP_PRODUCER_CONSUMER_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_PRODUCER_CONSUMER_WORKLOAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "tools/bench_app/pointer_ring.h"
#include "tools/bench_app/query_workload.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject.h"
#include "tools/bench_app/workload.h"

namespace acre::bench {

class ProducerSizes {
 public:
  static constexpr size_t kCount = 4096;

  ProducerSizes() {
    Random random(/*seed=*/77);
    for (uint32_t& size : sizes_) {
      size = static_cast<uint32_t>(random.LogUniform(64, 1024));
    }
  }
  size_t operator[](size_t i) const { return sizes_[i % kCount]; }

 private:
  std::array<uint32_t, kCount> sizes_;
};

template <Subject S>
void Produce(typename S::Arena& arena, PointerRing& ring, size_t count) {
  const auto sizes = std::make_unique<ProducerSizes>();
  typename S::Cache cache(arena);
  for (size_t done = 0; done < count; done += PointerRing::kBatch) {
    void** slots = ring.BeginPush();
    for (size_t i = 0; i < PointerRing::kBatch; ++i) {
      slots[i] = cache.Allocate((*sizes)[done + i]);
      Touch(slots[i]);
    }
    ring.EndPush();
  }
}

template <Subject S>
void Consume(typename S::Arena& arena, PointerRing& ring, size_t count) {
  typename S::Cache cache(arena);
  for (size_t done = 0; done < count; done += PointerRing::kBatch) {
    void** slots = ring.BeginPop();
    for (size_t i = 0; i < PointerRing::kBatch; ++i) {
      cache.Deallocate(slots[i]);
    }
    ring.EndPop();
  }
}

template <Subject S>
void MeasureProducerConsumer(benchmark::State& state,
                             const Settings& settings) {
  const size_t count =
      settings.Scaled(40'000) * PointerRing::kBatch;  // 2.56 million
  typename S::Arena arena;
  const auto ring = std::make_unique<PointerRing>();
  for (auto _ : state) {
    const Stopwatch watch(Stopwatch::Clock::kWall);
    std::thread consumer(Consume<S>, std::ref(arena), std::ref(*ring), count);
    Produce<S>(arena, *ring, count);
    consumer.join();
    Report(state, "rate", 1e3 / Per(watch.Nanoseconds(), count));
  }
}

template <Subject S>
void AddProducerConsumerWorkload(std::vector<Workload>& workloads) {
  workloads.push_back(
      {"producer_consumer", Pace::kThrice, MeasureProducerConsumer<S>});
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_PRODUCER_CONSUMER_WORKLOAD_H_
