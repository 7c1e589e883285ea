#include "allocator/extent/hooks/mmap_hooks.h"

#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

constexpr size_t kSize = kGrantGranularity;

TEST(MmapHooksTest, GrantsAreUsableAtOnceWhereTheSystemOvercommits) {
  FakeOs os;
  os.set_strict_overcommit(false);
  MmapHooks hooks(&os);
  EXPECT_FALSE(hooks.capabilities().commit);
  EXPECT_FALSE(hooks.capabilities().decommit);
  ExtentGrant grant;
  ASSERT_TRUE(
      hooks.Allocate({.desired = 4 * kSize, .required = kSize}, &grant));
  EXPECT_TRUE(grant.committed);
  EXPECT_TRUE(grant.zeroed);
  EXPECT_FALSE(grant.pinned);
  EXPECT_EQ(grant.size, 4 * kSize);
  EXPECT_EQ(os.usable_bytes(), 4 * kSize);
}

TEST(MmapHooksTest, GrantsAreReservationsWhereTheSystemCounts) {
  FakeOs os;
  os.set_strict_overcommit(true);
  MmapHooks hooks(&os);
  EXPECT_TRUE(hooks.capabilities().commit);
  EXPECT_TRUE(hooks.capabilities().decommit);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate({.desired = kSize, .required = kSize}, &grant));
  EXPECT_FALSE(grant.committed);
  EXPECT_EQ(os.usable_bytes(), 0u);
  EXPECT_TRUE(hooks.Commit(grant.base, 3 * kPageSize));
  EXPECT_EQ(os.usable_bytes(), 3 * kPageSize);
  EXPECT_TRUE(hooks.Decommit(grant.base, kPageSize));
  EXPECT_EQ(os.usable_bytes(), 2 * kPageSize);
}

TEST(MmapHooksTest, WhereMemoryIsShortItGrantsWhatIsRequired) {
  for (bool strict : {false, true}) {
    FakeOs os;
    os.set_strict_overcommit(strict);
    MmapHooks hooks(&os);
    os.FailNth(0, strict ? OsCall::kCommit : OsCall::kMap);
    ExtentGrant grant;
    ASSERT_TRUE(hooks.Allocate(
        {.desired = 4 * kSize, .required = kSize, .commit = true}, &grant));
    EXPECT_TRUE(grant.committed);
    EXPECT_EQ(grant.size, kSize);
    EXPECT_EQ(os.mapped_bytes(), kSize);
    EXPECT_TRUE(os.violations().empty());
  }
}

TEST(MmapHooksTest, ARefusedRequestLeavesTheGrantAndTheSystemAlone) {
  FakeOs os;
  MmapHooks hooks(&os);
  os.FailFrom(0);
  ExtentGrant grant;
  EXPECT_FALSE(
      hooks.Allocate({.desired = 4 * kSize, .required = kSize}, &grant));
  EXPECT_EQ(grant.base, nullptr);
  EXPECT_EQ(os.failures(), 2u);
  os.FailFrom(0);
  EXPECT_FALSE(hooks.Allocate({.desired = kSize, .required = kSize}, &grant));
  EXPECT_EQ(os.failures(), 3u) << "the same size is not asked for twice";
  EXPECT_EQ(os.mappings(), 0u);
}

}  // namespace
}  // namespace acre::allocator
