// Wrong use that a tcache detects, memory of other arenas, and arenas that are
// reset or destroyed under it.

#include <cstdint>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"
#include "allocator/cache/tcache.h"

namespace acre::allocator {
namespace {

class TcacheMisuseTest : public DomainTest {
 protected:
  TcacheMisuseTest()
      : arena_(NewArena({.name = "tenant"})), other_(NewArena()) {
    tcache_ = Tcache(arena_, arena_->cache_generation.load());
  }
  ~TcacheMisuseTest() override { tcache_.Close(); }

  Arena* arena_;
  Arena* other_;
  Tcache tcache_;
};

TEST_F(TcacheMisuseTest, FreeingTwiceInARowIsSeenAtOnce) {
  for (size_t size : {64, 20000}) {
    void* p = tcache_.Allocate(size);
    tcache_.Deallocate(p);
    tcache_.Deallocate(p);
    EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kDoubleFree}) << size;
  }
}

TEST_F(TcacheMisuseTest, OtherDoubleFreesAreSeenWhenTheStackIsFlushed) {
  if (kCheckedBuild) GTEST_SKIP() << "seen at once in this build";
  void* p = tcache_.Allocate(64);
  void* q = tcache_.Allocate(64);
  tcache_.Deallocate(p);
  tcache_.Deallocate(q);
  tcache_.Deallocate(p);
  EXPECT_EQ(TakeMisuses(), Rules{});
  tcache_.Close();
  arena_->Purge();
  EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kDoubleFree});
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(TcacheMisuseTest, APointerIntoAnAllocationIsSeen) {
  auto* small = static_cast<char*>(tcache_.Allocate(96));
  auto* large = static_cast<char*>(tcache_.Allocate(20000));
  const Rules kInterior = {MisuseRule::kInteriorPointer};
  for (char* p : {small + 1, small + 16, small + 95, large + 1, large + 4095,
                  large + 20479}) {
    tcache_.Deallocate(p);
    EXPECT_EQ(TakeMisuses(), kInterior);
    tcache_.Deallocate(p, 96);
    EXPECT_EQ(TakeMisuses(), kInterior);
  }
  tcache_.Deallocate(small);
  tcache_.Deallocate(large);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
}

TEST_F(TcacheMisuseTest, WhatIsNotAcresIsSeen) {
  int on_stack = 0;
  for (void* p : {static_cast<void*>(&on_stack), reinterpret_cast<void*>(8),
                  reinterpret_cast<void*>(UINTPTR_MAX)}) {
    tcache_.Deallocate(p);
    tcache_.Deallocate(p, 4);
    EXPECT_EQ(tcache_.UsableSize(p), 0u);
    EXPECT_EQ(TakeMisuses(), Rules(3, MisuseRule::kNotAcres));
  }
}

TEST_F(TcacheMisuseTest, ASizeOfAnotherClassIsSeenAndTheMemoryLeftAlone) {
  const struct {
    size_t size;
    size_t wrong;
  } kRows[] = {{64, 65},       {64, 48},     {100, 113},    {20000, 30000},
               {20000, 100},   {100, 20000}, {2 << 20, 64}, {64, kMaxSize + 1},
               {64, SIZE_MAX}, {100, 0}};
  for (const auto& row : kRows) {
    void* p = tcache_.Allocate(row.size);
    tcache_.Deallocate(p, row.wrong);
    ASSERT_EQ(misuses_.size(), 1u) << row.size << " as " << row.wrong;
    EXPECT_EQ(misuses_[0].class_size, ClassSize(ClassOf(row.size)));
    EXPECT_EQ(misuses_[0].given_size, row.wrong);
    EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kWrongSize});
    EXPECT_EQ(arena_->LiveAllocations(), 1u);
    tcache_.Deallocate(p, row.size);
    EXPECT_EQ(arena_->LiveAllocations(), 0u);
  }
}

TEST_F(TcacheMisuseTest, AnySizeOfTheClassIsRight) {
  for (size_t size : {97, 100, 112}) {
    tcache_.Deallocate(tcache_.Allocate(100), size);
  }
  EXPECT_EQ(TakeMisuses(), Rules{});
}

TEST_F(TcacheMisuseTest, AReportNamesTheArena) {
  void* p = tcache_.Allocate(64);
  tcache_.Deallocate(p);
  tcache_.Deallocate(p);
  ASSERT_EQ(misuses_.size(), 1u);
  EXPECT_STREQ(misuses_[0].arena_name, "tenant");
  EXPECT_EQ(misuses_[0].address, p);
  EXPECT_EQ(misuses_[0].class_size, 64u);
}

TEST_F(TcacheMisuseTest, MemoryOfAnotherArenaGoesHomeAndIsNeverCachedHere) {
  for (size_t size : {64, 20000, 2 << 20}) {
    void* p = other_->Allocate(size);
    const uint64_t foreign = other_->foreign_frees.Get();
    if (size == 64) {
      tcache_.Deallocate(p);
    } else {
      tcache_.Deallocate(p, size);
    }
    EXPECT_EQ(other_->LiveAllocations(), 0u) << size;
    EXPECT_EQ(other_->foreign_frees.Get(), foreign + 1);
    EXPECT_EQ(tcache_.CachedBytes(), 0u);
  }
  EXPECT_EQ(arena_->foreign_frees.Get(), 0u);
  EXPECT_EQ(TakeMisuses(), Rules{});
}

// --- Arenas that end
// ----------------------------------------------------------

TEST_F(TcacheMisuseTest, ATcacheOfAResetArenaIsStaleAndHarmless) {
  tcache_.Deallocate(tcache_.Allocate(64));
  ASSERT_TRUE(domain_->ResetArena(arena_->index, arena_->generation.load()));
  EXPECT_FALSE(tcache_.valid());
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
  for (size_t size : {64, 20000, 2 << 20}) {
    EXPECT_EQ(tcache_.Allocate(size), nullptr);
    EXPECT_EQ(tcache_.AllocateZeroed(size), nullptr);
    EXPECT_EQ(tcache_.AllocateAligned(size, 4096), nullptr);
    EXPECT_EQ(tcache_.Reallocate(nullptr, size), nullptr);
  }
  // Frees still reach their owners, the arena's new life included.
  tcache_.Deallocate(other_->Allocate(64));
  tcache_.Deallocate(arena_->Allocate(64), 64);
  EXPECT_EQ(other_->LiveAllocations(), 0u);
  EXPECT_EQ(arena_->LiveAllocations(), 0u);
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
  tcache_.Close();
  EXPECT_EQ(domain_->cache_states().live_objects(), 0u);
  EXPECT_EQ(arena_->caches.counts().parked_tcaches, 0u);
  EXPECT_EQ(TakeMisuses(), Rules{});
}

TEST_F(TcacheMisuseTest, AResetArenaServesNewTcaches) {
  tcache_.Allocate(64);
  ASSERT_TRUE(domain_->ResetArena(arena_->index, arena_->generation.load()));
  Tcache fresh(arena_, arena_->cache_generation.load());
  EXPECT_TRUE(fresh.valid());
  EXPECT_NE(fresh.Allocate(64), nullptr);
  fresh.Close();
}

TEST_F(TcacheMisuseTest, ATcacheOfADestroyedArenaIsStaleAndHarmless) {
  tcache_.Deallocate(tcache_.Allocate(64));
  domain_->DestroyArena(arena_);
  EXPECT_FALSE(tcache_.valid());
  EXPECT_EQ(tcache_.Allocate(64), nullptr);
  tcache_.Deallocate(other_->Allocate(64));
  EXPECT_EQ(other_->LiveAllocations(), 0u);
  tcache_.Close();
  EXPECT_EQ(domain_->cache_states().live_objects(), 0u);
}

TEST_F(TcacheMisuseTest, ATcacheDoesNotServeTheArenaThatTookTheIndex) {
  tcache_.Allocate(64);
  const uint32_t index = arena_->index;
  domain_->DestroyArena(arena_);
  Arena* successor = NewArena();
  ASSERT_EQ(successor->index, index);
  EXPECT_FALSE(tcache_.valid());
  EXPECT_EQ(tcache_.Allocate(64), nullptr);
  void* p = successor->Allocate(64);
  tcache_.Deallocate(p);
  EXPECT_EQ(tcache_.CachedBytes(), 0u);
  EXPECT_EQ(successor->LiveAllocations(), 0u);
}

TEST_F(TcacheMisuseTest, AnUnusedTcacheOfADestroyedArenaCanBeClosed) {
  domain_->DestroyArena(arena_);
  EXPECT_FALSE(tcache_.valid());
  EXPECT_EQ(tcache_.Allocate(64), nullptr);
  tcache_.Close();
}

using TcacheDeathTest = TcacheMisuseTest;

TEST_F(TcacheDeathTest, FreeingThroughAClosedTcacheAborts) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  void* p = tcache_.Allocate(64);
  Tcache closed;
  EXPECT_DEATH(closed.Deallocate(p), "Deallocate through a closed tcache");
  EXPECT_DEATH(closed.Deallocate(p, 64), "Deallocate through a closed tcache");
}

}  // namespace
}  // namespace acre::allocator
