// Wrong use of memory: what is detected, when, and what follows.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "allocator/base/check.h"
#include "allocator/base/text_buffer.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace acre::testing {
namespace {

using allocator::kCheckedBuild;
using allocator::MisuseRule;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Misuse {
  MisuseRule rule;
  const void* address;
  std::string arena;
  size_t class_size;
  size_t given_size;
};

class MisuseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ServiceOptions options;
    options.misuse_policy = MisusePolicy::kReportAndLeak;
    options.on_misuse_context = this;
    options.on_misuse = [](void* self, const MisuseReport& report) {
      static_cast<MisuseTest*>(self)->found_.push_back(
          {report.rule, report.address, report.arena_name, report.class_size,
           report.given_size});
    };
    service_ = NewService(options);
    auto arena = service_->CreateArena({.name = "careless"});
    ASSERT_TRUE(arena.ok()) << arena.status();
    arena_ = *std::move(arena);
  }

  void TearDown() override {
    service_->domain().Verify();
    EXPECT_EQ(service_->domain().misuses(), reported_ + found_.size());
  }

  static std::unique_ptr<MemoryService> NewService(
      const ServiceOptions& options) {
    auto service = MemoryService::Create(options);
    EXPECT_TRUE(service.ok()) << service.status();
    return *std::move(service);
  }

  // The rules reported since the last call.
  std::vector<MisuseRule> TakeRules() {
    std::vector<MisuseRule> rules;
    for (const Misuse& misuse : found_) rules.push_back(misuse.rule);
    reported_ += found_.size();
    found_.clear();
    return rules;
  }

  // Frees `p` by every way that there is; each must report `rule`, once.
  void ExpectEachFreeReports(void* p, MisuseRule rule) {
    Tcache tcache = arena_.OpenTcache();
    tcache.Deallocate(p);
    EXPECT_THAT(TakeRules(), ElementsAre(rule)) << "through a tcache";
    arena_.Deallocate(p);
    EXPECT_THAT(TakeRules(), ElementsAre(rule)) << "through the arena";
    service_->Deallocate(p);
    EXPECT_THAT(TakeRules(), ElementsAre(rule)) << "by address";
  }

  std::unique_ptr<MemoryService> service_;
  Arena arena_;
  std::vector<Misuse> found_;
  uint64_t reported_ = 0;
};

TEST_F(MisuseTest, FreeingTwiceInARowIsSeenAtOnce) {
  Tcache tcache = arena_.OpenTcache();
  for (size_t size : {1, 100, 14336, 20000, 1 << 20}) {
    // Nothing is cached there, and pages are joined to their neighbours: the
    // next test's case.
    if (kCheckedBuild && size > 14336) continue;
    void* const p = tcache.Allocate(size);
    tcache.Deallocate(p);
    EXPECT_THAT(TakeRules(), IsEmpty());
    tcache.Deallocate(p);
    ASSERT_EQ(found_.size(), 1u) << size;
    EXPECT_EQ(found_[0].address, p);
    EXPECT_EQ(found_[0].arena, "careless");
    EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kDoubleFree));
  }
}

TEST_F(MisuseTest, FreeingTwiceWithoutATcacheIsSeenAtOnce) {
  void* const keep = arena_.Allocate(100);
  for (size_t size : {size_t{100}, size_t{20000}, size_t{3} << 20}) {
    void* const p = arena_.Allocate(size);
    arena_.Deallocate(p);
    arena_.Deallocate(p);
    const std::vector<MisuseRule> rules = TakeRules();
    ASSERT_EQ(rules.size(), 1u) << size;
    // The address of pages that were joined to others is nobody's any more.
    EXPECT_TRUE(rules[0] == MisuseRule::kDoubleFree ||
                rules[0] == MisuseRule::kNotAcres);
  }
  arena_.Deallocate(keep);
}

TEST_F(MisuseTest, FreeingTwiceWithOthersBetweenIsSeenWhenTheTcacheIsDrained) {
  for (size_t size : {size_t{48}, size_t{2048}, size_t{40000}}) {
    Tcache tcache = arena_.OpenTcache();
    void* const p = tcache.Allocate(size);
    void* const q = tcache.Allocate(size);
    tcache.Deallocate(p);
    tcache.Deallocate(q);
    tcache.Deallocate(p);
    EXPECT_EQ(found_.size(), kCheckedBuild ? 1u : 0u) << size;
    tcache.Close();
    ASSERT_TRUE(arena_.Purge().ok());
    EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kDoubleFree)) << size;
  }
}

TEST_F(MisuseTest, FreeingThroughTwoTcachesIsSeenWhenTheyAreDrained) {
  Tcache one = arena_.OpenTcache();
  Tcache two = arena_.OpenTcache();
  void* const p = one.Allocate(500);
  ASSERT_NE(two.Allocate(500), nullptr);
  one.Deallocate(p);
  two.Deallocate(p);
  one.Close();
  two.Close();
  ASSERT_TRUE(arena_.Purge().ok());
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kDoubleFree));
  ASSERT_TRUE(arena_.Reset().ok());
}

TEST_F(MisuseTest, AddressesThatAreNotAcresAreReported) {
  int on_stack = 0;
  static std::array<char, 16384> in_data;
  const std::unique_ptr<char[]> on_heap(new char[100]);
  void* const wild = reinterpret_cast<void*>(uintptr_t{1} << 52);
  for (void* p :
       {static_cast<void*>(&on_stack), static_cast<void*>(&in_data),
        static_cast<void*>(on_heap.get()), wild, reinterpret_cast<void*>(8)}) {
    ExpectEachFreeReports(p, MisuseRule::kNotAcres);
    EXPECT_EQ(service_->UsableSize(p), 0u);
    EXPECT_EQ(service_->Reallocate(p, 10), nullptr);
    EXPECT_EQ(arena_.Reallocate(p, 10), nullptr);
    EXPECT_FALSE(arena_.ResizeInPlace(p, 10));
    EXPECT_EQ(TakeRules(), std::vector<MisuseRule>(4, MisuseRule::kNotAcres));
  }
}

TEST_F(MisuseTest, AnAddressOfAnotherServiceIsNotThisOnes) {
  auto other = NewService({});
  void* const p = other->system_arena().Allocate(100);
  ExpectEachFreeReports(p, MisuseRule::kNotAcres);
  other->Deallocate(p);
  other->domain().Verify();
}

TEST_F(MisuseTest, AddressesInsideAnAllocationAreReported) {
  for (size_t size : {size_t{48}, size_t{5000}, size_t{20000}, size_t{1} << 20,
                      size_t{3} << 20}) {
    char* const p = static_cast<char*>(arena_.Allocate(size));
    const size_t usable = arena_.UsableSize(p);
    ExpectEachFreeReports(p + 1, MisuseRule::kInteriorPointer);
    ExpectEachFreeReports(p + 16, MisuseRule::kInteriorPointer);
    EXPECT_EQ(service_->UsableSize(p + 1), 0u);
    EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kInteriorPointer));
    ExpectEachFreeReports(p + usable - 1, MisuseRule::kInteriorPointer);
    arena_.Deallocate(p);
    EXPECT_THAT(TakeRules(), IsEmpty()) << "the allocation itself is intact";
  }
  // The middle of a large allocation is on no page that the map shows.
  char* const p = static_cast<char*>(arena_.Allocate(1 << 20));
  ExpectEachFreeReports(p + (1 << 19), MisuseRule::kNotAcres);
}

TEST_F(MisuseTest, ASizeOfAnotherClassIsReported) {
  Tcache tcache = arena_.OpenTcache();
  for (size_t size : {size_t{100}, size_t{5000}, size_t{20000}, size_t{1} << 20,
                      size_t{3} << 20}) {
    void* const p = tcache.Allocate(size);
    const size_t usable = tcache.UsableSize(p);
    for (size_t wrong : {size_t{1}, usable + 1, size * 2, SIZE_MAX}) {
      tcache.Deallocate(p, wrong);
      ASSERT_EQ(found_.size(), 1u) << size << " given " << wrong;
      EXPECT_EQ(found_[0].class_size, usable);
      EXPECT_EQ(found_[0].given_size, wrong);
      EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kWrongSize));
      arena_.Deallocate(p, wrong);
      EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kWrongSize));
    }
    tcache.Deallocate(p, usable);
    EXPECT_THAT(TakeRules(), IsEmpty());
  }
}

TEST_F(MisuseTest, ARegionThatWasNeverHandedOutIsSeen) {
  char* const p = static_cast<char*>(arena_.Allocate(64));
  // Its neighbours lie in the same slab, and are free.
  arena_.Deallocate(p + 64);
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kDoubleFree));
  // Through a tcache it is taken for one that was; draining finds it.
  Tcache tcache = arena_.OpenTcache();
  tcache.Deallocate(p + 128);
  tcache.Close();
  ASSERT_TRUE(arena_.Purge().ok());
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kDoubleFree));
}

TEST_F(MisuseTest, TheTailOfASlabIsNoRegion) {
  // Regions of 48 bytes leave 16 of a page.
  char* const p = static_cast<char*>(arena_.Allocate(48));
  char* const page = p - reinterpret_cast<uintptr_t>(p) % allocator::kPageSize;
  arena_.Deallocate(page + 4080);
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kInteriorPointer));
  Tcache tcache = arena_.OpenTcache();
  tcache.Deallocate(page + 4080);
  tcache.Close();
  ASSERT_TRUE(arena_.Purge().ok());
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kInteriorPointer));
}

TEST_F(MisuseTest, MemoryOfARegionCannotBeFreedByItself) {
  Region region = arena_.OpenRegion();
  void* const first = region.Allocate(100);
  void* const second = region.Allocate(100);
  void* const oversized = region.Allocate(1 << 20);
  for (void* p : {first, second, oversized}) {
    ExpectEachFreeReports(p, MisuseRule::kNotAcres);
    EXPECT_EQ(service_->UsableSize(p), 0u);
    EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kNotAcres));
  }
  region.Close();
  ExpectEachFreeReports(first, MisuseRule::kNotAcres);
  EXPECT_EQ(arena_.ref().live()->LiveAllocations(), 0u);
}

TEST_F(MisuseTest, WhatWasDiscardedIsNotThereToFree) {
  void* const small = arena_.Allocate(100);
  void* const large = arena_.Allocate(100000);
  ASSERT_TRUE(arena_.Reset().ok());
  for (void* p : {small, large}) {
    service_->Deallocate(p);
    EXPECT_EQ(TakeRules().size(), 1u);
  }
  const ArenaRef ref = arena_;
  void* const last = arena_.Allocate(100);
  ASSERT_TRUE(arena_.Destroy(DestroyPolicy::kDiscard).ok());
  ref.Deallocate(last);
  EXPECT_THAT(TakeRules(), ElementsAre(MisuseRule::kNotAcres));
}

TEST_F(MisuseTest, StaleHandlesAreErrorsAndNotMisuse) {
  const ArenaRef ref = arena_;
  Tcache used = arena_.OpenTcache();
  Tcache unused = arena_.OpenTcache();
  Region region = arena_.OpenRegion();
  ASSERT_NE(used.Allocate(100), nullptr);
  ASSERT_NE(region.Allocate(100), nullptr);
  ASSERT_TRUE(arena_.Reset().ok());
  EXPECT_TRUE(ref.valid());
  void* const elsewhere = service_->system_arena().Allocate(100);
  for (Tcache* tcache : {&used, &unused}) {
    EXPECT_FALSE(tcache->valid());
    EXPECT_EQ(tcache->Allocate(100), nullptr);
    EXPECT_EQ(tcache->AllocateZeroed(1 << 20), nullptr);
    EXPECT_EQ(tcache->Reallocate(nullptr, 100), nullptr);
    EXPECT_EQ(tcache->Reallocate(elsewhere, 5000), nullptr);
    EXPECT_EQ(tcache->cached_bytes(), 0u);
  }
  EXPECT_FALSE(region.valid());
  EXPECT_EQ(region.Allocate(1), nullptr);
  EXPECT_EQ(region.bytes(), 0u);
  // What they are given still reaches its owner.
  used.Deallocate(elsewhere);
  EXPECT_EQ(service_->system_arena().live()->LiveAllocations(), 0u);

  ASSERT_TRUE(arena_.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  auto next = service_->CreateArena({.name = "next"});
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->index(), ref.index()) << "the slot is used again";
  EXPECT_FALSE(ref.valid());
  EXPECT_EQ(ref.Allocate(1), nullptr);
  EXPECT_FALSE(ref.OpenTcache().valid());
  EXPECT_EQ(ref.OpenRegion().Allocate(1), nullptr);
  EXPECT_EQ(ref.Reset().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ref.SetHardLimit(0).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ref.Purge().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(arena_.Destroy(DestroyPolicy::kDiscard).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ref.name(), "");
  EXPECT_EQ(used.Allocate(1), nullptr) << "nor may it serve the next arena";
  EXPECT_EQ(region.Allocate(1), nullptr);
  EXPECT_THAT(TakeRules(), IsEmpty());
}

TEST_F(MisuseTest, ReportsSayRuleAddressArenaAndSizes) {
  void* const p = arena_.Allocate(100);
  arena_.Deallocate(p, 5000);
  ASSERT_EQ(found_.size(), 1u);
  const Misuse& misuse = found_[0];
  allocator::TextBuffer<512> text;
  AppendMisuse(text, {.rule = misuse.rule,
                      .address = misuse.address,
                      .arena_name = misuse.arena.c_str(),
                      .class_size = misuse.class_size,
                      .given_size = misuse.given_size});
  const std::string line(text.view());
  for (const char* part : {"size differs", "0x", "\"careless\"",
                           "size class 112", "size given 5000"}) {
    EXPECT_NE(line.find(part), std::string::npos) << line;
  }
}

// With kAbort the line goes to standard error and the process ends.
TEST(MisuseDeathTest, AbortsWithALineThatSaysWhatHappened) {
  auto service = MemoryService::Create({});
  ASSERT_TRUE(service.ok());
  auto arena = (*service)->CreateArena({.name = "careless"});
  ASSERT_TRUE(arena.ok());
  char* const p = static_cast<char*>(arena->Allocate(100));
  char* const large = static_cast<char*>(arena->Allocate(100000));
  Tcache tcache = arena->OpenTcache();
  int on_stack = 0;
  EXPECT_DEATH(
      {
        tcache.Deallocate(p);
        tcache.Deallocate(p);
      },
      "acre: misuse: double free: address 0x.*\"careless\".*class 112");
  EXPECT_DEATH(tcache.Deallocate(&on_stack), "not an allocation.*no arena");
  EXPECT_DEATH(arena->Deallocate(p + 8), "pointer into an allocation");
  EXPECT_DEATH((*service)->Deallocate(large + 64), "pointer into an allocat");
  EXPECT_DEATH(tcache.Deallocate(p, 200), "size differs.*given 200");
  EXPECT_DEATH(static_cast<void>(arena->UsableSize(&on_stack)), "not an alloc");
  tcache.Deallocate(p);
  tcache.Deallocate(large);
}

}  // namespace
}  // namespace acre::testing
