// Standard containers in a tenant, through each of the ways in.

#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "engine_adapter/std/arena_allocator.h"
#include "engine_adapter/std/memory_resource.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre {
namespace {

struct alignas(64) Line {
  int value;
};

class ContainersTest : public testing::Test {
 protected:
  ContainersTest() : service_(*MemoryService::Create({})) {
    tenant_ = *service_->CreateArena({.name = "tenant"});
    other_ = *service_->CreateArena({.name = "other"});
  }

  uint64_t Allocated(const Arena& arena) const {
    stats::ArenaStatistics now;
    EXPECT_TRUE(stats::ReadArena(service_->domain(), arena.index(),
                                 arena.generation(), &now));
    return now.allocated;
  }

  template <typename T>
  ArenaAllocator<T> In(const Arena& arena) const {
    return ArenaAllocator<T>(arena.ref());
  }

  std::unique_ptr<MemoryService> service_;
  Arena tenant_;
  Arena other_;
};

TEST_F(ContainersTest, LiveInTheArenaOfTheirAllocator) {
  using Text =
      std::basic_string<char, std::char_traits<char>, ArenaAllocator<char>>;
  {
    std::vector<int, ArenaAllocator<int>> numbers(In<int>(tenant_));
    std::map<int, int, std::less<>, ArenaAllocator<std::pair<const int, int>>>
        tree(In<std::pair<const int, int>>(tenant_));
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>,
                       ArenaAllocator<std::pair<const int, int>>>
        table(In<std::pair<const int, int>>(tenant_));
    std::list<Line, ArenaAllocator<Line>> lines(In<Line>(tenant_));
    Text text(In<char>(tenant_));
    for (int i = 0; i < 1000; ++i) {
      numbers.push_back(i);
      tree[i] = i;
      table[i] = i;
      lines.push_back({i});
      EXPECT_EQ(reinterpret_cast<uintptr_t>(&lines.back()) % 64, 0u);
      text += "some text ";
    }
    EXPECT_EQ(numbers[999] + tree[999] + table[999] + lines.back().value,
              4 * 999);
    EXPECT_EQ(text.size(), 10000u);
    EXPECT_GT(Allocated(tenant_), 1000u * (4 + 40 + 16 + 64) + 10000u);
    EXPECT_EQ(Allocated(other_), 0u);
  }
  EXPECT_EQ(Allocated(tenant_), 0u);
}

TEST_F(ContainersTest, ARefusalIsBadAllocAndLeavesTheContainerAsItWas) {
  ASSERT_TRUE(tenant_.SetHardLimit(1 << 20).ok());
  std::vector<int, ArenaAllocator<int>> numbers(In<int>(tenant_));
  for (int i = 0; i < 1000; ++i) numbers.push_back(i);
  EXPECT_THROW(numbers.reserve(1 << 20), std::bad_alloc);
  EXPECT_THROW(
      static_cast<void>(numbers.get_allocator().allocate(SIZE_MAX / 2)),
      std::bad_array_new_length);
  ASSERT_EQ(numbers.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(numbers[i], i);
  numbers.push_back(1000);
  EXPECT_EQ(numbers.back(), 1000);
}

TEST_F(ContainersTest, PmrContainersLiveInAnArena) {
  ArenaResource memory(tenant_.ref());
  {
    std::pmr::vector<std::pmr::string> rows(&memory);
    for (int i = 0; i < 100; ++i) rows.emplace_back(200, 'x');
    EXPECT_GT(Allocated(tenant_), 100u * 200);
  }
  EXPECT_EQ(Allocated(tenant_), 0u);
  EXPECT_TRUE(memory.is_equal(ArenaResource(tenant_.ref())));
  EXPECT_FALSE(memory.is_equal(ArenaResource(other_.ref())));
  EXPECT_FALSE(memory.is_equal(*std::pmr::new_delete_resource()));
}

TEST_F(ContainersTest, PmrContainersLiveInATcache) {
  Tcache tcache = tenant_.OpenTcache();
  TcacheResource memory(&tcache);
  {
    std::pmr::map<int, std::pmr::string> rows(&memory);
    for (int i = 0; i < 1000; ++i) rows[i] = std::pmr::string(i, 'x');
    EXPECT_EQ(rows[999].size(), 999u);
    EXPECT_GT(Allocated(tenant_), 100000u);
  }
  tcache.Close();
  EXPECT_EQ(Allocated(tenant_), 0u);
  EXPECT_THROW(static_cast<void>(memory.allocate(8)), std::bad_alloc);
}

TEST_F(ContainersTest, EveryAlignmentIsFreedAsItWasAllocated) {
  Tcache tcache = tenant_.OpenTcache();
  TcacheResource cached(&tcache);
  ArenaResource direct(tenant_.ref());
  for (std::pmr::memory_resource* memory :
       {static_cast<std::pmr::memory_resource*>(&cached),
        static_cast<std::pmr::memory_resource*>(&direct)}) {
    for (size_t alignment = 1; alignment <= 1 << 20; alignment *= 2) {
      for (size_t bytes : {0, 1, 24, 40, 100, 5000, 20000}) {
        void* p = memory->allocate(bytes, alignment);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
        memory->deallocate(p, bytes, alignment);
      }
    }
  }
  tcache.Close();
  EXPECT_EQ(Allocated(tenant_), 0u);
  service_->domain().Verify();
}

TEST_F(ContainersTest, PmrContainersLiveInARegionUntilItIsDropped) {
  Region region = tenant_.OpenRegion();
  RegionResource memory(&region);
  for (int round = 0; round < 3; ++round) {
    {
      std::pmr::unordered_map<int, std::pmr::string> rows(&memory);
      for (int i = 0; i < 1000; ++i) rows[i] = "a string beyond the small one";
      EXPECT_EQ(rows.size(), 1000u);
    }
    EXPECT_GT(region.bytes(), 1000u * 30);
    region.Drop();
  }
  EXPECT_THROW(static_cast<void>(memory.allocate(8, 1 << 20)), std::bad_alloc);
}

}  // namespace
}  // namespace acre
