#include "allocator/extent/hooks/hook_chain.h"

#include <cstdint>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::FaultyHooks;
using testing::HookCall;
using testing::OsCall;

constexpr size_t kSize = kGrantGranularity;
constexpr ExtentRequest kRequest = {.desired = kSize, .required = kSize};

// Two members over one system, of which each call can be counted and refused.
class HookChainTest : public ::testing::Test {
 protected:
  static Os* Strict(FakeOs* os) {
    os->set_strict_overcommit(true);
    return os;
  }

  FakeOs os_;
  FakeOs table_os_;
  MmapHooks mmap_{Strict(&os_)};
  FaultyHooks first_{&mmap_};
  FaultyHooks second_{&mmap_};
  ExtentHooks* const members_[2] = {&first_, &second_};
  HookChain chain_{&table_os_, members_};
};

TEST_F(HookChainTest, ARequestGoesToTheFirstMemberThatGrantsIt) {
  ExtentGrant a;
  ExtentGrant b;
  ASSERT_TRUE(chain_.Allocate(kRequest, &a));
  EXPECT_EQ(second_.calls(HookCall::kAllocate), 0u);
  first_.FailFrom(0);
  ASSERT_TRUE(chain_.Allocate(kRequest, &b));
  second_.FailFrom(0);
  ExtentGrant none;
  EXPECT_FALSE(chain_.Allocate(kRequest, &none));
  EXPECT_EQ(none.base, nullptr);
  ASSERT_EQ(chain_.members(), 2u);
  EXPECT_EQ(chain_.grants(0), 1u);
  EXPECT_EQ(chain_.fallbacks(0), 2u);
  EXPECT_EQ(chain_.grants(1), 1u);
  EXPECT_EQ(chain_.fallbacks(1), 1u);
}

TEST_F(HookChainTest, WhatBecomesOfAGrantGoesToTheMemberThatGrantedIt) {
  first_.FailNth(0);
  ExtentGrant grant;
  const ExtentRequest request = {.desired = 2 * kSize, .required = 2 * kSize};
  ASSERT_TRUE(chain_.Allocate(request, &grant));
  char* const base = static_cast<char*>(grant.base);
  EXPECT_TRUE(chain_.Commit(base + kPageSize, kPageSize));
  EXPECT_TRUE(chain_.PurgeLazily(base + kPageSize, kPageSize));
  EXPECT_TRUE(chain_.PurgeForcibly(base + kPageSize, kPageSize));
  EXPECT_TRUE(chain_.Decommit(base + kPageSize, kPageSize));
  EXPECT_TRUE(chain_.Split(base, 2 * kSize, kSize));
  EXPECT_FALSE(chain_.Release(base, 2 * kSize)) << "it is two grants";
  EXPECT_TRUE(chain_.Merge(base, kSize, kSize));
  EXPECT_FALSE(chain_.Release(base, kSize)) << "it is one grant";
  EXPECT_TRUE(chain_.Release(base, 2 * kSize));
  EXPECT_FALSE(chain_.Release(base, 2 * kSize));
  EXPECT_FALSE(chain_.Commit(base, kPageSize));
  EXPECT_EQ(first_.calls(), 1u);
  EXPECT_EQ(second_.calls(), 8u);
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_F(HookChainTest, ACallThatAMemberRefusesChangesNothing) {
  ExtentGrant grant;
  const ExtentRequest request = {.desired = 2 * kSize, .required = 2 * kSize};
  ASSERT_TRUE(chain_.Allocate(request, &grant));
  first_.FailFrom(0);
  EXPECT_FALSE(chain_.Split(grant.base, 2 * kSize, kSize));
  EXPECT_FALSE(chain_.Release(grant.base, 2 * kSize));
  first_.FailNever();
  ASSERT_TRUE(chain_.Split(grant.base, 2 * kSize, kSize));
  first_.FailFrom(0);
  EXPECT_FALSE(chain_.Merge(grant.base, kSize, kSize));
  first_.FailNever();
  EXPECT_TRUE(chain_.Merge(grant.base, kSize, kSize));
  EXPECT_TRUE(chain_.Release(grant.base, 2 * kSize));
}

TEST_F(HookChainTest, ItCanDoWhatSomeMemberCan) {
  first_.Mask({.release = true, .purge_lazily = true, .trusted = true});
  second_.Mask({.release = true, .split = true});
  const ExtentCapabilities can = chain_.capabilities();
  EXPECT_TRUE(can.release);
  EXPECT_TRUE(can.purge_lazily);
  EXPECT_TRUE(can.split);
  EXPECT_FALSE(can.purge_forcibly);
  EXPECT_FALSE(can.merge);
  EXPECT_FALSE(can.trusted) << "only where all members are";
  // Of the member that cannot, the call is refused.
  ExtentGrant grant;
  const ExtentRequest request = {.desired = 2 * kSize, .required = 2 * kSize};
  ASSERT_TRUE(chain_.Allocate(request, &grant));
  EXPECT_FALSE(chain_.Split(grant.base, 2 * kSize, kSize));
  EXPECT_TRUE(chain_.PurgeLazily(grant.base, kPageSize));
}

TEST_F(HookChainTest, NoMemberIsAskedWhenTheGrantCouldNotBeRecorded) {
  ExtentGrant grant;
  for (OsCall call : {OsCall::kReserve, OsCall::kCommit}) {
    table_os_.FailNth(0, call);
    EXPECT_FALSE(chain_.Allocate(kRequest, &grant));
  }
  EXPECT_EQ(first_.calls(), 0u);
  EXPECT_TRUE(chain_.Allocate(kRequest, &grant));
}

TEST_F(HookChainTest, AnAnswerThatLeadsNowhereIsARefusal) {
  ExtentGrant a;
  ExtentGrant b;
  ASSERT_TRUE(chain_.Allocate(kRequest, &a));
  first_.Lie(testing::HookLie::kOverlap);
  ASSERT_TRUE(chain_.Allocate(kRequest, &b));
  EXPECT_NE(a.base, b.base);
  first_.Lie(testing::HookLie::kNull);
  ASSERT_TRUE(chain_.Allocate(kRequest, &b));
  EXPECT_NE(b.base, nullptr);
  EXPECT_EQ(chain_.fallbacks(0), 2u);
  EXPECT_EQ(first_.calls(HookCall::kRelease), 0u);
}

TEST_F(HookChainTest, ChainsNest) {
  ExtentHooks* const outer_members[] = {&chain_, &mmap_};
  HookChain outer(&table_os_, outer_members);
  ExtentGrant grant;
  ASSERT_TRUE(outer.Allocate(kRequest, &grant));
  EXPECT_EQ(chain_.grants(0), 1u);
  EXPECT_TRUE(outer.Commit(grant.base, kPageSize));
  EXPECT_TRUE(outer.Release(grant.base, kSize));
}

// Hands out slices of addresses that nobody touches.
class SliceHooks final : public ExtentHooks {
 public:
  explicit SliceHooks(uintptr_t* next) : next_(next) {}

  const char* name() const noexcept override { return "slices"; }
  ExtentCapabilities capabilities() const noexcept override {
    return {.release = true, .merge = true};
  }
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    *grant = {.base = reinterpret_cast<void*>(*next_),
              .size = request.required};
    *next_ += request.required;
    ++grants_;
    return true;
  }
  bool Release(void*, size_t) noexcept override { return true; }
  bool Merge(void*, size_t, size_t) noexcept override { return true; }
  size_t grants() const { return grants_; }

 private:
  uintptr_t* const next_;
  size_t grants_ = 0;
};

constexpr uintptr_t kSlices = uintptr_t{1} << 40;

TEST(HookChainSliceTest, NeighboursOfDifferentMembersNeverMerge) {
  FakeOs os;
  uintptr_t next = kSlices;
  SliceHooks a(&next);
  SliceHooks b(&next);
  FaultyHooks first(&a);
  ExtentHooks* const members[] = {&first, &b};
  HookChain chain(&os, members);
  ExtentGrant grants[3];
  for (ExtentGrant& grant : grants) {
    ASSERT_TRUE(chain.Allocate(kRequest, &grant));
    if (&grant == &grants[1]) first.FailFrom(0, HookCall::kAllocate);
  }
  ASSERT_EQ(chain.grants(1), 1u);
  EXPECT_TRUE(chain.Merge(grants[0].base, kSize, kSize));
  EXPECT_FALSE(chain.Merge(grants[0].base, 2 * kSize, kSize));
  EXPECT_EQ(first.calls(HookCall::kMerge), 1u) << "nobody was asked";
  EXPECT_TRUE(chain.Release(grants[0].base, 2 * kSize));
  EXPECT_TRUE(chain.Release(grants[2].base, kSize));
}

TEST(HookChainSliceTest, AFullTableGrantsNothingUntilThereIsRoom) {
  FakeOs os;
  uintptr_t next = kSlices;
  SliceHooks slices(&next);
  ExtentHooks* const members[] = {&slices};
  HookChain chain(&os, members);
  ExtentGrant grant;
  for (size_t i = 0; i < GrantTable::kMostGrants; ++i) {
    ASSERT_TRUE(chain.Allocate(kRequest, &grant));
  }
  ExtentGrant none;
  EXPECT_FALSE(chain.Allocate(kRequest, &none));
  EXPECT_EQ(slices.grants(), GrantTable::kMostGrants);
  EXPECT_TRUE(chain.Release(grant.base, grant.size));
  EXPECT_TRUE(chain.Allocate(kRequest, &grant));
}

}  // namespace
}  // namespace acre::allocator
