// What the resources do beyond serving containers: equality, refusals, ends.

#include "engine_adapter/std/memory_resource.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

class MemoryResourceTest : public testing::Test {
 protected:
  ~MemoryResourceTest() override { service_->domain().Verify(); }

  static uint64_t Live(const Arena& arena) {
    return arena.ref().live()->LiveAllocations();
  }

  std::unique_ptr<MemoryService> service_ = MemoryService::Create({}).value();
  Arena tenant_ = service_->CreateArena({.name = "tenant"}).value();
  Arena other_ = service_->CreateArena({.name = "other"}).value();
};

TEST_F(MemoryResourceTest, ResourcesAreEqualWhenTheyServeFromTheSame) {
  Tcache tcache = tenant_.OpenTcache();
  Tcache second = tenant_.OpenTcache();
  Region region = tenant_.OpenRegion();
  Region another = tenant_.OpenRegion();
  ArenaResource arenas[] = {ArenaResource(tenant_), ArenaResource(tenant_),
                            ArenaResource(other_)};
  TcacheResource tcaches[] = {TcacheResource(&tcache), TcacheResource(&tcache),
                              TcacheResource(&second)};
  RegionResource regions[] = {RegionResource(&region), RegionResource(&region),
                              RegionResource(&another)};
  std::vector<const std::pmr::memory_resource*> all;
  for (const auto& resource : arenas) all.push_back(&resource);
  for (const auto& resource : tcaches) all.push_back(&resource);
  for (const auto& resource : regions) all.push_back(&resource);
  all.push_back(std::pmr::new_delete_resource());
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < all.size(); ++j) {
      // The first two of each kind serve from the same.
      const bool same =
          i == j || (i / 3 == j / 3 && i % 3 != 2 && j % 3 != 2 && i < 9);
      EXPECT_EQ(all[i]->is_equal(*all[j]), same) << i << " and " << j;
    }
  }
}

TEST_F(MemoryResourceTest, ContainersOfEqualResourcesHandTheirMemoryOver) {
  ArenaResource one(tenant_);
  ArenaResource equal(tenant_);
  ArenaResource unequal(other_);
  std::pmr::vector<int> from(1000, 7, &one);
  const int* data = from.data();
  std::pmr::vector<int> to(&equal);
  to = std::move(from);
  EXPECT_EQ(to.data(), data);
  std::pmr::vector<int> elsewhere(&unequal);
  elsewhere = std::move(to);
  EXPECT_EQ(service_->ArenaOf(elsewhere.data()), other_.ref());
  EXPECT_EQ(elsewhere, std::pmr::vector<int>(1000, 7));
}

TEST_F(MemoryResourceTest, NestedPmrContainersLiveInTheTenant) {
  ArenaResource memory(tenant_);
  std::pmr::vector<std::pmr::string> rows(&memory);
  for (int i = 0; i < 10; ++i) rows.emplace_back(100, 'x');
  for (const auto& row : rows) {
    EXPECT_EQ(service_->ArenaOf(row.data()), tenant_.ref());
  }
}

TEST_F(MemoryResourceTest, ARefusalIsBadAllocFromEachOfThem) {
  ASSERT_TRUE(tenant_.SetHardLimit(1 << 20).ok());
  Tcache tcache = tenant_.OpenTcache();
  Region region = tenant_.OpenRegion();
  ArenaResource arena_memory(tenant_);
  TcacheResource tcache_memory(&tcache);
  RegionResource region_memory(&region);
  std::pmr::memory_resource* const kAll[] = {&arena_memory, &tcache_memory,
                                             &region_memory};
  for (std::pmr::memory_resource* memory : kAll) {
    std::pmr::vector<int> numbers({1, 2, 3}, memory);
    EXPECT_THROW(numbers.reserve(1 << 20), std::bad_alloc);
    EXPECT_EQ(numbers, (std::pmr::vector<int>{1, 2, 3}));
    numbers.push_back(4);
    EXPECT_EQ(numbers.back(), 4);
    EXPECT_THROW(static_cast<void>(memory->allocate(size_t{1} << 60)),
                 std::bad_alloc);
  }
  EXPECT_GE(tenant_.ref().live()->refusals.Get(), 3u);
  EXPECT_EQ(other_.ref().live()->refusals.Get(), 0u);
}

TEST_F(MemoryResourceTest, ARegionsMemoryIsMonotonic) {
  Region region = tenant_.OpenRegion();
  RegionResource memory(&region);
  auto* first = static_cast<char*>(memory.allocate(100, 1));
  memory.deallocate(first, 100, 1);
  EXPECT_EQ(memory.allocate(1, 1), first + 100) << "nothing comes back";
  const uint64_t before = region.bytes();
  {
    std::pmr::vector<int> numbers(&memory);
    for (int i = 0; i < 10000; ++i) numbers.push_back(i);
    EXPECT_EQ(numbers[9999], 9999);
  }
  EXPECT_GT(region.bytes(), before);
  region.Drop();
  EXPECT_EQ(region.bytes(), 0u);
  EXPECT_EQ(Live(tenant_), 0u);
  EXPECT_NE(memory.allocate(100), nullptr) << "the region is open still";
}

TEST_F(MemoryResourceTest, AResourceOfSomethingThatEndedIsBadAlloc) {
  Tcache tcache = tenant_.OpenTcache();
  Region region = tenant_.OpenRegion();
  TcacheResource tcache_memory(&tcache);
  RegionResource region_memory(&region);
  ArenaResource arena_memory(tenant_);
  ASSERT_TRUE(tenant_.Reset().ok());
  EXPECT_THROW(static_cast<void>(tcache_memory.allocate(8)), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(region_memory.allocate(8)), std::bad_alloc);
  arena_memory.deallocate(arena_memory.allocate(8), 8);
  ASSERT_TRUE(tenant_.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_THROW(static_cast<void>(arena_memory.allocate(8)), std::bad_alloc);
}

TEST_F(MemoryResourceTest, AlignmentsThatCannotBeHadAreBadAlloc) {
  Tcache tcache = tenant_.OpenTcache();
  Region region = tenant_.OpenRegion();
  TcacheResource tcache_memory(&tcache);
  RegionResource region_memory(&region);
  EXPECT_THROW(static_cast<void>(tcache_memory.allocate(8, size_t{2} << 30)),
               std::bad_alloc);
  EXPECT_THROW(static_cast<void>(region_memory.allocate(8, 8192)),
               std::bad_alloc);
  void* p = region_memory.allocate(8, 4096);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 4096, 0u);
}

TEST_F(MemoryResourceTest, PoolsOfTheStandardMayDrawFromATenant) {
  ArenaResource memory(tenant_);
  {
    std::pmr::unsynchronized_pool_resource pool(&memory);
    std::pmr::vector<std::pmr::string> rows(&pool);
    for (int i = 0; i < 100; ++i) rows.emplace_back(50, 'x');
    EXPECT_GT(Live(tenant_), 0u);
  }
  EXPECT_EQ(Live(tenant_), 0u);
}

}  // namespace
}  // namespace acre
