#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "allocator/os/metadata_pool.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

struct Object {
  uint64_t link;  // The pool's while the object is free.
  std::atomic<uint64_t> owner;
  char rest[1008];
};

// Takes and frees objects at random; each is this thread's alone.
void UsePool(MetadataPool* pool, uint64_t me) {
  std::mt19937 random(static_cast<unsigned>(me));
  std::vector<Object*> mine;
  for (int step = 0; step < 3000; ++step) {
    if (mine.empty() || random() % 2 == 0) {
      auto* object = static_cast<Object*>(pool->Allocate());
      if (object == nullptr) continue;
      object->owner.store(me, std::memory_order_relaxed);
      mine.push_back(object);
      continue;
    }
    std::swap(mine[random() % mine.size()], mine.back());
    ASSERT_EQ(mine.back()->owner.load(std::memory_order_relaxed), me);
    pool->Free(mine.back());
    mine.pop_back();
  }
  for (Object* object : mine) pool->Free(object);
}

TEST(MetadataPoolConcurrentTest, NoObjectIsEverTwoThreads) {
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(LinuxOs::Get(), sizeof(Object), 1024));
  std::vector<std::thread> threads;
  for (uint64_t t = 1; t <= 4; ++t) {
    threads.emplace_back(UsePool, &pool, t);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.live_objects(), 0u);
  pool.Verify();
}

TEST(MetadataPoolConcurrentTest, ReadersMayLookAtObjectsThatComeAndGo) {
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(LinuxOs::Get(), sizeof(Object), 1024));
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load(std::memory_order_acquire)) {
      for (uint32_t i = 0; i < pool.extent(); ++i) {
        if (!pool.BlockIsLive(i)) continue;
        const auto* object = static_cast<const Object*>(pool.At(i));
        EXPECT_LE(object->owner.load(std::memory_order_relaxed), 2u);
      }
    }
  });
  std::thread writer(UsePool, &pool, 1);
  UsePool(&pool, 2);
  writer.join();
  done.store(true, std::memory_order_release);
  reader.join();
  pool.Verify();
}

}  // namespace
}  // namespace acre::allocator
