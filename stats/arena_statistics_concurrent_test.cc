#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

#include "allocator/arena/domain.h"
#include "allocator/cache/tcache.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Domain;
using allocator::PageFailure;
using allocator::Tcache;

// An engine at work: tenants come, run a query each, and go.
void Work(Domain* domain, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    PageFailure failure;
    Arena* arena = domain->CreateArena({.name = "tenant"}, &failure);
    ASSERT_NE(arena, nullptr);
    Tcache tcache(arena, arena->cache_generation.load());
    std::vector<void*> all;
    for (size_t i = 1; i < 100; ++i) all.push_back(tcache.Allocate(i * 50));
    for (void* p : all) tcache.Deallocate(p);
    tcache.Close();
    domain->DestroyArena(arena);
  }
}

TEST(ArenaStatisticsConcurrentTest, ReadingStopsNobodyAndStaysWithinBounds) {
  constexpr uint64_t kMost = uint64_t{64} << 20;
  Domain domain;
  ASSERT_TRUE(domain.Init({}));
  PageFailure failure;
  Arena* lasting = domain.CreateArena({.name = "lasting"}, &failure);
  ASSERT_NE(lasting->Allocate(100), nullptr);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      const ServiceStatistics now = ReadService(domain);
      EXPECT_GE(now.arena_count, 1u);
      EXPECT_LE(now.arena_count, 3u);
      for (const auto& field : kArenaFields) {
        EXPECT_LE(now.arenas.*field.member, kMost) << field.name;
      }
      ArenaStatistics one;
      EXPECT_TRUE(ReadArena(domain, lasting->index, lasting->generation, &one));
      EXPECT_EQ(std::string_view(one.name), "lasting");
      EXPECT_EQ(one.allocated, 112u);
      std::array<BinStatistics, allocator::kSmallClasses> bins;
      domain.ForEachArena([&](const Arena& arena) { ReadBins(arena, &bins); });
    }
  });
  std::thread other(Work, &domain, 60);
  Work(&domain, 60);
  other.join();
  done.store(true, std::memory_order_release);
  reader.join();
  EXPECT_EQ(ReadService(domain).arena_count, 1u);
  domain.Verify();
}

}  // namespace
}  // namespace acre::stats
