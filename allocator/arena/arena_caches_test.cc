#include "allocator/arena/arena_caches.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include "allocator/base/size_class.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr uint64_t kParkedLimit = 100000;
constexpr uint32_t kTcacheLimit = 5000;

// A cache that says it holds regions; they are nowhere.
struct FakeCache {
  CacheState state;  // First, so that it leads back here.
  std::array<void*, 16> slots{};
  std::atomic<bool> in_use{false};

  void Hold(size_t size, size_t count) {
    CacheBin& bin = state.bins[Raw(ClassOf(size))];
    bin.slots.store(slots.data());
    bin.SetCount(count);
    bin.SetCapacity(slots.size() - 1);
    state.used_classes |= uint64_t{1} << Raw(ClassOf(size));
  }
};

class ArenaCachesTest : public ::testing::Test {
 protected:
  ArenaCachesTest() { caches_.Init(kParkedLimit, kTcacheLimit); }

  FakeCache* NewCache() {
    FakeCache* cache = &memory_.emplace_back();
    caches_.Add(&cache->state);
    return cache;
  }
  Extent* NewBlock(uint64_t pages, Extent* next = nullptr) {
    Extent* block = &blocks_.emplace_back();
    block->pages = PageCount(pages);
    block->heap = {};
    block->heap.next = next;
    return block;
  }
  static size_t Length(const Extent* chain) {
    size_t n = 0;
    for (; chain != nullptr; chain = chain->heap.next) ++n;
    return n;
  }

  std::deque<FakeCache> memory_;
  std::deque<Extent> blocks_;
  ArenaCaches caches_;
};

TEST_F(ArenaCachesTest, NothingIsParkedAtFirst) {
  EXPECT_EQ(caches_.TakeParked(), nullptr);
  EXPECT_EQ(caches_.TakeBlock(), nullptr);
  EXPECT_EQ(caches_.TakeAllBlocks(), nullptr);
  EXPECT_EQ(caches_.RemoveAny(), nullptr);
  EXPECT_EQ(caches_.RemoveAnyRegion(), nullptr);
  EXPECT_EQ(caches_.parked_limit(), kParkedLimit);
  EXPECT_EQ(caches_.tcache_limit(), kTcacheLimit);
}

TEST_F(ArenaCachesTest, TheCacheParkedLastIsTheWarmestAndComesFirst) {
  FakeCache* first = NewCache();
  FakeCache* second = NewCache();
  ASSERT_TRUE(caches_.Park(&first->state, 10));
  ASSERT_TRUE(caches_.Park(&second->state, 10));
  EXPECT_EQ(caches_.TakeParked(), &second->state);
  EXPECT_EQ(caches_.TakeParked(), &first->state);
  EXPECT_EQ(caches_.TakeParked(), nullptr);
}

TEST_F(ArenaCachesTest, CountsOpenAndParkedCachesAndWhatTheyHold) {
  FakeCache* open = NewCache();
  FakeCache* parked = NewCache();
  open->Hold(100, 3);
  parked->Hold(4096, 2);
  ASSERT_TRUE(caches_.Park(&parked->state, 9000));
  ArenaCaches::Counts counts = caches_.counts();
  EXPECT_EQ(counts.open_tcaches, 1u);
  EXPECT_EQ(counts.parked_tcaches, 1u);
  EXPECT_EQ(counts.cached_bytes, 3 * 112 + 2 * 4096u);
  EXPECT_EQ(counts.cached_regions, 5u);
  EXPECT_EQ(counts.parked_bytes, 9000u);
  ASSERT_EQ(caches_.TakeParked(), &parked->state);
  counts = caches_.counts();
  EXPECT_EQ(counts.open_tcaches, 2u);
  EXPECT_EQ(counts.parked_tcaches, 0u);
  EXPECT_EQ(counts.parked_bytes, 0u);
  EXPECT_EQ(counts.cached_bytes, 3 * 112 + 2 * 4096u);
}

TEST_F(ArenaCachesTest, ParkingStaysWithinTheBudget) {
  FakeCache* first = NewCache();
  FakeCache* second = NewCache();
  EXPECT_TRUE(caches_.Park(&first->state, kParkedLimit - 5));
  EXPECT_FALSE(caches_.Park(&second->state, 6));
  EXPECT_TRUE(caches_.Park(&second->state, 5));
  EXPECT_EQ(caches_.counts().parked_bytes, kParkedLimit);
}

TEST_F(ArenaCachesTest, CachesAndBlocksShareOneBudget) {
  FakeCache* cache = NewCache();
  ASSERT_TRUE(caches_.Park(&cache->state, kParkedLimit - 3 * kPageSize));
  Extent* chain = NewBlock(1, NewBlock(2, NewBlock(1)));
  Extent* rest = caches_.ParkBlocks(chain);
  EXPECT_EQ(Length(rest), 1u);
  EXPECT_EQ(caches_.counts().parked_blocks, 2u);
  EXPECT_EQ(caches_.counts().parked_bytes, kParkedLimit);
  EXPECT_EQ(caches_.counts().cached_bytes, 3 * kPageSize);
}

TEST_F(ArenaCachesTest, BlocksComeBackOneByOneOrAllTogether) {
  ASSERT_EQ(caches_.ParkBlocks(NewBlock(1, NewBlock(2, NewBlock(3)))), nullptr);
  Extent* one = caches_.TakeBlock();
  EXPECT_EQ(one->pages, PageCount(3)) << "the one parked last";
  EXPECT_EQ(one->heap.next, nullptr);
  EXPECT_EQ(caches_.counts().parked_blocks, 2u);
  EXPECT_EQ(Length(caches_.TakeAllBlocks()), 2u);
  EXPECT_EQ(caches_.counts().parked_blocks, 0u);
  EXPECT_EQ(caches_.counts().parked_bytes, 0u);
}

TEST_F(ArenaCachesTest, RemovedCachesAreNotCounted) {
  std::vector<FakeCache*> caches;
  for (int i = 0; i < 5; ++i) caches.push_back(NewCache());
  for (size_t i : {2, 0, 4}) {
    caches_.Remove(&caches[i]->state);
  }
  EXPECT_EQ(caches_.counts().open_tcaches, 2u);
  EXPECT_NE(caches_.RemoveAny(), nullptr);
  EXPECT_NE(caches_.RemoveAny(), nullptr);
  EXPECT_EQ(caches_.RemoveAny(), nullptr);
  EXPECT_EQ(caches_.counts().open_tcaches, 0u);
}

TEST_F(ArenaCachesTest, RemovingAllEmptiesTheParkedOnesToo) {
  FakeCache* parked = NewCache();
  NewCache();
  ASSERT_TRUE(caches_.Park(&parked->state, 100));
  int removed = 0;
  while (caches_.RemoveAny() != nullptr) ++removed;
  EXPECT_EQ(removed, 2);
  EXPECT_EQ(caches_.TakeParked(), nullptr);
  EXPECT_EQ(caches_.counts().parked_bytes, 0u);
}

TEST_F(ArenaCachesTest, RegionsAreRemovedInAnyOrder) {
  std::array<RegionState, 4> regions{};
  for (RegionState& region : regions) caches_.AddRegion(&region);
  caches_.RemoveRegion(&regions[1]);
  caches_.RemoveRegion(&regions[3]);
  EXPECT_EQ(caches_.RemoveAnyRegion(), &regions[2]);
  EXPECT_EQ(caches_.RemoveAnyRegion(), &regions[0]);
  EXPECT_EQ(caches_.RemoveAnyRegion(), nullptr);
}

TEST_F(ArenaCachesTest, CountingGoesOnWhileCachesComeAndGo) {
  constexpr size_t kThreads = 3;
  constexpr size_t kStable = 4;
  for (size_t i = 0; i < kStable; ++i) NewCache()->Hold(64, 2);
  std::array<FakeCache, kThreads> moving;
  std::vector<std::thread> threads;
  for (FakeCache& cache : moving) {
    cache.Hold(64, 2);
    threads.emplace_back([this, &cache] {
      for (int i = 0; i < 2000; ++i) {
        caches_.Add(&cache.state);
        caches_.Remove(&cache.state);
      }
    });
  }
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      // At worst it meets a change each time and reports an attempt that a
      // removed cache led astray; it always ends and never sees what is none.
      EXPECT_LE(caches_.counts().open_tcaches, uint64_t{1} << 20);
    }
  });
  for (std::thread& thread : threads) thread.join();
  done.store(true, std::memory_order_release);
  reader.join();
  EXPECT_EQ(caches_.counts().open_tcaches, kStable);
  EXPECT_EQ(caches_.counts().cached_bytes, kStable * 128);
}

TEST_F(ArenaCachesTest, EachParkedCacheIsTakenByOneThread) {
  constexpr size_t kCaches = 4;
  for (size_t i = 0; i < kCaches; ++i) {
    ASSERT_TRUE(caches_.Park(&NewCache()->state, 10));
  }
  auto open_and_close = [this] {
    for (int i = 0; i < 3000; ++i) {
      CacheState* state = caches_.TakeParked();
      if (state == nullptr) continue;
      auto* cache = reinterpret_cast<FakeCache*>(state);
      EXPECT_FALSE(cache->in_use.exchange(true)) << "two threads' at once";
      cache->in_use.store(false);
      EXPECT_TRUE(caches_.Park(state, 10));
    }
  };
  std::thread other(open_and_close);
  open_and_close();
  other.join();
  EXPECT_EQ(caches_.counts().parked_tcaches, kCaches);
  EXPECT_EQ(caches_.counts().parked_bytes, kCaches * 10);
}

}  // namespace
}  // namespace acre::allocator
