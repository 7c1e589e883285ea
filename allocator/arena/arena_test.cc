// What one arena does: allocate, free, resize, count. See domain_test.cc for
// what several do together.

#include "allocator/arena/arena.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::allocator {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

class ArenaTest : public DomainTest {
 protected:
  ArenaTest() : arena_(NewArena()) {}

  void Free(void* p) { domain_->Free(p); }
  PageEntry EntryOf(const void* p) const {
    return domain_->page_map().Get(reinterpret_cast<uintptr_t>(p));
  }
  size_t Usable(const void* p) const {
    return arena_->UsableSize(p, EntryOf(p));
  }

  Arena* arena_;
};

TEST_F(ArenaTest, AnyAllocationHasRoomForItsClass) {
  for (size_t size : {0, 1, 8, 9, 100, 2048, 14336, 14337, 16384, 100000,
                      1 << 20, (1 << 20) + 1, 10 << 20}) {
    void* p = arena_->Allocate(size);
    ASSERT_NE(p, nullptr) << size;
    EXPECT_EQ(Usable(p), ClassSize(ClassOf(size)));
    memset(p, 0xaa, Usable(p));
    Free(p);
  }
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(ArenaTest, AlignmentIsKeptForEverySizeAndPowerOfTwo) {
  for (size_t alignment = 1; alignment <= 4 * kMiB; alignment *= 2) {
    for (size_t size : {0, 1, 24, 100, 4096, 10000, 14337, 50000}) {
      void* p = arena_->AllocateAligned(size, alignment);
      ASSERT_NE(p, nullptr) << size << "@" << alignment;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % alignment, 0u);
      EXPECT_GE(Usable(p), size);
      Free(p);
    }
  }
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(ArenaTest, AlignmentsThatAreNoneAreNullAndNoRefusal) {
  for (size_t alignment :
       {size_t{0}, size_t{3}, size_t{48}, kMaxAlignment * 2, SIZE_MAX}) {
    EXPECT_EQ(arena_->AllocateAligned(100, alignment), nullptr) << alignment;
  }
  EXPECT_TRUE(refusals_.empty());
}

TEST_F(ArenaTest, SizesBeyondTheGreatestAreOutOfMemory) {
  for (size_t size : {kMaxSize + 1, SIZE_MAX / 2, SIZE_MAX}) {
    EXPECT_EQ(arena_->Allocate(size), nullptr);
    EXPECT_EQ(arena_->AllocateAligned(size, 64), nullptr);
    EXPECT_EQ(arena_->AllocateZeroed(size), nullptr);
  }
  EXPECT_EQ(arena_->out_of_memory.Get(), 9u);
  EXPECT_EQ(arena_->refusals.Get(), 0u);
  ASSERT_EQ(refusals_.size(), 9u);
  EXPECT_EQ(refusals_[8].failure, PageFailure::kOutOfMemory);
  EXPECT_EQ(refusals_[8].asked_bytes, SIZE_MAX);
}

TEST_F(ArenaTest, ZeroedMemoryIsZeroFreshOrUsedBefore) {
  for (size_t size : {1, 100, 14336, 20000, 3 << 20}) {
    for (int round = 0; round < 2; ++round) {
      auto* p = static_cast<char*>(arena_->AllocateZeroed(size));
      ASSERT_NE(p, nullptr);
      EXPECT_TRUE(std::all_of(p, p + size, [](char c) { return c == 0; }));
      memset(p, 1, size);
      Free(p);
    }
  }
}

TEST_F(ArenaTest, ABatchOfRegionsIsFilledAndFlushed) {
  std::array<void*, 20> batch;
  const size_t got = arena_->FillBatch(ClassOf(200), batch.data(), 20);
  EXPECT_GT(got, 1u);
  EXPECT_EQ(arena_->LiveAllocations(), got);
  EXPECT_EQ(arena_->AllocatedBytes(), got * 224);
  arena_->FlushBatch(ClassOf(200), batch.data(), got);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(ArenaTest, BinsAreMadeWhenFirstUsedAndCharged) {
  EXPECT_EQ(arena_->bin_set.load(), 0u);
  arena_->Allocate(1);
  arena_->Allocate(64);
  EXPECT_EQ(arena_->bin_set.load(), 0b10001u);
  EXPECT_GE(arena_->pages.sizes().metadata, sizeof(Arena) + 2 * sizeof(Bin));
}

TEST_F(ArenaTest, MisuseIsReportedWithItsRuleAndTheMemoryLeftAlone) {
  auto* small = static_cast<char*>(arena_->Allocate(100));
  auto* large = static_cast<char*>(arena_->Allocate(50000));
  arena_->Allocate(50000);  // Keeps what is freed from merging.
  Free(small + 16);
  Free(large + kPageSize - 16);
  Free(large + 57344 - 16);
  EXPECT_EQ(TakeMisuses(), Rules(3, MisuseRule::kInteriorPointer));
  EXPECT_EQ(arena_->LiveAllocations(), 3u);
  Free(large + 2 * kPageSize);  // Pages in between are nobody's.
  int on_stack = 0;
  Free(&on_stack);
  EXPECT_EQ(TakeMisuses(), Rules(2, MisuseRule::kNotAcres));
  Free(small);
  Free(large);
  EXPECT_EQ(TakeMisuses(), Rules{});
  Free(small);
  Free(large);
  EXPECT_EQ(TakeMisuses(), Rules(2, MisuseRule::kDoubleFree));
  EXPECT_EQ(domain_->misuses(), 7u);
}

TEST_F(ArenaTest, AReportNamesAddressArenaAndClass) {
  Arena* arena = NewArena({.name = "tenant-7"});
  void* p = arena->Allocate(100);
  Free(p);
  Free(p);
  ASSERT_EQ(misuses_.size(), 1u);
  EXPECT_EQ(misuses_[0].address, p);
  EXPECT_STREQ(misuses_[0].arena_name, "tenant-7");
  EXPECT_EQ(misuses_[0].class_size, 112u);
}

TEST_F(ArenaTest, UsableSizeOfWhatIsNoneIsZeroAndReported) {
  auto* small = static_cast<char*>(arena_->Allocate(64));
  auto* large = static_cast<char*>(arena_->Allocate(20000));
  EXPECT_EQ(Usable(small + 8), 0u);
  EXPECT_EQ(Usable(large + 8), 0u);
  EXPECT_EQ(TakeMisuses(), Rules(2, MisuseRule::kInteriorPointer));
  Free(large);
  EXPECT_EQ(Usable(large), 0u);
  EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kNotAcres});
}

TEST_F(ArenaTest, BlocksCannotBeFreedByAddress) {
  Extent* block = arena_->AllocateBlock(ClassOf(32768), ClassOf(32768));
  ASSERT_NE(block, nullptr);
  Free(block->address());
  EXPECT_EQ(Usable(block->address()), 0u);
  EXPECT_EQ(TakeMisuses(), Rules(2, MisuseRule::kNotAcres));
  EXPECT_EQ(arena_->LiveAllocations(), 1u);
  arena_->FreeBlocks(block);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(ArenaTest, ABlockNearTheLimitIsTheLeastOne) {
  arena_->Allocate(1);
  Extent* warm = arena_->AllocateBlock(ClassOf(32768), ClassOf(32768));
  arena_->FreeBlocks(warm);
  arena_->Purge();
  arena_->quota.set_limit(arena_->quota.charged() + 65536);
  Extent* block = arena_->AllocateBlock(ClassOf(kMiB), ClassOf(32768));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->pages.bytes(), 32768u);
  EXPECT_TRUE(refusals_.empty());
  EXPECT_EQ(arena_->AllocateBlock(ClassOf(kMiB), ClassOf(65536)), nullptr);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].asked_bytes, 65536u) << "what was needed";
  arena_->FreeBlocks(block);
}

TEST_F(ArenaTest, ALargeAllocationChangesItsSizeInPlace) {
  void* p = arena_->Allocate(100000);
  memset(p, 7, 100000);
  EXPECT_TRUE(arena_->ResizeLarge(p, EntryOf(p), ClassOf(20000)));
  EXPECT_EQ(Usable(p), 20480u);
  EXPECT_EQ(arena_->AllocatedBytes(), 20480u);
  EXPECT_TRUE(arena_->ResizeLarge(p, EntryOf(p), ClassOf(90000)));
  EXPECT_EQ(Usable(p), 98304u);
  EXPECT_EQ(arena_->AllocatedBytes(), 98304u);
  EXPECT_EQ(static_cast<char*>(p)[20479], 7);
  EXPECT_TRUE(arena_->ResizeLarge(p, EntryOf(p), ClassOf(90000)));
  arena_->Verify();
  Free(p);
}

TEST_F(ArenaTest, ARefusalSaysWhichLimitWhatWasAskedAndWhatHoldsTheMemory) {
  Arena* arena = NewArena({.name = "small", .hard_limit_bytes = kMiB});
  void* held = arena->Allocate(512 << 10);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(arena->Allocate(768 << 10), nullptr);
  EXPECT_EQ(arena->refusals.Get(), 1u);
  EXPECT_EQ(domain_->refusals(), 1u);
  ASSERT_EQ(refusals_.size(), 1u);
  const RefusalReport& report = refusals_[0];
  EXPECT_STREQ(report.arena_name, "small");
  EXPECT_EQ(report.arena_index, arena->index);
  EXPECT_EQ(report.failure, PageFailure::kArenaLimit);
  EXPECT_EQ(report.asked_bytes, size_t{768} << 10);
  EXPECT_EQ(report.limit_bytes, kMiB);
  EXPECT_EQ(report.charged_bytes, arena->quota.charged());
  EXPECT_EQ(report.arena_charged_bytes,
            report.active_bytes + report.dirty_bytes + report.metadata_bytes);
  EXPECT_EQ(report.active_bytes, size_t{512} << 10);
  Free(held);
  EXPECT_NE(arena->Allocate(768 << 10), nullptr) << "the dirty pages went";
}

TEST_F(ArenaTest, FreeRegionsServeWhateverTheLimit) {
  void* p = arena_->Allocate(64);
  arena_->quota.set_limit(1);
  for (int i = 0; i < 63; ++i) EXPECT_NE(arena_->Allocate(64), nullptr);
  EXPECT_EQ(arena_->Allocate(64), nullptr);
  EXPECT_EQ(arena_->Allocate(2000), nullptr) << "not even a bin";
  Free(p);
  EXPECT_EQ(arena_->Allocate(64), p);
  EXPECT_EQ(refusals_.size(), 2u);
}

TEST_F(ArenaTest, PurgingGivesBackWhatNobodyUses) {
  std::vector<void*> live;
  for (int i = 0; i < 1000; ++i) live.push_back(arena_->Allocate(1000));
  live.push_back(arena_->Allocate(3 * kMiB));
  for (void* p : live) Free(p);
  const PageAllocator::Sizes before = arena_->pages.sizes();
  EXPECT_GT(before.dirty, 3 * kMiB);
  EXPECT_EQ(arena_->Purge(), before.dirty + before.active);
  EXPECT_EQ(arena_->pages.sizes().active, 0u);
  EXPECT_EQ(arena_->pages.sizes().dirty, 0u);
  EXPECT_EQ(arena_->quota.charged(), arena_->pages.sizes().metadata);
  EXPECT_EQ(arena_->Purge(), 0u);
}

TEST_F(ArenaTest, DiscardingEndsEveryAllocationAndKeepsTheArena) {
  for (int i = 0; i < 100; ++i) arena_->Allocate(100 * i);
  const uint32_t generation = arena_->generation.load();
  const uint32_t cache_generation = arena_->cache_generation.load();
  arena_->DiscardAll();
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_EQ(arena_->AllocatedBytes(), 0u);
  EXPECT_EQ(arena_->generation.load(), generation);
  EXPECT_NE(arena_->cache_generation.load(), cache_generation);
  arena_->Verify();
  EXPECT_NE(arena_->Allocate(100), nullptr);
}

}  // namespace
}  // namespace acre::allocator
