// Purging, limits, refusals by the system, and giving everything back.

#include <cstdint>
#include <vector>

#include "allocator/os/os.h"
#include "allocator/page/page_allocator.h"
#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

using testing::OsCall;

class PageAllocatorLimitsTest : public ::testing::Test {
 protected:
  ~PageAllocatorLimitsTest() override {
    shared_.ranges.Verify();
    EXPECT_TRUE(shared_.os.violations().empty());
  }

  TestSupply shared_;
};

// Frees extents of these sizes, with active ones in between.
void MakeDirty(TestPages* arena, std::vector<uint64_t> sizes) {
  std::vector<Extent*> extents;
  for (uint64_t size : sizes) {
    extents.push_back(arena->AllocateUsed(size));
    arena->Allocate(4);
  }
  for (Extent* extent : extents) arena->pages.Free(extent);
}

TEST_F(PageAllocatorLimitsTest, PurgingStopsWhenEnoughIsGoneLargestFirst) {
  TestPages arena(&shared_);
  MakeDirty(&arena, {10, 100, 30});
  ASSERT_EQ(arena.dirty(), 140u);
  EXPECT_EQ(arena.pages.Purge(PageCount(0)), PageCount(0));
  EXPECT_EQ(arena.pages.Purge(PageCount(50)), PageCount(100));
  EXPECT_EQ(arena.dirty(), 40u);
  EXPECT_EQ(arena.pages.Purge(PageCount(16)), PageCount(30));
  // Of one that is much larger than what is asked for, only the end goes.
  EXPECT_EQ(arena.pages.Purge(PageCount(4)), PageCount(4));
  EXPECT_EQ(arena.dirty(), 6u);
  EXPECT_EQ(arena.pages.Purge(PageCount(100)), PageCount(6));
  EXPECT_EQ(arena.pages.Purge(PageCount(1)), PageCount(0));
  EXPECT_EQ(arena.pages.purges(), 4u);
  EXPECT_EQ(arena.pages.purged_pages(), 140u);
}

TEST_F(PageAllocatorLimitsTest, PurgedPagesAreNeitherResidentNorCharged) {
  TestPages arena(&shared_);
  Extent* extent = arena.AllocateUsed(64);
  void* const base = extent->address();
  const uint64_t charged = arena.quota.charged();
  arena.pages.Free(extent);
  EXPECT_EQ(arena.quota.charged(), charged);
  EXPECT_EQ(ResidentBytes(base, 64 * kPageSize), 64 * kPageSize);
  arena.pages.Purge(PageCount(64));
  EXPECT_EQ(ResidentBytes(base, 64 * kPageSize), 0u);
  EXPECT_EQ(arena.quota.charged(), arena.pages.sizes().metadata);
}

TEST_F(PageAllocatorLimitsTest, LazilyPurgedPagesAreMuzzyThenGo) {
  TestPages arena(&shared_);
  using Mode = PageAllocator::PurgeMode;
  Extent* extent = arena.AllocateUsed(64);
  void* const base = extent->address();
  arena.pages.Free(extent);
  const uint64_t charged = arena.quota.charged();
  EXPECT_EQ(
      arena.pages.PurgeFrom(ExtentState::kDirty, Mode::kLazily, PageCount(24)),
      PageCount(24));
  EXPECT_EQ(arena.dirty(), 40u);
  EXPECT_EQ(arena.pages.sizes().muzzy, 24 * kPageSize);
  EXPECT_EQ(arena.pages.lazily_purged_pages(), 24u);
  // Until the system takes them they are there, and charged: there is one
  // descriptor more.
  EXPECT_EQ(arena.quota.charged(), charged + sizeof(Extent));
  arena.pages.Verify();
  // What is unused is dirty first, then muzzy, when pages are needed again.
  ASSERT_NE(arena.Allocate(40), nullptr);
  EXPECT_EQ(arena.dirty(), 0u);
  Extent* again = arena.Allocate(12);
  EXPECT_FALSE(arena.zeroed);
  EXPECT_EQ(arena.pages.sizes().muzzy, 12 * kPageSize);
  arena.pages.Verify();
  // And at last they are given back.
  EXPECT_EQ(arena.pages.Purge(PageCount(100)), PageCount(12));
  EXPECT_EQ(arena.pages.sizes().muzzy, 0u);
  EXPECT_GE(again->address(), base);
  arena.pages.Verify();
}

TEST_F(PageAllocatorLimitsTest, MuzzyPagesReachNoOtherArenaWithContent) {
  TestPages first(&shared_);
  Extent* extent = first.AllocateUsed(300);
  first.pages.Free(extent);
  first.pages.PurgeFrom(ExtentState::kDirty, PageAllocator::PurgeMode::kLazily,
                        PageCount(300));
  shared_.os.FailFrom(0, testing::OsCall::kPurge);
  first.pages.DiscardAll();
  first.pages.ReleaseAll();
  shared_.os.FailNever();
  TestPages second(&shared_, 2);
  Extent* other = second.Allocate(300);
  EXPECT_TRUE(second.zeroed);
  EXPECT_TRUE(ReadsAsZero(*other));
}

TEST_F(PageAllocatorLimitsTest, OnePageThatIsRefusedDoesNotKeepOthers) {
  TestPages arena(&shared_);
  MakeDirty(&arena, {100, 30, 20, 10});
  shared_.os.FailNth(0, testing::OsCall::kPurge);  // The largest.
  EXPECT_EQ(arena.pages.Purge(PageCount(1000)), PageCount(60));
  EXPECT_EQ(arena.dirty(), 100u);
  arena.pages.Verify();
  EXPECT_EQ(arena.pages.Purge(PageCount(1000)), PageCount(100));
}

TEST_F(PageAllocatorLimitsTest, ManyDirtyExtentsAreAllPurged) {
  TestPages arena(&shared_);
  MakeDirty(&arena, std::vector<uint64_t>(100, 3));
  EXPECT_EQ(arena.pages.Purge(PageCount(UINT64_MAX)), PageCount(300));
  EXPECT_EQ(arena.dirty(), 0u);
  arena.pages.Verify();
}

TEST_F(PageAllocatorLimitsTest, WhatTheSystemDoesNotTakeStaysDirtyAndCharged) {
  TestPages arena(&shared_);
  MakeDirty(&arena, {10, 20});
  const uint64_t charged = arena.quota.charged();
  shared_.os.FailFrom(0, OsCall::kPurge);
  EXPECT_EQ(arena.pages.Purge(PageCount(UINT64_MAX)), PageCount(0));
  EXPECT_EQ(arena.dirty(), 30u);
  EXPECT_EQ(arena.quota.charged(), charged);
  arena.pages.Verify();
  shared_.os.FailNth(1, OsCall::kPurge);
  EXPECT_EQ(arena.pages.Purge(PageCount(UINT64_MAX)), PageCount(20));
  EXPECT_EQ(arena.dirty(), 10u);
  shared_.os.FailNever();
}

TEST_F(PageAllocatorLimitsTest, LongRetainedRunsGoBackToTheSharedRanges) {
  TestPages arena(&shared_);
  MakeDirty(&arena, {511, 512, 1024});
  const uint64_t retained = arena.retained();
  const size_t shared = shared_.ranges.free_bytes();
  EXPECT_EQ(arena.pages.PurgeAll(), PageCount(2047));
  EXPECT_EQ(arena.dirty(), 0u);
  // 511 pages stay, and what was retained and short before.
  EXPECT_GE(arena.retained(), 511u);
  EXPECT_LE(arena.retained(), retained + 511u);
  EXPECT_GE(shared_.ranges.free_bytes(), shared + 1536 * kPageSize);
  arena.pages.Verify();
}

TEST_F(PageAllocatorLimitsTest, ALimitRefusesAndSaysWhich) {
  TestPages arena(&shared_, 1, 64 * kPageSize);
  EXPECT_EQ(arena.Allocate(64), nullptr);
  EXPECT_EQ(arena.failure, PageFailure::kArenaLimit);
  ASSERT_NE(arena.Allocate(40), nullptr);
  EXPECT_EQ(arena.failure, PageFailure::kNone);
  const uint64_t charged = arena.quota.charged();
  EXPECT_EQ(arena.Allocate(24), nullptr);
  EXPECT_EQ(arena.failure, PageFailure::kArenaLimit);
  EXPECT_EQ(arena.quota.charged(), charged);
  EXPECT_NE(arena.Allocate(20), nullptr);
}

TEST_F(PageAllocatorLimitsTest, TheServicesLimitIsToldApart) {
  TestPages arena(&shared_, 1);
  TestPages other(&shared_, 2);
  ASSERT_NE(other.Allocate(50), nullptr);
  shared_.total.set_limit(64 * kPageSize);
  EXPECT_EQ(arena.Allocate(20), nullptr);
  EXPECT_EQ(arena.failure, PageFailure::kServiceLimit);
  EXPECT_NE(arena.Allocate(8), nullptr);
}

TEST_F(PageAllocatorLimitsTest, AtALimitTheArenasOwnDirtyPagesGoFirst) {
  for (bool service_limit : {false, true}) {
    TestPages arena(&shared_, 1);
    TestPages other(&shared_, 2);
    // 4 MiB in pieces too small for what is asked for next.
    MakeDirty(&arena, std::vector<uint64_t>(64, 16));
    MakeDirty(&other, {100});
    Quota& limited = service_limit ? shared_.total : arena.quota;
    limited.set_limit(limited.charged());
    EXPECT_NE(arena.Allocate(512), nullptr);
    EXPECT_GE(arena.pages.purged_pages(), 512u);
    EXPECT_LT(arena.pages.purged_pages(), 512u + 32u) << "no more than needed";
    EXPECT_EQ(other.dirty(), 100u) << "another tenant is left alone";
    shared_.total.set_limit(Quota::kUnlimited);
  }
}

TEST_F(PageAllocatorLimitsTest, DirtyPagesAreReusedAtTheLimitWithoutAPurge) {
  TestPages arena(&shared_);
  MakeDirty(&arena, {64});
  arena.quota.set_limit(arena.quota.charged());
  EXPECT_NE(arena.Allocate(64), nullptr);
  EXPECT_EQ(arena.pages.purges(), 0u);
}

TEST_F(PageAllocatorLimitsTest, OutOfMemoryIsNoLimitAndChargesNothing) {
  TestPages arena(&shared_);
  ASSERT_NE(arena.Allocate(4), nullptr);
  const uint64_t charged = arena.quota.charged();
  shared_.os.FailFrom(0, OsCall::kMap);
  EXPECT_EQ(arena.Allocate(2048), nullptr);
  EXPECT_EQ(arena.failure, PageFailure::kOutOfMemory);
  EXPECT_EQ(arena.quota.charged(), charged);
  arena.pages.Verify();
  shared_.os.FailNever();
  EXPECT_NE(arena.Allocate(2048), nullptr);
}

TEST_F(PageAllocatorLimitsTest, MetadataOfOtherPartsCountsAgainstTheLimit) {
  TestPages arena(&shared_, 1, 1000);
  EXPECT_TRUE(arena.pages.ChargeMetadata(900));
  PageFailure failure = PageFailure::kNone;
  EXPECT_FALSE(arena.pages.ChargeMetadata(101, &failure));
  EXPECT_EQ(failure, PageFailure::kArenaLimit);
  EXPECT_EQ(arena.pages.sizes().metadata, 900u);
  EXPECT_EQ(arena.quota.charged(), 900u);
  arena.pages.ReleaseMetadata(900);
  EXPECT_EQ(arena.quota.charged(), 0u);
}

TEST_F(PageAllocatorLimitsTest, DiscardingTurnsWhatIsActiveDirty) {
  TestPages arena(&shared_);
  for (uint64_t size : {1, 20, 300}) arena.AllocateUsed(size);
  arena.pages.Allocate(PageCount(5), kPageSize, ClassOf(640), 0,
                       &arena.failure);
  const uint64_t charged = arena.quota.charged();
  arena.pages.DiscardAll();
  arena.pages.Verify();
  EXPECT_EQ(arena.active(), 0u);
  EXPECT_EQ(arena.dirty(), 326u);
  EXPECT_LE(arena.quota.charged(), charged);
}

TEST_F(PageAllocatorLimitsTest, ReleasedArenasLeaveAddressSpaceZeroAndWhole) {
  {
    TestPages arena(&shared_);
    for (uint64_t size : {1, 20, 300, 2000}) arena.AllocateUsed(size);
    MakeDirty(&arena, {7, 70, 700});
    arena.pages.DiscardAll();
    arena.pages.ReleaseAll();
    EXPECT_EQ(arena.quota.charged(), 0u);
    EXPECT_EQ(arena.retained(), 0u);
  }
  EXPECT_EQ(shared_.total.charged(), 0u);
  EXPECT_EQ(shared_.ranges.free_bytes(), shared_.ranges.mapped_bytes());
  EXPECT_EQ(shared_.ranges.mappings(), 1u);
  EXPECT_EQ(shared_.free_extents.live_objects(), 0u);
  EXPECT_EQ(shared_.extents.pool().pool().live_objects(), 1u);
  TestPages next(&shared_, 2);
  EXPECT_TRUE(ReadsAsZero(*next.Allocate(500)));
}

TEST_F(PageAllocatorLimitsTest, ContentCrossesToNobodyEvenIfTheSystemRefuses) {
  uintptr_t base = 0;
  {
    TestPages arena(&shared_, 1);
    base = arena.AllocateUsed(500)->base;
    shared_.os.FailFrom(0, OsCall::kPurge);
  }
  shared_.os.FailNever();
  TestPages next(&shared_, 2);
  Extent* extent = next.Allocate(500);
  ASSERT_EQ(extent->base, base);
  EXPECT_TRUE(next.zeroed);
  EXPECT_TRUE(ReadsAsZero(*extent));
}

TEST_F(PageAllocatorLimitsTest, AnArenaCanBeUsedAgainAfterItWasReleased) {
  TestPages arena(&shared_);
  for (int round = 0; round < 3; ++round) {
    EXPECT_NE(arena.AllocateUsed(100), nullptr);
    arena.pages.DiscardAll();
    arena.pages.ReleaseAll();
    EXPECT_EQ(arena.quota.charged(), 0u);
  }
}

TEST_F(PageAllocatorLimitsTest, AGibibyteAlignedAllocationTouchesNothing) {
  TestPages arena(&shared_);
  Extent* gibibyte = arena.Allocate(size_t{1} << 18, kMaxAlignment);
  ASSERT_NE(gibibyte, nullptr);
  EXPECT_EQ(gibibyte->base % kMaxAlignment, 0u);
  EXPECT_EQ(ResidentBytes(gibibyte->address(), size_t{1} << 30), 0u);
}

}  // namespace
}  // namespace acre::allocator
