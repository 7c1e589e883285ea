// Resident memory per live byte, as a heap fills, thins out and refills.
//
// 500,000 objects of 16 B to 4 KiB; nine tenths of them freed at random and
// the rest given back to the system as far as the allocator can; then 200,000
// objects of twice the size. Every object is written in full. Live bytes are
// those asked for, so rounding up to size classes counts as waste.

#ifndef ACRE_TOOLS_BENCH_APP_FRAGMENTATION_WORKLOAD_H_
#define ACRE_TOOLS_BENCH_APP_FRAGMENTATION_WORKLOAD_H_

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

template <Subject S>
class FragmentedHeap {
 public:
  explicit FragmentedHeap(size_t capacity)
      : objects_(capacity), before_(ReadResidentBytes()) {}

  // Fills up to `count` more objects; each phase has its own cache, as a
  // query would.
  void Fill(size_t count, size_t low, size_t high) {
    typename S::Cache cache(arena_);
    for (size_t i = 0; i < count; ++i) {
      const size_t bytes = random_.LogUniform(low, high);
      objects_[used_] = {cache.Allocate(bytes), bytes};
      std::memset(objects_[used_++].pointer, 1, bytes);
      live_ += bytes;
    }
  }

  void FreeAtRandom(size_t count) {
    typename S::Cache cache(arena_);
    for (size_t i = 0; i < count; ++i) {
      Object& victim = objects_[random_.Below(used_)];
      cache.Deallocate(victim.pointer);
      live_ -= victim.bytes;
      victim = objects_[--used_];
    }
  }

  void Purge() { arena_.Purge(); }

  double ResidentPerLive() const {
    return static_cast<double>(ReadResidentBytes() - before_) / live_;
  }

 private:
  struct Object {
    void* pointer;
    size_t bytes;
  };

  typename S::Arena arena_;
  Random random_{/*seed=*/31};
  PopulatedArray<Object> objects_;
  size_t used_ = 0;
  uint64_t live_ = 0;
  uint64_t before_;
};

template <Subject S>
void MeasureFragmentation(benchmark::State& state, const Settings& settings) {
  const size_t first = settings.Scaled(500'000);
  const size_t second = settings.Scaled(200'000);
  for (auto _ : state) {
    FragmentedHeap<S> heap(first);
    heap.Fill(first, 16, 4096);
    Report(state, "filled", heap.ResidentPerLive());
    heap.FreeAtRandom(first / 10 * 9);
    heap.Purge();
    Report(state, "thinned", heap.ResidentPerLive());
    heap.Fill(second, 32, 8192);
    Report(state, "refilled", heap.ResidentPerLive());
    heap.Purge();
    Report(state, "refilled_purged", heap.ResidentPerLive());
  }
}

template <Subject S>
void AddFragmentationWorkload(std::vector<Workload>& workloads) {
  workloads.push_back({"fragmentation", Pace::kOnce, MeasureFragmentation<S>});
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_FRAGMENTATION_WORKLOAD_H_
