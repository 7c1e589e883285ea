// How the allocator behaves as the standard's containers see it: equality,
// rebinding, and what travels when containers are copied, moved and swapped.

#include "engine_adapter/std/arena_allocator.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <scoped_allocator>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

using Numbers = std::vector<int, ArenaAllocator<int>>;
using Text =
    std::basic_string<char, std::char_traits<char>, ArenaAllocator<char>>;
using Tree =
    std::map<int, int, std::less<>, ArenaAllocator<std::pair<const int, int>>>;
using Table = std::unordered_map<int, int, std::hash<int>, std::equal_to<>,
                                 ArenaAllocator<std::pair<const int, int>>>;

struct alignas(8192) Huge {
  char bytes[8192];
};

class ArenaAllocatorTest : public testing::Test {
 protected:
  ~ArenaAllocatorTest() override { service_->domain().Verify(); }

  template <typename T>
  static ArenaAllocator<T> In(const Arena& arena) {
    return ArenaAllocator<T>(arena.ref());
  }
  static uint64_t Live(const Arena& arena) {
    return arena.ref().live()->LiveAllocations();
  }
  static uint64_t Foreign(const Arena& arena) {
    return arena.ref().live()->foreign_frees.Get();
  }

  std::unique_ptr<MemoryService> service_ = MemoryService::Create({}).value();
  Arena tenant_ = service_->CreateArena({.name = "tenant"}).value();
  Arena other_ = service_->CreateArena({.name = "other"}).value();
};

TEST_F(ArenaAllocatorTest, AllocatorsOfOneArenaAreEqualWhateverTheirType) {
  EXPECT_TRUE(In<int>(tenant_) == In<int>(tenant_));
  EXPECT_TRUE(In<int>(tenant_) == In<std::string>(tenant_));
  EXPECT_FALSE(In<int>(tenant_) == In<int>(other_));
  EXPECT_TRUE(In<int>(tenant_) != In<char>(other_));
  const ArenaAllocator<char> rebound = In<int>(tenant_);
  EXPECT_EQ(rebound.arena(), tenant_.ref());
}

TEST_F(ArenaAllocatorTest, TraitsAreAsDocumented) {
  using Traits = std::allocator_traits<ArenaAllocator<int>>;
  static_assert(!Traits::propagate_on_container_copy_assignment::value);
  static_assert(Traits::propagate_on_container_move_assignment::value);
  static_assert(Traits::propagate_on_container_swap::value);
  static_assert(!Traits::is_always_equal::value);
  static_assert(!std::is_default_constructible_v<ArenaAllocator<int>>);
  static_assert(std::is_nothrow_move_assignable_v<Numbers>);
  static_assert(
      std::is_same_v<Traits::rebind_alloc<char>, ArenaAllocator<char>>);
  static_assert(sizeof(ArenaAllocator<int>) == sizeof(ArenaRef));
}

TEST_F(ArenaAllocatorTest, OneAllocatesWhatAnEqualOneFrees) {
  ArenaAllocator<int> one = In<int>(tenant_);
  ArenaAllocator<int> equal = In<int>(tenant_);
  equal.deallocate(one.allocate(100), 100);
  EXPECT_EQ(Live(tenant_), 0u);
  EXPECT_EQ(Foreign(tenant_), 0u);
}

TEST_F(ArenaAllocatorTest, TypesAlignedAboveAPageAreServed) {
  std::vector<Huge, ArenaAllocator<Huge>> all(In<Huge>(tenant_));
  for (int i = 0; i < 5; ++i) {
    all.emplace_back();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(all.data()) % alignof(Huge), 0u);
  }
  all.clear();
  all.shrink_to_fit();
  EXPECT_EQ(Live(tenant_), 0u);
}

TEST_F(ArenaAllocatorTest, MovingHandsTheMemoryOverArenaAndAll) {
  Numbers from(1000, 7, In<int>(tenant_));
  const int* data = from.data();
  Numbers to(10, 1, In<int>(other_));
  to = std::move(from);
  EXPECT_EQ(to.data(), data);
  EXPECT_EQ(to.get_allocator().arena(), tenant_.ref());
  EXPECT_EQ(Live(other_), 0u) << "what it held before";
  Numbers constructed(std::move(to));
  EXPECT_EQ(constructed.data(), data);
}

TEST_F(ArenaAllocatorTest, SwappingExchangesMemoryArenasAndAll) {
  Tree one({{1, 1}, {2, 2}}, In<std::pair<const int, int>>(tenant_));
  Tree two({{3, 3}}, In<std::pair<const int, int>>(other_));
  swap(one, two);
  EXPECT_EQ(one.get_allocator().arena(), other_.ref());
  EXPECT_EQ(two.get_allocator().arena(), tenant_.ref());
  one.clear();
  EXPECT_EQ(Live(other_), 0u);
  EXPECT_EQ(Live(tenant_), 2u);
}

TEST_F(ArenaAllocatorTest, WhatIsCopyAssignedLandsInTheTargetsTenant) {
  Numbers from(1000, 7, In<int>(tenant_));
  Numbers to(In<int>(other_));
  to = from;
  EXPECT_EQ(to, from);
  EXPECT_EQ(to.get_allocator().arena(), other_.ref());
  EXPECT_EQ(service_->ArenaOf(to.data()), other_.ref());

  Table table({{1, 1}, {2, 2}}, 10, In<std::pair<const int, int>>(tenant_));
  Table copy(In<std::pair<const int, int>>(other_));
  copy = table;
  EXPECT_EQ(copy, table);
  for (const auto& entry : copy) {
    EXPECT_EQ(service_->ArenaOf(&entry), other_.ref());
  }
}

TEST_F(ArenaAllocatorTest, ACopyLivesWhereItsSourceDoesUnlessToldOtherwise) {
  const Numbers from(1000, 7, In<int>(tenant_));
  const Numbers copy(from);
  EXPECT_EQ(service_->ArenaOf(copy.data()), tenant_.ref());
  const Numbers elsewhere(from, In<int>(other_));
  EXPECT_EQ(service_->ArenaOf(elsewhere.data()), other_.ref());
  EXPECT_EQ(elsewhere, from);
}

TEST_F(ArenaAllocatorTest, MovingToAnotherTenantMovesElementByElement) {
  std::vector<std::unique_ptr<int>, ArenaAllocator<std::unique_ptr<int>>> from(
      In<std::unique_ptr<int>>(tenant_));
  from.push_back(std::make_unique<int>(5));
  decltype(from) to(std::move(from), In<std::unique_ptr<int>>(other_));
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(*to[0], 5);
  EXPECT_EQ(service_->ArenaOf(to.data()), other_.ref());
}

TEST_F(ArenaAllocatorTest, NoFreeIsEverForeign) {
  {
    Numbers a(100, 1, In<int>(tenant_));
    Numbers b(200, 2, In<int>(other_));
    Numbers c(a);
    b = a;
    c = std::move(b);
    swap(a, c);
    a.resize(10000);
    c.resize(10000);
  }
  EXPECT_EQ(Live(tenant_) + Live(other_), 0u);
  EXPECT_EQ(Foreign(tenant_) + Foreign(other_), 0u);
}

TEST_F(ArenaAllocatorTest, NestedContainersLiveInTheTenantThroughAScopedOne) {
  using Row =
      std::vector<Text, std::scoped_allocator_adaptor<ArenaAllocator<Text>>>;
  {
    Row row(In<Text>(tenant_));
    for (int i = 0; i < 10; ++i) row.emplace_back(100, 'x');
    for (const Text& text : row) {
      EXPECT_EQ(service_->ArenaOf(text.data()), tenant_.ref());
    }
  }
  EXPECT_EQ(Live(tenant_), 0u);
}

TEST_F(ArenaAllocatorTest, SharedObjectsLiveInTheTenant) {
  std::shared_ptr<int> shared = std::allocate_shared<int>(In<int>(tenant_), 5);
  EXPECT_EQ(service_->ArenaOf(shared.get()), tenant_.ref());
  const std::weak_ptr<int> weak = shared;
  shared.reset();
  EXPECT_EQ(Live(tenant_), 1u) << "the control block";
}

TEST_F(ArenaAllocatorTest, ARefusedInsertionLeavesTheContainerAsItWas) {
  ASSERT_TRUE(tenant_.SetHardLimit(256 << 10).ok());
  Tree tree(In<std::pair<const int, int>>(tenant_));
  Table table(In<std::pair<const int, int>>(tenant_));
  Text text(In<char>(tenant_));
  text = "as it was";
  int entries = 0;
  try {
    for (;; ++entries) {
      tree.emplace(entries, entries);
      table.emplace(entries, entries);
    }
  } catch (const std::bad_alloc&) {
  }
  EXPECT_GT(entries, 1000);
  EXPECT_GE(tree.size(), static_cast<size_t>(entries));
  EXPECT_EQ(table.size(), static_cast<size_t>(entries));
  for (int i = 0; i < entries; ++i) {
    ASSERT_EQ(tree.at(i), i);
    ASSERT_EQ(table.at(i), i);
  }
  EXPECT_THROW(text.append(1 << 20, 'x'), std::bad_alloc);
  EXPECT_EQ(text, "as it was");
  table.erase(0);
  EXPECT_TRUE(table.emplace(0, 0).second) << "what is freed serves again";
}

TEST_F(ArenaAllocatorTest, AnArenaThatIsGoneIsBadAlloc) {
  ArenaAllocator<int> allocator = In<int>(tenant_);
  ASSERT_TRUE(tenant_.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_THROW(static_cast<void>(allocator.allocate(1)), std::bad_alloc);
}

}  // namespace
}  // namespace acre
