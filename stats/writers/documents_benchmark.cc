// What it takes to write the documents of a service with many arenas, each of
// which has some small and some large allocations. To a callback that drops
// them.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/writers/acre_json.h"
#include "stats/writers/document.h"
#include "stats/writers/jemalloc_json.h"
#include "stats/writers/openmetrics.h"
#include "stats/writers/statistics_text.h"

namespace acre::stats {
namespace {

using allocator::Domain;

std::unique_ptr<Domain> MakeDomain(int64_t arenas) {
  auto domain = std::make_unique<Domain>();
  if (!domain->Init({})) return nullptr;
  for (int64_t i = 0; i < arenas; ++i) {
    allocator::PageFailure failure = allocator::PageFailure::kNone;
    allocator::Arena* arena = domain->CreateArena({}, &failure);
    if (arena == nullptr) return nullptr;
    for (const size_t size : {16, 100, 500, 2'000, 20'000}) {
      if (arena->Allocate(size) == nullptr) return nullptr;
    }
  }
  return domain;
}

bool Drop(void* bytes, std::string_view part) {
  *static_cast<size_t*>(bytes) += part.size();
  return true;
}

template <typename Make>
void Run(benchmark::State& state, Make make) {
  const std::unique_ptr<Domain> domain = MakeDomain(state.range(0));
  if (domain == nullptr) {
    state.SkipWithError("no memory");
    return;
  }
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    make(*domain, [&](Document* document) {
      benchmark::DoNotOptimize(WriteTo(document, &Drop, &bytes));
    });
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_AcreJson(benchmark::State& state) {
  Run(state, [](const Domain& domain, auto write) {
    AcreJson document(domain, "engine");
    write(&document);
  });
}

void BM_JemallocJson(benchmark::State& state) {
  Run(state, [](const Domain& domain, auto write) {
    JemallocJson document(domain);
    write(&document);
  });
}

void BM_Text(benchmark::State& state) {
  Run(state, [](const Domain& domain, auto write) {
    StatisticsText document(domain, "engine");
    write(&document);
  });
}

void BM_OpenMetrics(benchmark::State& state) {
  Run(state, [](const Domain& domain, auto write) {
    FixedOpenMetrics<> document(domain, "engine");
    write(&document);
  });
}

BENCHMARK(BM_AcreJson)->Arg(100)->Arg(4000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_JemallocJson)->Arg(100)->Arg(4000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Text)->Arg(100)->Arg(4000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_OpenMetrics)->Arg(100)->Arg(4000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acre::stats
