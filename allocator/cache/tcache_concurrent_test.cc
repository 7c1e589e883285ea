#include <atomic>
#include <cstdint>
#include <iterator>
#include <random>
#include <thread>
#include <vector>

#include "allocator/arena/domain.h"
#include "allocator/cache/region.h"
#include "allocator/cache/tcache.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kSizes[] = {16, 64, 200, 1000, 5000, 20000};

// A query: its own tcache and region, and memory handed over by other queries.
void Query(Arena* arena, std::atomic<uint64_t*>* handed, std::mt19937* random) {
  const uint32_t generation = arena->cache_generation.load();
  Tcache tcache(arena, generation);
  Region region(arena, generation);
  std::vector<uint64_t*> mine;
  for (int i = 0; i < 100; ++i) {
    auto* p = static_cast<uint64_t*>(
        tcache.Allocate(kSizes[(*random)() % std::size(kSizes)]));
    ASSERT_NE(p, nullptr);
    *p = 42;
    auto* bump = static_cast<uint64_t*>(region.Allocate(100, 8));
    ASSERT_NE(bump, nullptr);
    *bump = 1;
    // What is handed over is freed by whoever finds it.
    uint64_t* other = handed->exchange(p, std::memory_order_acq_rel);
    if (other != nullptr) {
      EXPECT_EQ(*other, 42u);
      mine.push_back(other);
    }
    if (mine.size() > 20) {
      tcache.Deallocate(mine.back());
      mine.pop_back();
    }
  }
  for (uint64_t* p : mine) tcache.Deallocate(p);
  region.Close();
  tcache.Close();
}

TEST(TcacheConcurrentTest, QueriesShareAnArenaWhileItIsReadAndPurged) {
  Domain domain;
  ASSERT_TRUE(domain.Init({}));
  PageFailure failure;
  Arena* arena = domain.CreateArena({}, &failure);
  std::atomic<uint64_t*> handed{nullptr};
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < 3; ++t) {
    workers.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int query = 0; query < 50; ++query) Query(arena, &handed, &random);
    });
  }
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      const ArenaCaches::Counts counts = arena->caches.counts();
      EXPECT_LE(counts.open_tcaches, 4u);
      EXPECT_LE(arena->AllocatedBytes(), uint64_t{64} << 20);
      arena->Purge();
    }
  });
  for (std::thread& worker : workers) worker.join();
  done.store(true, std::memory_order_release);
  reader.join();
  domain.Free(handed.load());
  EXPECT_EQ(arena->LiveAllocations(), 0u);
  EXPECT_EQ(arena->caches.counts().open_tcaches, 0u);
  domain.Verify();
}

}  // namespace
}  // namespace acre::allocator
