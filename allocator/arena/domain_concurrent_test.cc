#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/arena/domain.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

// Allocates, marks and frees; every fourth allocation is large.
void UseArena(Arena* arena, uint64_t me) {
  std::mt19937 random(static_cast<unsigned>(me));
  std::vector<void*> mine;
  for (int step = 0; step < 2000; ++step) {
    if (mine.empty() || (mine.size() < 100 && random() % 2 == 0)) {
      const size_t size = random() % 4 == 0 ? 20000 : random() % 3000 + 8;
      void* p = arena->Allocate(size);
      ASSERT_NE(p, nullptr);
      *static_cast<uint64_t*>(p) = me;
      mine.push_back(p);
      continue;
    }
    std::swap(mine[random() % mine.size()], mine.back());
    ASSERT_EQ(*static_cast<uint64_t*>(mine.back()), me);
    arena->domain->Free(mine.back());
    mine.pop_back();
  }
  for (void* p : mine) arena->domain->Free(p);
}

TEST(DomainConcurrentTest, ThreadsShareAnArenaThatIsPurgedMeanwhile) {
  Domain domain;
  ASSERT_TRUE(domain.Init({}));
  PageFailure failure;
  Arena* arena = domain.CreateArena({}, &failure);
  std::vector<std::thread> threads;
  for (uint64_t t = 1; t <= 3; ++t) threads.emplace_back(UseArena, arena, t);
  std::atomic<bool> done{false};
  std::thread purger([&] {
    while (!done.load(std::memory_order_acquire)) {
      uint64_t bytes = 0;
      EXPECT_TRUE(domain.PurgeArena(arena->index, arena->generation,
                                    PurgeMode::kEverything, &bytes));
    }
  });
  for (std::thread& thread : threads) thread.join();
  done.store(true, std::memory_order_release);
  purger.join();
  EXPECT_EQ(arena->LiveAllocations(), 0u);
  domain.Verify();
}

// Creates, uses and destroys arenas.
void ComeAndGo(Domain* domain, unsigned seed) {
  std::mt19937 random(seed);
  for (int round = 0; round < 30; ++round) {
    std::vector<Arena*> arenas;
    for (int i = 0; i < 5; ++i) {
      PageFailure failure;
      Arena* arena = domain->CreateArena({}, &failure);
      ASSERT_NE(arena, nullptr);
      ASSERT_NE(arena->Allocate(random() % 100000), nullptr);
      arenas.push_back(arena);
    }
    std::shuffle(arenas.begin(), arenas.end(), random);
    for (Arena* arena : arenas) domain->DestroyArena(arena);
  }
}

TEST(DomainConcurrentTest, HandlesGoStaleUnderReaders) {
  Domain domain;
  ASSERT_TRUE(domain.Init({}));
  PageFailure failure;
  Arena* lasting = domain.CreateArena({}, &failure);
  const uint32_t generation = lasting->generation.load();
  Arena* gone = domain.CreateArena({}, &failure);
  const std::pair<uint32_t, uint32_t> stale = {gone->index,
                                               gone->generation.load()};
  domain.DestroyArena(gone);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      EXPECT_EQ(domain.FindLive(lasting->index, generation), lasting);
      EXPECT_EQ(domain.FindLive(stale.first, stale.second), nullptr);
      bool met = false;
      domain.ForEachArena(
          [&](const Arena& arena) { met = met || &arena == lasting; });
      EXPECT_TRUE(met);
    }
  });
  std::thread other(ComeAndGo, &domain, 1);
  ComeAndGo(&domain, 2);
  other.join();
  done.store(true, std::memory_order_release);
  reader.join();
  EXPECT_EQ(domain.live_arenas(), 1u);
  domain.Verify();
}

}  // namespace
}  // namespace acre::allocator
