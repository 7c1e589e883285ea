#include "allocator/extent/hooks/numa_hooks.h"

#include <sys/syscall.h>
#include <unistd.h>

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
constexpr ExtentRequest kRequest = {.desired = 4 * kSize, .required = kSize};

// The memory policy of an address: MPOL_DEFAULT 0, _PREFERRED 1, _BIND 2.
int PolicyAt(const void* address) {
  constexpr unsigned long kOfAddress = 2;  // MPOL_F_ADDR.
  int mode = -1;
  syscall(SYS_get_mempolicy, &mode, nullptr, 0ul, address, kOfAddress);
  return mode;
}

class NumaHooksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (access("/sys/devices/system/node/node0", F_OK) != 0) {
      GTEST_SKIP() << "the kernel has no memory nodes";
    }
    os_.set_strict_overcommit(true);
  }

  FakeOs os_;
};

TEST_F(NumaHooksTest, GrantsAreBoundToTheNodeAsAWhole) {
  MmapHooks below(&os_);
  for (bool strict : {false, true}) {
    NumaHooks hooks(&os_, &below, 0, strict);
    ExtentGrant grant;
    ASSERT_TRUE(hooks.Allocate(kRequest, &grant));
    const char* const base = static_cast<const char*>(grant.base);
    EXPECT_EQ(PolicyAt(base), strict ? 2 : 1);
    EXPECT_EQ(PolicyAt(base + grant.size - kPageSize), strict ? 2 : 1);
    EXPECT_TRUE(hooks.Release(grant.base, grant.size));
  }
}

TEST_F(NumaHooksTest, WhatWasDecommittedIsBoundAgain) {
  MmapHooks below(&os_);
  NumaHooks hooks(&os_, &below, 0, true);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate(kRequest, &grant));
  ASSERT_TRUE(hooks.Commit(grant.base, kPageSize));
  ASSERT_TRUE(hooks.Decommit(grant.base, kPageSize));
  EXPECT_EQ(PolicyAt(grant.base), 0);
  os_.FailNth(0, OsCall::kBind);
  EXPECT_FALSE(hooks.Commit(grant.base, kPageSize));
  EXPECT_EQ(os_.usable_bytes(), 0u);
  ASSERT_TRUE(hooks.Commit(grant.base, kPageSize));
  EXPECT_EQ(PolicyAt(grant.base), 2);
}

TEST_F(NumaHooksTest, AGrantThatCannotBeBoundGoesBack) {
  MmapHooks mmap(&os_);
  FaultyHooks below(&mmap);
  ExtentGrant grant;
  NumaHooks nowhere(&os_, &below, 999, false);
  EXPECT_FALSE(nowhere.Allocate(kRequest, &grant));
  NumaHooks hooks(&os_, &below, 0, false);
  os_.FailNth(0, OsCall::kBind);
  EXPECT_FALSE(hooks.Allocate(kRequest, &grant));
  EXPECT_EQ(grant.base, nullptr);
  EXPECT_EQ(below.calls(HookCall::kRelease), 2u);
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_F(NumaHooksTest, ItCanDoWhatTheHooksBelowCan) {
  MmapHooks mmap(&os_);
  FaultyHooks below(&mmap);
  below.Mask({.release = true, .purge_forcibly = true});
  NumaHooks hooks(&os_, &below, 0, false);
  EXPECT_TRUE(hooks.capabilities().release);
  EXPECT_TRUE(hooks.capabilities().purge_forcibly);
  EXPECT_FALSE(hooks.capabilities().split);
  EXPECT_FALSE(hooks.capabilities().commit);
}

}  // namespace
}  // namespace acre::allocator
