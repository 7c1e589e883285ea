#include "allocator/os/metadata_pool.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "allocator/base/units.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

constexpr size_t kBlock = MetadataPool::kBlockBytes;

class MetadataPoolTest : public ::testing::TestWithParam<size_t> {
 protected:
  void Init(MetadataPool* pool, size_t max_objects) {
    ASSERT_TRUE(pool->Init(&os_, GetParam(), max_objects));
  }
  size_t PerBlock() const { return kBlock / GetParam(); }

  FakeOs os_;
};

// Sizes that divide a block, and those of real metadata that do not.
INSTANTIATE_TEST_SUITE_P(Sizes, MetadataPoolTest,
                         ::testing::Values(64, 128, 632, 1216, 2080, 65536));

TEST_P(MetadataPoolTest, ObjectsAreApartZeroAndKnownByIndex) {
  MetadataPool pool;
  Init(&pool, 3 * PerBlock());
  std::vector<char*> objects;
  for (size_t i = 0; i < 3 * PerBlock(); ++i) {
    char* object = static_cast<char*>(pool.Allocate());
    ASSERT_NE(object, nullptr);
    ASSERT_TRUE(std::all_of(object, object + GetParam(),
                            [](char c) { return c == 0; }));
    memset(object, 0xff, GetParam());
    const uint32_t index = pool.IndexOf(object);
    ASSERT_LT(index, pool.extent());
    ASSERT_EQ(pool.At(index), object);
    objects.push_back(object);
  }
  std::sort(objects.begin(), objects.end());
  for (size_t i = 1; i < objects.size(); ++i) {
    ASSERT_GE(objects[i], objects[i - 1] + GetParam());
  }
  EXPECT_EQ(pool.live_objects(), objects.size());
  EXPECT_EQ(pool.extent(), objects.size());
  pool.Verify();
}

TEST_P(MetadataPoolTest, AFullReservationIsNullUntilSomethingIsFreed) {
  MetadataPool pool;
  Init(&pool, 2 * PerBlock());
  EXPECT_EQ(pool.max_objects(), 2 * PerBlock());
  std::vector<void*> objects;
  while (void* object = pool.Allocate()) objects.push_back(object);
  EXPECT_EQ(objects.size(), 2 * PerBlock());
  EXPECT_EQ(pool.Allocate(), nullptr);
  pool.Free(objects.back());
  EXPECT_EQ(pool.Allocate(), objects.back());
  EXPECT_EQ(pool.Allocate(), nullptr);
  pool.Verify();
}

TEST_P(MetadataPoolTest, MemoryFollowsWhatIsLive) {
  MetadataPool pool;
  Init(&pool, 16 * PerBlock());
  std::vector<void*> objects;
  while (void* object = pool.Allocate()) {
    memset(object, 1, GetParam());
    objects.push_back(object);
  }
  const size_t full = pool.held_bytes();
  EXPECT_GE(full, objects.size() * GetParam());
  EXPECT_LE(full, 16 * kBlock + kPageSize);
  for (void* object : objects) pool.Free(object);
  EXPECT_EQ(pool.live_objects(), 0u);
  // One block is kept, and the records of all.
  EXPECT_LE(pool.held_bytes(), kBlock + kPageSize);
  EXPECT_LE(ResidentBytes(reinterpret_cast<void*>(pool.base()), 16 * kBlock),
            kBlock);
  EXPECT_EQ(os_.calls(OsCall::kPurge), 15u);
  pool.Verify();
}

TEST_P(MetadataPoolTest, OneBlockThatEmptiesAndFillsAsksTheSystemForNothing) {
  MetadataPool pool;
  Init(&pool, 4 * PerBlock());
  std::vector<void*> objects(PerBlock());
  for (int round = 0; round < 5; ++round) {
    for (void*& object : objects) object = pool.Allocate();
    for (void* object : objects) pool.Free(object);
  }
  EXPECT_EQ(os_.calls(OsCall::kPurge), 0u);
  EXPECT_EQ(pool.extent(), PerBlock());
  pool.Verify();
}

TEST_P(MetadataPoolTest, RandomUseAgreesWithASet) {
  std::mt19937 random(7);
  MetadataPool pool;
  Init(&pool, 6 * PerBlock());
  std::vector<void*> live;
  std::set<void*> known;
  const size_t steps = std::min<size_t>(6000, 40 * PerBlock());
  for (size_t step = 0; step < steps; ++step) {
    // Tides, so that blocks fill and empty.
    const bool rising = step / (steps / 6) % 2 == 0;
    if (live.empty() || random() % 8 < (rising ? 6u : 2u)) {
      void* object = pool.Allocate();
      if (object == nullptr) {
        ASSERT_EQ(live.size(), 6 * PerBlock());
        continue;
      }
      ASSERT_TRUE(known.insert(object).second) << "handed out twice";
      live.push_back(object);
    } else {
      std::swap(live[random() % live.size()], live.back());
      pool.Free(live.back());
      known.erase(live.back());
      live.pop_back();
    }
    ASSERT_EQ(pool.live_objects(), live.size());
    if (step % 256 == 0) pool.Verify();
  }
  pool.Verify();
}

TEST(MetadataPoolMemoryTest, FreedObjectsStayReadable) {
  FakeOs os;
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 64, 4 * (kBlock / 64)));
  std::vector<uint64_t*> objects;
  while (void* object = pool.Allocate()) {
    objects.push_back(static_cast<uint64_t*>(object));
    objects.back()[1] = 42;
  }
  for (uint64_t* object : objects) pool.Free(object);
  size_t kept = 0;
  for (uint64_t* object : objects) {
    // All but the first word is as it was, or zero once it was returned.
    EXPECT_TRUE(object[1] == 42 || object[1] == 0);
    kept += object[1] == 42;
  }
  EXPECT_EQ(kept, kBlock / 64);
}

TEST(MetadataPoolMemoryTest, ReadersSkipBlocksWithoutLiveObjects) {
  FakeOs os;
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 4096, 64));
  std::vector<void*> objects;
  while (void* object = pool.Allocate()) objects.push_back(object);
  for (size_t i = 0; i < objects.size(); ++i) {
    if (i != 20) pool.Free(objects[i]);
  }
  std::vector<uint32_t> looked_at;
  for (uint32_t i = 0; i < pool.extent();) {
    if (!pool.BlockIsLive(i)) {
      i = pool.NextBlock(i);
      continue;
    }
    looked_at.push_back(i++);
  }
  ASSERT_EQ(looked_at.size(), kBlock / 4096);
  EXPECT_EQ(looked_at.front(), 16u);
  EXPECT_EQ(looked_at.back(), 31u);
}

TEST(MetadataPoolMemoryTest, IndexesGoByTheSizeWhenItDividesABlock) {
  FakeOs os;
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 128, 4096));
  for (int i = 0; i < 2000; ++i) {
    void* object = pool.Allocate();
    ASSERT_EQ(reinterpret_cast<uintptr_t>(object),
              pool.base() + size_t{pool.IndexOf(object)} * 128);
  }
}

TEST(MetadataPoolFaultTest, ARefusedReservationIsHalvedUntilItIsGranted) {
  FakeOs os;
  os.FailNth(0, OsCall::kReserve);
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 64, size_t{64} * (kBlock / 64)));
  EXPECT_EQ(pool.max_objects(), 32 * (kBlock / 64));
  EXPECT_NE(pool.Allocate(), nullptr);
}

TEST(MetadataPoolFaultTest, InitFailsWhenNotEvenOneBlockIsGranted) {
  FakeOs os;
  os.FailFrom(0, OsCall::kReserve);
  MetadataPool pool;
  EXPECT_FALSE(pool.Init(&os, 64, 1 << 20));
  EXPECT_EQ(os.mapped_bytes(), 0u);
}

TEST(MetadataPoolFaultTest, ARefusedCommitIsNullAndCanBeTriedAgain) {
  FakeOs os;
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 1024, 256));
  os.FailNth(0, OsCall::kCommit);
  EXPECT_EQ(pool.Allocate(), nullptr);
  os.FailNth(1, OsCall::kCommit);  // The block's; not the records'.
  EXPECT_EQ(pool.Allocate(), nullptr);
  pool.Verify();
  os.FailNever();
  EXPECT_NE(pool.Allocate(), nullptr);
  EXPECT_EQ(pool.live_objects(), 1u);
  pool.Verify();
}

// A refused purge may have gone part of the way: the links of the free list,
// which lie in the objects, must not be followed any more.
TEST(MetadataPoolFaultTest, ARefusedPurgeKeepsTheMemoryCountedAndUsable) {
  constexpr size_t kPerBlock = kBlock / 64;
  FakeOs os;
  MetadataPool pool;
  ASSERT_TRUE(pool.Init(&os, 64, 2 * kPerBlock));
  std::vector<void*> objects;
  while (void* object = pool.Allocate()) objects.push_back(object);
  const size_t held = pool.held_bytes();
  os.FailFrom(0, OsCall::kPurge);
  for (void* object : objects) pool.Free(object);
  EXPECT_EQ(os.failures(), 1u);
  memset(objects[0], 0, kPageSize);
  EXPECT_EQ(pool.held_bytes(), held);
  pool.Verify();
  std::set<void*> again;
  while (void* object = pool.Allocate()) again.insert(object);
  EXPECT_EQ(again.size(), 2 * kPerBlock);
  EXPECT_EQ(pool.held_bytes(), held);
  pool.Verify();
  os.FailNever();
  for (void* object : again) pool.Free(object);
  EXPECT_EQ(pool.held_bytes(), held - kBlock);
  pool.Verify();
}

TEST(MetadataPoolMemoryTest, ADestroyedPoolLeavesNoAddressSpace) {
  FakeOs os;
  {
    MetadataPool pool;
    ASSERT_TRUE(pool.Init(&os, 64, 1 << 16));
    for (int i = 0; i < 5000; ++i) ASSERT_NE(pool.Allocate(), nullptr);
    EXPECT_GT(os.mapped_bytes(), 0u);
  }
  EXPECT_EQ(os.mapped_bytes(), 0u);
}

}  // namespace
}  // namespace acre::allocator
