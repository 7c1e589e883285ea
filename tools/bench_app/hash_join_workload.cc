#include "tools/bench_app/hash_join_workload.h"

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "allocator/extent/hooks/hugetlb_hooks.h"
#include "allocator/os/os.h"
#include "engine_adapter/memory_service.h"
#include "stats/arena_statistics.h"
#include "tools/bench_app/opaque.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject_acre.h"

namespace acre::bench {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;

struct Tuple {
  uint64_t key;
  uint64_t payload[7];
};
constexpr size_t kTuplesPerBuffer = kBufferBytes / sizeof(Tuple);

double MinorFaults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

// The build side of a join, in an arena of its own.
class Join {
 public:
  // Null where the memory cannot be had.
  static std::unique_ptr<Join> Build(const ArenaMemory& memory, size_t tuples) {
    std::unique_ptr<Join> join(new Join(memory, tuples));
    return join->Fill() ? std::move(join) : nullptr;
  }

  uint64_t Probe(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) {
      const Tuple* tuple = directory_[random_.Below(slots_)];
      if (tuple != nullptr) sum += tuple->key;
    }
    return sum;
  }
  // Share of the resident memory that is in hugepages.
  double HugeShare() const {
    const auto& domain = service_->domain();
    return static_cast<double>(stats::MeasureHugeBacked(domain)) /
           static_cast<double>(stats::MeasureResident(domain));
  }

 private:
  Join(const ArenaMemory& memory, size_t tuples)
      : tuples_(tuples), slots_(2 * tuples) {
    auto service = MemoryService::Create({.name = "hash join"});
    CheckOk(service.status());
    service_ = std::move(service).value();
    auto arena = service_->CreateArena({.memory = memory});
    CheckOk(arena.status());
    arena_ = std::move(arena).value();
  }

  bool Fill() {
    directory_ =
        static_cast<Tuple**>(arena_.AllocateZeroed(slots_ * sizeof(Tuple*)));
    if (directory_ == nullptr) return false;
    for (size_t done = 0; done < tuples_; done += kTuplesPerBuffer) {
      auto* buffer = static_cast<Tuple*>(arena_.Allocate(kBufferBytes));
      if (buffer == nullptr) return false;
      for (size_t i = 0; i < kTuplesPerBuffer; ++i) {
        buffer[i].key = done + i;
        directory_[random_.Below(slots_)] = &buffer[i];
      }
    }
    return true;
  }

  const size_t tuples_;
  const size_t slots_;
  std::unique_ptr<MemoryService> service_;
  Arena arena_;
  Tuple** directory_ = nullptr;
  Random random_{/*seed=*/7};
};

void Measure(benchmark::State& state, const Settings& settings,
             const ArenaMemory& memory) {
  const size_t tuples = settings.Scaled(size_t{4} << 20);
  const size_t probes = settings.Scaled(size_t{8} << 20);
  for (auto _ : state) {
    const double faults = MinorFaults();
    const Stopwatch build(Stopwatch::Clock::kWall);
    const std::unique_ptr<Join> join = Join::Build(memory, tuples);
    if (join == nullptr) continue;  // There is no such memory: no row.
    Report(state, "build", build.Nanoseconds() / 1e6);
    Report(state, "faults", MinorFaults() - faults);
    const Stopwatch probe(Stopwatch::Clock::kWall);
    Opaque(join->Probe(probes));
    Report(state, "probe", Per(probe.Nanoseconds(), probes));
    // The system's pool is hugepages by definition, and not told apart.
    if (memory.hooks == nullptr) Report(state, "huge", join->HugeShare());
  }
}

}  // namespace

void AddHashJoinWorkloads(std::vector<Workload>& workloads) {
  auto add = [&](const char* name, const ArenaMemory& memory) {
    workloads.push_back(
        {std::string("hash_join_") + name, Pace::kOnce,
         [memory](benchmark::State& state, const Settings& settings) {
           Measure(state, settings, memory);
         }});
  };
  static allocator::HugetlbHooks hugetlb(allocator::LinuxOs::Get(),
                                         size_t{2} << 20);
  add("small", {});
  add("thp", {.hugepages = HugepageMode::kAlways});
  add("outgrown", {.hugepages = HugepageMode::kMadvise});
  add("hugetlb", {.hooks = &hugetlb});
}

}  // namespace acre::bench
