#include "tools/bench_app/governor_workload.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine_adapter/memory_service.h"
#include "stats/arena_statistics.h"
#include "tools/bench_app/arena_workload.h"
#include "tools/bench_app/idle_workload.h"
#include "tools/bench_app/large_workload.h"
#include "tools/bench_app/populated_array.h"
#include "tools/bench_app/process_memory.h"
#include "tools/bench_app/query_workload.h"
#include "tools/bench_app/random_sizes.h"
#include "tools/bench_app/stopwatch.h"
#include "tools/bench_app/subject_acre.h"

namespace acre::bench {
namespace {

// One service with one tenant, and the latencies of its queries.
class QueryLoop {
 public:
  QueryLoop(bool governor, size_t queries) : latencies_(queries) {
    auto service = MemoryService::Create({.governor = {.thread = governor}});
    CheckOk(service.status());
    service_ = std::move(service).value();
    constexpr int64_t kDecayMs = 50;
    auto arena = service_->CreateArena({.decay = {.dirty_decay_ms = kDecayMs}});
    CheckOk(arena.status());
    arena_ = std::move(arena).value();
  }

  bool done() const { return measured_ == latencies_.size(); }
  void Run(size_t queries) {
    for (; queries > 0 && !done(); --queries) {
      const Stopwatch watch(Stopwatch::Clock::kWall);
      RunOne();
      latencies_[measured_++] = watch.Nanoseconds();
    }
  }
  // What gives the governor something to do: a burst of the same tenant, which
  // no latency counts.
  void Burst() {
    constexpr size_t kBytes = size_t{16} << 20;
    void* const burst = arena_.Allocate(kBytes);
    TouchEveryPage(burst, kBytes);
    arena_.Deallocate(burst);
  }
  // Given back by the governor so far.
  double PurgedMiB() const {
    stats::ArenaStatistics statistics;
    stats::ReadArena(*arena_.ref().live(), &statistics);
    return static_cast<double>(statistics.purged) / (1 << 20);
  }

  // Of all latencies, the one that a share of `quantile` is not above;
  // microseconds.
  double Quantile(double quantile) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto last = static_cast<double>(latencies_.size() - 1);
    return latencies_[static_cast<size_t>(quantile * last)] / 1e3;
  }

 private:
  static constexpr size_t kSmall = 400;
  static constexpr size_t kLarge = 6;

  void RunOne() {
    Tcache tcache = arena_.OpenTcache();
    void* pointers[kSmall + kLarge];
    for (size_t i = 0; i < kSmall; ++i) {
      pointers[i] = tcache.Allocate(random_.LogUniform(16, 8192));
      Touch(pointers[i]);
    }
    for (size_t i = kSmall; i < kSmall + kLarge; ++i) {
      const size_t bytes = random_.LogUniform(64 << 10, 2 << 20);
      pointers[i] = tcache.Allocate(bytes);
      TouchEveryPage(pointers[i], bytes);
    }
    for (void* pointer : pointers) tcache.Deallocate(pointer);
  }

  std::unique_ptr<MemoryService> service_;
  Arena arena_;
  Random random_{/*seed=*/19};
  PopulatedArray<double> latencies_;
  size_t measured_ = 0;
};

void MeasurePurgeLatency(benchmark::State& state, const Settings& settings) {
  constexpr size_t kTurn = 100;
  constexpr size_t kTurnsPerBurst = 20;
  const size_t queries = settings.Scaled(100'000);
  QueryLoop on(/*governor=*/true, queries);
  QueryLoop off(/*governor=*/false, queries);
  for (auto _ : state) {
    for (size_t turn = 0; !on.done(); ++turn) {
      if (turn % kTurnsPerBurst == 0) {
        on.Burst();
        off.Burst();
      }
      on.Run(kTurn);
      off.Run(kTurn);
    }
    Report(state, "purged", on.PurgedMiB());
    Report(state, "p50", on.Quantile(0.5));
    Report(state, "p99", on.Quantile(0.99));
    Report(state, "p999", on.Quantile(0.999));
    Report(state, "p50_on_off", on.Quantile(0.5) / off.Quantile(0.5));
    Report(state, "p99_on_off", on.Quantile(0.99) / off.Quantile(0.99));
    Report(state, "p999_on_off", on.Quantile(0.999) / off.Quantile(0.999));
  }
}

double ProcessSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) / 1e9;
}

void MeasureIdleArenas(benchmark::State& state, const Settings& settings) {
  constexpr time_t kIdleSeconds = 2;
  constexpr time_t kMostSeconds = 60;
  const size_t count = settings.Scaled(100'000);
  PopulatedArray<AcreArena> arenas(count);
  const allocator::Governor& governor = AcreService().domain().governor();
  for (auto _ : state) {
    const uint64_t before = ReadResidentBytes();
    for (auto& arena : arenas) {
      std::construct_at(&arena);
      AcreCache cache(arena);
      void* const p = cache.Allocate(kTenantObjectBytes);
      Touch(p);
      cache.Deallocate(p);
    }
    const double used = ProcessSeconds();
    for (time_t i = 0; i < kMostSeconds && governor.statistics().scheduled > 0;
         ++i) {
      SleepSeconds(1);
    }
    const double settled = ProcessSeconds();
    const uint64_t visits = governor.statistics().visits;
    Report(state, "settle", settled - used);
    SleepSeconds(kIdleSeconds);
    Report(state, "cpu", ProcessSeconds() - settled);
    Report(state, "visits",
           static_cast<double>(governor.statistics().visits - visits));
    const auto grown = static_cast<double>(ReadResidentBytes() - before);
    Report(state, "resident", Per(grown, count));
  }
}

}  // namespace

void AddGovernorWorkloads(std::vector<Workload>& workloads) {
  workloads.push_back({"purge_latency", Pace::kOnce, MeasurePurgeLatency});
  workloads.push_back({"idle_arenas", Pace::kOnce, MeasureIdleArenas});
}

}  // namespace acre::bench
