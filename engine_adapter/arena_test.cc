// Owners and refs of arenas, and the tcaches and regions that they open.

#include "engine_adapter/arena.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocator/base/check.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

constexpr size_t kMiB = size_t{1} << 20;

class ArenaTest : public testing::Test {
 protected:
  ArenaTest()
      : service_(MemoryService::Create(
                     {.misuse_policy = MisusePolicy::kReportAndLeak,
                      .on_misuse =
                          [](void* self, const MisuseReport& report) {
                            static_cast<ArenaTest*>(self)->misuses_.push_back(
                                report.rule);
                          },
                      .on_misuse_context = this})
                     .value()) {}
  ~ArenaTest() override { service_->domain().Verify(); }

  Arena NewArena(const ArenaOptions& options = {}) {
    return service_->CreateArena(options).value();
  }
  uint64_t Live(const ArenaRef& ref) const {
    return ref.live()->LiveAllocations();
  }

  std::vector<allocator::MisuseRule> misuses_;
  std::unique_ptr<MemoryService> service_;
};

// --- Owning
// -------------------------------------------------------------------------

TEST_F(ArenaTest, ADefaultArenaOwnsNothing) {
  Arena none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.Allocate(10), nullptr);
  EXPECT_EQ(none.name(), "");
  EXPECT_EQ(none.charged_bytes(), 0u);
  EXPECT_FALSE(none.OpenTcache().valid());
  EXPECT_FALSE(none.OpenRegion().valid());
  EXPECT_EQ(none.Destroy(DestroyPolicy::kDiscard).code(),
            StatusCode::kNotFound);
  EXPECT_EQ(none.Reset().message(), "no arena");
}

TEST_F(ArenaTest, MovingHandsTheArenaOver) {
  Arena first = NewArena({.name = "a"});
  const ArenaRef ref = first.ref();
  Arena second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.ref(), ref);
  Arena third = NewArena({.name = "b"});
  const ArenaRef replaced = third.ref();
  third = std::move(second);
  EXPECT_TRUE(ref.valid());
  EXPECT_FALSE(replaced.valid()) << "what was owned before is destroyed";
  EXPECT_EQ(service_->FindArena("b").status().code(), StatusCode::kNotFound);
  Arena& same = third;
  third = std::move(same);
  EXPECT_TRUE(ref.valid());
}

TEST_F(ArenaTest, TheDestructorDestroysWithEverythingInIt) {
  ArenaRef ref;
  {
    Arena arena = NewArena();
    ref = arena;
    ASSERT_NE(arena.Allocate(100), nullptr);
  }
  EXPECT_FALSE(ref.valid());
  EXPECT_EQ(service_->domain().live_arenas(), 1u);
}

TEST_F(ArenaTest, DestroyingMayFailIfAnythingIsAllocated) {
  Arena arena = NewArena({.name = "tenant-7"});
  void* p = arena.Allocate(100);
  void* q = arena.Allocate(20000);
  const absl::Status status = arena.Destroy(DestroyPolicy::kFailIfAllocated);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "arena \"tenant-7\": 2 allocations of 20592 B are alive");
  EXPECT_TRUE(arena.valid());
  arena.Deallocate(p);
  arena.Deallocate(q, 20000);
  EXPECT_TRUE(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  EXPECT_FALSE(arena.valid());
  EXPECT_EQ(arena.Destroy(DestroyPolicy::kDiscard).code(),
            StatusCode::kNotFound);
}

TEST_F(ArenaTest, WhatIsCachedOrParkedDoesNotKeepAnArena) {
  Arena arena = NewArena();
  Tcache tcache = arena.OpenTcache();
  tcache.Deallocate(tcache.Allocate(100));
  Region region = arena.OpenRegion();
  ASSERT_NE(region.Allocate(100), nullptr);
  EXPECT_FALSE(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  region.Drop();
  EXPECT_TRUE(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

TEST_F(ArenaTest, DiscardingTakesEverything) {
  Arena arena = NewArena();
  for (size_t i = 1; i < 1000; ++i) ASSERT_NE(arena.Allocate(i * 30), nullptr);
  EXPECT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_EQ(service_->domain().total().charged(),
            service_->system_arena().charged_bytes());
}

// --- Refs
// ---------------------------------------------------------------------------

TEST_F(ArenaTest, ARefNamesWithoutOwning) {
  Arena arena = NewArena({.name = "a"});
  {
    const ArenaRef ref = arena;
    const ArenaRef copy = ref;
    EXPECT_EQ(copy, ref);
    EXPECT_EQ(copy.name(), "a");
    EXPECT_EQ(copy.index(), arena.index());
    EXPECT_EQ(copy.generation(), arena.generation());
  }
  EXPECT_TRUE(arena.valid());
}

TEST_F(ArenaTest, AStaleRefIsAnErrorNotACrash) {
  Arena arena = NewArena({.name = "a"});
  const ArenaRef ref = arena;
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  Arena successor = NewArena({.name = "b"});
  ASSERT_EQ(successor.index(), ref.index());
  EXPECT_FALSE(ref.valid());
  EXPECT_NE(ref, successor.ref());
  EXPECT_EQ(ref.Allocate(100), nullptr);
  EXPECT_EQ(ref.AllocateAligned(100, 64), nullptr);
  EXPECT_EQ(ref.AllocateZeroed(100), nullptr);
  EXPECT_EQ(ref.AllocateAtLeast(100).ptr, nullptr);
  EXPECT_EQ(ref.AllocateAtLeast(100).usable, 0u);
  EXPECT_EQ(ref.Reallocate(nullptr, 100), nullptr);
  EXPECT_FALSE(ref.OpenTcache().valid());
  EXPECT_FALSE(ref.OpenRegion().valid());
  EXPECT_EQ(ref.charged_bytes(), 0u);
  EXPECT_EQ(ref.name(), "");
  const std::string gone = "arena " + std::to_string(ref.index()) +
                           " generation " + std::to_string(ref.generation()) +
                           " is gone";
  for (const absl::Status& status :
       {ref.Reset(), ref.Purge().status(), ref.SetHardLimit(0)}) {
    EXPECT_EQ(status.code(), StatusCode::kNotFound);
    EXPECT_EQ(status.message(), gone);
  }
  // It still frees what others own.
  ref.Deallocate(successor.Allocate(100));
  ref.Deallocate(successor.Allocate(100), 100);
  EXPECT_EQ(Live(successor), 0u);
  EXPECT_TRUE(misuses_.empty());
}

// --- Allocating
// -----------------------------------------------------------------------

TEST_F(ArenaTest, AnArenaServesWhatOutlivesQueries) {
  Arena arena = NewArena();
  void* p = arena.Allocate(100);
  EXPECT_EQ(arena.UsableSize(p), 112u);
  EXPECT_EQ(arena.UsableSize(nullptr), 0u);
  EXPECT_TRUE(arena.ResizeInPlace(p, 112));
  EXPECT_FALSE(arena.ResizeInPlace(p, 113));
  const AllocationResult result = arena.AllocateAtLeast(100);
  EXPECT_EQ(result.usable, 112u);
  arena.Deallocate(result.ptr, result.usable);
  auto* zeroed = static_cast<char*>(arena.AllocateZeroed(5000));
  EXPECT_TRUE(std::all_of(zeroed, zeroed + 5000, [](char c) { return !c; }));
  arena.Deallocate(zeroed);
  void* aligned = arena.AllocateAligned(100, 4096);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % 4096, 0u);
  arena.Deallocate(aligned, 100, 4096);
  memset(p, 3, 100);
  p = arena.Reallocate(p, 100000);
  EXPECT_EQ(static_cast<char*>(p)[99], 3);
  arena.Deallocate(p);
  arena.Deallocate(nullptr);
  arena.Deallocate(nullptr, 10);
  EXPECT_EQ(Live(arena), 0u);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(ArenaTest, ASizedFreeOfAnotherClassIsMisuse) {
  using allocator::MisuseRule;
  Arena arena = NewArena();
  void* p = arena.Allocate(100);
  arena.Deallocate(p, 113);
  arena.Deallocate(p, SIZE_MAX);
  arena.Deallocate(p, 100, 4096);
  arena.Deallocate(p, 100, 0);
  EXPECT_EQ(misuses_, std::vector<MisuseRule>(4, MisuseRule::kWrongSize));
  EXPECT_EQ(Live(arena), 1u);
  arena.Deallocate(p, 100);
  EXPECT_EQ(Live(arena), 0u);
}

TEST_F(ArenaTest, MemoryOfAnotherArenaGoesHomeAndIsCounted) {
  Arena arena = NewArena();
  Arena other = NewArena();
  arena.Deallocate(other.Allocate(100));
  arena.Deallocate(other.Allocate(100), 100);
  EXPECT_EQ(Live(other), 0u);
  EXPECT_EQ(other.ref().live()->foreign_frees.Get(), 2u);
  void* p = other.Allocate(100);
  p = arena.Reallocate(p, 1000);
  EXPECT_EQ(service_->ArenaOf(p), arena.ref());
  EXPECT_EQ(Live(other), 0u);
}

TEST_F(ArenaTest, TheHardLimitCanBeSetAndLifted) {
  Arena arena = NewArena();
  void* p = arena.Allocate(2 * kMiB);
  ASSERT_TRUE(arena.SetHardLimit(kMiB).ok());
  EXPECT_EQ(arena.Allocate(100), nullptr) << "below what is charged";
  arena.Deallocate(p);
  EXPECT_NE(arena.Allocate(100), nullptr);
  EXPECT_EQ(arena.Allocate(2 * kMiB), nullptr);
  ASSERT_TRUE(arena.SetHardLimit(0).ok());
  EXPECT_NE(arena.Allocate(2 * kMiB), nullptr);
}

TEST_F(ArenaTest, PurgingReturnsTheBytesThatWent) {
  Arena arena = NewArena();
  arena.Deallocate(arena.Allocate(kMiB));
  const uint64_t charged = arena.charged_bytes();
  EXPECT_EQ(arena.Purge().value(), kMiB);
  EXPECT_EQ(arena.Purge().value(), 0u);
  EXPECT_LE(arena.charged_bytes(), charged - kMiB);
}

TEST_F(ArenaTest, ResettingEndsEveryAllocationAndKeepsTheArena) {
  Arena arena = NewArena({.name = "a"});
  const ArenaRef ref = arena;
  Tcache tcache = arena.OpenTcache();
  Region region = arena.OpenRegion();
  ASSERT_NE(tcache.Allocate(100), nullptr);
  ASSERT_NE(region.Allocate(100), nullptr);
  ASSERT_NE(arena.Allocate(100000), nullptr);
  ASSERT_TRUE(arena.Reset().ok());
  EXPECT_EQ(Live(arena), 0u);
  EXPECT_TRUE(ref.valid());
  EXPECT_FALSE(tcache.valid());
  EXPECT_FALSE(region.valid());
  EXPECT_EQ(tcache.Allocate(100), nullptr);
  EXPECT_EQ(region.Allocate(100), nullptr);
  EXPECT_NE(arena.Allocate(100), nullptr);
  EXPECT_NE(arena.OpenTcache().Allocate(100), nullptr);
}

// --- Tcaches and regions
// ------------------------------------------------------------------

TEST_F(ArenaTest, MovingATcacheHandsItsContentOver) {
  if (allocator::kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing";
  Arena arena = NewArena();
  Tcache first = arena.OpenTcache();
  void* p = first.Allocate(100);
  first.Deallocate(p);
  const uint64_t held = first.cached_bytes();
  EXPECT_GT(held, 0u);
  Tcache second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.cached_bytes(), 0u);
  EXPECT_EQ(second.cached_bytes(), held);
  Tcache third = arena.OpenTcache();
  ASSERT_NE(third.Allocate(5000), nullptr);
  third = std::move(second);
  EXPECT_EQ(third.Allocate(100), p);
  EXPECT_EQ(arena.ref().live()->caches.counts().parked_tcaches, 1u)
      << "the one it had before";
}

TEST_F(ArenaTest, ATcacheClosesWithItsScopeAndIsWarmForTheNext) {
  if (allocator::kCheckedBuild) GTEST_SKIP() << "tcaches keep nothing";
  Arena arena = NewArena();
  void* p = nullptr;
  {
    Tcache tcache = arena.OpenTcache();
    p = tcache.Allocate(100);
    tcache.Deallocate(p, 100);
  }
  Tcache next = arena.OpenTcache();
  EXPECT_EQ(next.Allocate(100), p);
  next.Close();
  next.Close();
  EXPECT_FALSE(next.valid());
}

TEST_F(ArenaTest, ATcacheAllocatesLikeItsArena) {
  Arena arena = NewArena();
  Tcache tcache = arena.OpenTcache();
  const AllocationResult result = tcache.AllocateAtLeast(1000);
  EXPECT_EQ(result.usable, 1024u);
  tcache.Deallocate(result.ptr, result.usable);
  for (size_t alignment : {8, 64, 4096, 1 << 20}) {
    void* p = tcache.AllocateAligned(100, alignment);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
    tcache.Deallocate(p, 100, alignment);
  }
  EXPECT_EQ(tcache.AllocateAtLeast(SIZE_MAX).ptr, nullptr);
  EXPECT_EQ(tcache.AllocateAtLeast(SIZE_MAX).usable, 0u);
  EXPECT_EQ(Live(arena), 0u);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(ArenaTest, MovingARegionHandsItsMemoryOver) {
  Arena arena = NewArena();
  Region first = arena.OpenRegion();
  auto* p = static_cast<char*>(first.Allocate(100));
  Region second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.bytes(), 0u);
  EXPECT_EQ(second.Allocate(1, 1), p + 100);
  Region third = arena.OpenRegion();
  ASSERT_NE(third.Allocate(100), nullptr);
  third = std::move(second);
  EXPECT_EQ(third.Allocate(1, 1), p + 101);
  EXPECT_EQ(arena.ref().live()->caches.counts().parked_blocks, 1u)
      << "the block it had before";
  third.Close();
  third.Close();
  EXPECT_EQ(Live(arena), 0u);
}

TEST_F(ArenaTest, TcachesAndRegionsMayOutliveTheirArena) {
  Arena arena = NewArena();
  Tcache tcache = arena.OpenTcache();
  Region region = arena.OpenRegion();
  ASSERT_NE(tcache.Allocate(100), nullptr);
  ASSERT_NE(region.Allocate(100), nullptr);
  arena = Arena();
  EXPECT_EQ(tcache.Allocate(100), nullptr);
  EXPECT_EQ(region.Allocate(100), nullptr);
  EXPECT_EQ(tcache.cached_bytes(), 0u);
  EXPECT_EQ(region.bytes(), 0u);
}

}  // namespace
}  // namespace acre
