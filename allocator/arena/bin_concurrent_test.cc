#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "allocator/arena/bin.h"
#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kSize = 1024;

TEST(BinConcurrentTest, NoRegionIsEverTwoThreads) {
  TestSupply shared;
  TestPages arena(&shared);
  // GCC's sanitizers do not give the stack a cache line's alignment.
  const auto own = std::make_unique<Bin>();
  Bin& bin = *own;
  bin.Init(ClassOf(kSize));
  auto use = [&](uint64_t me) {
    std::mt19937 random(static_cast<unsigned>(me));
    std::vector<void*> mine;
    for (int step = 0; step < 500; ++step) {
      PageFailure failure;
      void* batch[16];
      const size_t got = bin.Allocate(&arena.pages, batch, 16, &failure);
      for (size_t i = 0; i < got; ++i) {
        *static_cast<uint64_t*>(batch[i]) = me;
        mine.push_back(batch[i]);
      }
      const size_t back = random() % (mine.size() + 1);
      for (size_t i = 0; i < back; ++i) {
        EXPECT_EQ(*static_cast<uint64_t*>(mine[mine.size() - 1 - i]), me);
      }
      bin.Free(&arena.pages, shared.extents, mine.data() + mine.size() - back,
               back);
      mine.resize(mine.size() - back);
    }
    bin.Free(&arena.pages, shared.extents, mine.data(), mine.size());
    bin.ReleaseSpares(&arena.pages);
  };
  std::vector<std::thread> threads;
  for (uint64_t t = 1; t <= 4; ++t) threads.emplace_back(use, t);
  for (std::thread& thread : threads) thread.join();
  bin.Verify();
  EXPECT_EQ(bin.sizes().regions_out, 0u);
  bin.ReleaseSpares(&arena.pages);
  EXPECT_EQ(arena.active(), 0u);
}

}  // namespace
}  // namespace acre::allocator
