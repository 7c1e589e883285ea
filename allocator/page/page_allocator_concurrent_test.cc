#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/page/page_allocator.h"
#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

// Allocates, marks, frees and purges; what is out is this thread's alone.
void UsePages(TestPages* arena, uint64_t me) {
  std::mt19937 random(static_cast<unsigned>(me));
  std::vector<Extent*> held;
  for (int step = 0; step < 1000; ++step) {
    const uint64_t what = random() % 16;
    if (held.empty() || (what < 8 && held.size() < 20)) {
      PageFailure failure;
      Extent* extent =
          arena->pages.Allocate(PageCount(random() % 40 + 4), kPageSize,
                                ClassOf(1 << 20), 0, &failure);
      if (extent == nullptr) continue;
      *static_cast<uint64_t*>(extent->address()) = me;
      held.push_back(extent);
    } else if (what < 15) {
      std::swap(held[random() % held.size()], held.back());
      ASSERT_EQ(*static_cast<uint64_t*>(held.back()->address()), me);
      arena->pages.Free(held.back());
      held.pop_back();
    } else {
      arena->pages.Purge(PageCount(30));
    }
  }
  for (Extent* extent : held) arena->pages.Free(extent);
}

TEST(PageAllocatorConcurrentTest, ThreadsShareAnArenaUnderItsLimit) {
  TestSupply shared;
  // Others may touch what is purged here as soon as it is retained.
  shared.os.set_verify_purges(false);
  TestPages one(&shared, 1, uint64_t{2} << 20);
  TestPages other(&shared, 2);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back(UsePages, t < 3 ? &one : &other, t);
  }
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      EXPECT_LE(one.quota.charged(), uint64_t{2} << 20);
      EXPECT_LE(one.pages.sizes().active, uint64_t{2} << 20);
    }
  });
  for (std::thread& thread : threads) thread.join();
  done.store(true, std::memory_order_release);
  reader.join();
  EXPECT_EQ(one.active(), 0u);
  one.pages.Verify();
  other.pages.Verify();
}

}  // namespace
}  // namespace acre::allocator
