// What several arenas of one domain do together: identity, handing memory on,
// limits, and what is left when they are gone.

#include "allocator/arena/domain.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::allocator {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::vector<uint32_t> LiveIndexes(const Domain& domain) {
  std::vector<uint32_t> indexes;
  domain.ForEachArena(
      [&](const Arena& arena) { indexes.push_back(arena.index); });
  return indexes;
}

TEST_F(DomainTest, ArenasHaveNamesIndexesAndTags) {
  Arena* named = NewArena({.name = "tenant"});
  Arena* unnamed = NewArena();
  EXPECT_STREQ(named->name, "tenant");
  EXPECT_EQ(unnamed->name, "arena-" + std::to_string(unnamed->index));
  EXPECT_EQ(domain_->ArenaAt(named->index), named);
  EXPECT_EQ(domain_->ArenaOfTag(named->tag()), named);
  EXPECT_EQ(domain_->ArenaOfTag(kNobodyTag), nullptr);
  EXPECT_EQ(domain_->ArenaOfTag(kRangesTag), nullptr);
  EXPECT_EQ(domain_->live_arenas(), 2u);
  EXPECT_EQ(domain_->arenas_created(), 2u);
}

TEST_F(DomainTest, NoArenaHasAnIndexThatMeansAllOfThem) {
  std::vector<Arena*> arenas;
  for (uint32_t i = 0; i < kDestroyedArenasIndex + 10; ++i) {
    arenas.push_back(NewArena());
    EXPECT_NE(arenas.back()->index, kAllArenasIndex);
    EXPECT_NE(arenas.back()->index, kDestroyedArenasIndex);
  }
  EXPECT_EQ(domain_->live_arenas(), arenas.size());
  uint64_t met = 0;
  domain_->ForEachArena([&](Arena&) { ++met; });
  EXPECT_EQ(met, arenas.size());
}

TEST_F(DomainTest, NamesAreCutToWhatAnArenaHolds) {
  const std::string longest(kMaxArenaName, 'x');
  EXPECT_EQ(NewArena({.name = longest})->name, longest);
  EXPECT_EQ(NewArena({.name = longest + "y"})->name, longest);
}

TEST_F(DomainTest, AnArenaIsFoundByIndexAndGenerationWhileItLives) {
  Arena* arena = NewArena();
  const uint32_t index = arena->index;
  const uint32_t generation = arena->generation.load();
  EXPECT_EQ(domain_->FindLive(index, generation), arena);
  EXPECT_EQ(domain_->FindLive(index, generation + 1), nullptr);
  EXPECT_EQ(domain_->FindLive(index, 0), nullptr);
  EXPECT_EQ(domain_->FindLive(index + 1000000, generation), nullptr);
  domain_->DestroyArena(arena);
  EXPECT_EQ(domain_->FindLive(index, generation), nullptr);
  EXPECT_EQ(domain_->FindLive(index, 0), nullptr);
  Arena* next = NewArena();
  EXPECT_EQ(next->index, index) << "indexes are used again";
  EXPECT_NE(next->generation.load(), generation) << "generations are not";
  EXPECT_EQ(domain_->FindLive(index, generation), nullptr);
}

// The pool of arenas links what is free through its first word.
TEST_F(DomainTest, NoHandleOfADestroyedArenaEverLooksLive) {
  for (int round = 0; round < 30; ++round) {
    std::vector<Arena*> arenas;
    std::vector<std::pair<uint32_t, uint32_t>> handles;
    for (int i = 0; i < 12; ++i) {
      arenas.push_back(NewArena());
      handles.emplace_back(arenas.back()->index,
                           arenas.back()->generation.load());
    }
    std::rotate(arenas.begin(), arenas.begin() + round % 12, arenas.end());
    for (Arena* arena : arenas) domain_->DestroyArena(arena);
    EXPECT_TRUE(LiveIndexes(*domain_).empty());
    for (const auto& [index, generation] : handles) {
      ASSERT_EQ(domain_->FindLive(index, generation), nullptr);
    }
    for (uint32_t generation = 1; generation < 20; ++generation) {
      ASSERT_EQ(domain_->FindLive(3, generation), nullptr);
    }
  }
}

TEST_F(DomainTest, LiveArenasAreVisitedInTheOrderOfIndexes) {
  std::vector<Arena*> arenas;
  for (int i = 0; i < 300; ++i) arenas.push_back(NewArena());
  std::vector<uint32_t> expected;
  for (Arena* arena : arenas) {
    if (arena->index % 7 == 0 || arena->index > 280) {
      expected.push_back(arena->index);
    } else {
      domain_->DestroyArena(arena);
    }
  }
  EXPECT_EQ(LiveIndexes(*domain_), expected);
}

TEST_F(DomainTest, TheOwnerOfAnAllocationIsFoundByAddress) {
  Arena* one = NewArena();
  Arena* other = NewArena();
  auto* small = static_cast<char*>(one->Allocate(100));
  auto* large = static_cast<char*>(other->Allocate(100000));
  int on_stack = 0;
  EXPECT_EQ(domain_->OwnerOf(small), one);
  EXPECT_EQ(domain_->OwnerOf(small + 99), one);
  EXPECT_EQ(domain_->OwnerOf(large), other);
  EXPECT_EQ(domain_->OwnerOf(&on_stack), nullptr);
  EXPECT_EQ(domain_->OwnerOf(nullptr), nullptr);
}

TEST_F(DomainTest, FreeingFindsTheOwner) {
  Arena* one = NewArena();
  Arena* other = NewArena();
  void* p = one->Allocate(100);
  void* q = other->Allocate(100000);
  domain_->Free(q);
  EXPECT_EQ(one->LiveAllocations(), 1u);
  EXPECT_EQ(other->LiveAllocations(), 0u);
  domain_->Free(p);
  EXPECT_EQ(one->LiveAllocations(), 0u);
  domain_->Free(nullptr);
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(DomainTest, OnlyLargeAllocationsChangeTheirClassInPlace) {
  Arena* arena = NewArena();
  void* small = arena->Allocate(100);
  EXPECT_TRUE(domain_->ResizeInPlace(small, 97));
  EXPECT_TRUE(domain_->ResizeInPlace(small, 112));
  EXPECT_FALSE(domain_->ResizeInPlace(small, 96));
  EXPECT_FALSE(domain_->ResizeInPlace(small, 113));
  EXPECT_FALSE(domain_->ResizeInPlace(small, 100000));
  void* large = arena->Allocate(100000);
  EXPECT_TRUE(domain_->ResizeInPlace(large, 50000));
  EXPECT_EQ(domain_->UsableSize(large), 57344u);
  EXPECT_FALSE(domain_->ResizeInPlace(large, 100)) << "would waste it";
  EXPECT_FALSE(domain_->ResizeInPlace(large, kMaxSize + 1));
  EXPECT_FALSE(domain_->ResizeInPlace(nullptr, 10));
  EXPECT_TRUE(misuses_.empty());
}

TEST_F(DomainTest, ReallocatingKeepsContentAndOwner) {
  Arena* owner = NewArena();
  NewArena();
  size_t size = 1;
  auto* p = static_cast<unsigned char*>(owner->Allocate(size));
  *p = 1;
  for (size_t next : {20, 3, 5000, 20000, 300000, 30000, 15000, 64}) {
    p = static_cast<unsigned char*>(domain_->Reallocate(p, next));
    ASSERT_NE(p, nullptr);
    for (size_t i = 0; i < std::min(size, next); ++i) {
      ASSERT_EQ(p[i], static_cast<unsigned char>(i + 1)) << next;
    }
    for (size_t i = 0; i < next; ++i) p[i] = static_cast<unsigned char>(i + 1);
    size = next;
    EXPECT_EQ(domain_->OwnerOf(p), owner);
    EXPECT_EQ(owner->LiveAllocations(), 1u);
  }
}

TEST_F(DomainTest, AReallocationThatIsRefusedLeavesTheOldOne) {
  Arena* arena = NewArena({.hard_limit_bytes = kMiB});
  void* p = arena->Allocate(100);
  memset(p, 5, 100);
  EXPECT_EQ(domain_->Reallocate(p, 2 * kMiB), nullptr);
  EXPECT_EQ(static_cast<char*>(p)[99], 5);
  EXPECT_EQ(domain_->UsableSize(p), 112u);
}

TEST_F(DomainTest, ReallocatingWhatIsNoneIsReportedOnce) {
  int on_stack = 0;
  EXPECT_EQ(domain_->Reallocate(&on_stack, 100), nullptr);
  EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kNotAcres});
}

TEST_F(DomainTest, MemoryThatChangesHandsIsZero) {
  Arena* first = NewArena();
  std::set<uintptr_t> used;
  for (int i = 0; i < 200; ++i) {
    auto* p = static_cast<char*>(first->Allocate(size_t{64} << 10));
    memset(p, 0xcc, size_t{64} << 10);
    used.insert(reinterpret_cast<uintptr_t>(p));
  }
  domain_->DestroyArena(first);
  Arena* second = NewArena();
  size_t met = 0;
  for (int i = 0; i < 200; ++i) {
    auto* p = static_cast<char*>(second->Allocate(size_t{64} << 10));
    met += used.count(reinterpret_cast<uintptr_t>(p));
    ASSERT_TRUE(
        std::all_of(p, p + (size_t{64} << 10), [](char c) { return c == 0; }));
  }
  EXPECT_GT(met, 20u) << "the test is about memory that was used before";
}

TEST_F(DomainTest, TheTotalLimitHoldsForAllArenasTogether) {
  Open({.hard_limit_bytes = 4 * kMiB});
  Arena* one = NewArena();
  Arena* other = NewArena();
  void* p = one->Allocate(3 * kMiB);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(other->Allocate(2 * kMiB), nullptr);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].failure, PageFailure::kServiceLimit);
  EXPECT_EQ(refusals_[0].limit_bytes, 4 * kMiB);
  EXPECT_EQ(refusals_[0].charged_bytes, domain_->total().charged());
  EXPECT_NE(other->Allocate(kMiB / 2), nullptr);
  EXPECT_EQ(domain_->total().charged(),
            one->quota.charged() + other->quota.charged());
}

TEST_F(DomainTest, NoArenaIsMadeBeyondTheTotalLimit) {
  Open({.hard_limit_bytes = 3 * sizeof(Arena) + 100});
  for (int i = 0; i < 3; ++i) NewArena();
  PageFailure failure = PageFailure::kNone;
  EXPECT_EQ(domain_->CreateArena({}, &failure), nullptr);
  EXPECT_EQ(failure, PageFailure::kServiceLimit);
  EXPECT_EQ(domain_->live_arenas(), 3u);
  EXPECT_EQ(LiveIndexes(*domain_).size(), 3u);
}

TEST_F(DomainTest, AnArenasOwnLimitMayRefuseEvenItsMetadata) {
  PageFailure failure = PageFailure::kNone;
  EXPECT_EQ(domain_->CreateArena({.hard_limit_bytes = 10}, &failure), nullptr);
  EXPECT_EQ(failure, PageFailure::kArenaLimit);
  EXPECT_EQ(domain_->total().charged(), 0u);
}

TEST_F(DomainTest, MetadataComesBackWhenArenasAreGone) {
  uint64_t baseline = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<Arena*> arenas;
    for (int i = 0; i < 500; ++i) {
      arenas.push_back(NewArena());
      for (size_t size : {10, 100, 1000, 10000, 100000}) {
        ASSERT_NE(arenas.back()->Allocate(size), nullptr);
      }
    }
    for (Arena* arena : arenas) domain_->DestroyArena(arena);
    EXPECT_EQ(domain_->total().charged(), 0u);
    EXPECT_EQ(domain_->live_arenas(), 0u);
    if (round == 0) baseline = domain_->metadata_bytes();
    EXPECT_LE(domain_->metadata_bytes(), baseline);
  }
  // A block each of the pools that were used, and the page map's root.
  EXPECT_LE(baseline, uint64_t{8} * (64 << 10));
  EXPECT_EQ(domain_->ranges().free_bytes(), domain_->ranges().mapped_bytes());
}

TEST_F(DomainTest, ResettingAndPurgingByHandleNeedALiveArena) {
  Arena* arena = NewArena();
  const uint32_t index = arena->index;
  const uint32_t generation = arena->generation.load();
  arena->Allocate(100000);
  EXPECT_TRUE(domain_->ResetArena(index, generation));
  EXPECT_EQ(arena->LiveAllocations(), 0u);
  uint64_t bytes = 0;
  EXPECT_TRUE(
      domain_->PurgeArena(index, generation, PurgeMode::kEverything, &bytes));
  EXPECT_GE(bytes, 100000u);
  domain_->DestroyArena(arena);
  EXPECT_FALSE(domain_->ResetArena(index, generation));
  EXPECT_FALSE(
      domain_->PurgeArena(index, generation, PurgeMode::kEverything, &bytes));
}

TEST_F(DomainTest, DomainsKnowNothingOfEachOther) {
  Domain other;
  ASSERT_TRUE(other.Init({}));
  PageFailure failure;
  Arena* theirs = other.CreateArena({}, &failure);
  void* p = theirs->Allocate(100);
  EXPECT_EQ(domain_->OwnerOf(p), nullptr);
  domain_->Free(p);
  EXPECT_EQ(TakeMisuses(), Rules{MisuseRule::kNotAcres});
  EXPECT_EQ(theirs->LiveAllocations(), 1u);
}

using DomainDeathTest = DomainTest;

TEST_F(DomainDeathTest, MisuseAbortsUnlessToldOtherwise) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  Domain domain;
  ASSERT_TRUE(domain.Init({}));
  PageFailure failure;
  Arena* arena = domain.CreateArena({.name = "t"}, &failure);
  void* p = arena->Allocate(100);
  domain.Free(p);
  EXPECT_DEATH(domain.Free(p),
               "acre: misuse: double free: address 0x[0-9a-f]+, arena \"t\", "
               "size class 112");
}

}  // namespace
}  // namespace acre::allocator
