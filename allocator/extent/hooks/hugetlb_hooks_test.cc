#include "allocator/extent/hooks/hugetlb_hooks.h"

#include <cstdint>

#include "gtest/gtest.h"
#include "testing/fake_os.h"
#include "testing/huge_pool.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::HugePool;

constexpr size_t kTwoMiB = size_t{2} << 20;
constexpr size_t kOneGiB = size_t{1} << 30;

TEST(HugetlbHooksTest, GrantsArePinnedWholeHugepages) {
  FakeOs os;
  os.SimulateHugePool(4 * kOneGiB);
  HugetlbHooks hooks(&os, kOneGiB);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate(
      {.desired = kOneGiB + kTwoMiB, .required = kTwoMiB}, &grant));
  EXPECT_EQ(grant.size, 2 * kOneGiB);
  EXPECT_EQ(grant.page_size, kOneGiB);
  EXPECT_TRUE(grant.pinned);
  EXPECT_TRUE(grant.committed);
  EXPECT_TRUE(grant.zeroed);
  char* const base = static_cast<char*>(grant.base);
  EXPECT_FALSE(hooks.Split(base, grant.size, kTwoMiB));
  EXPECT_TRUE(hooks.Split(base, grant.size, kOneGiB));
  EXPECT_FALSE(hooks.Release(base, kTwoMiB));
  EXPECT_TRUE(hooks.Release(base, kOneGiB));
  EXPECT_TRUE(hooks.Release(base + kOneGiB, kOneGiB));
  EXPECT_EQ(os.mappings(), 0u);
}

TEST(HugetlbHooksTest, APoolThatIsLowGrantsWhatIsRequired) {
  FakeOs os;
  os.SimulateHugePool(3 * kTwoMiB);
  HugetlbHooks hooks(&os, kTwoMiB);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate({.desired = 4 * kTwoMiB, .required = 2 * kTwoMiB},
                             &grant));
  EXPECT_EQ(grant.size, 2 * kTwoMiB);
  EXPECT_FALSE(hooks.Allocate({.desired = 2 * kTwoMiB, .required = 2 * kTwoMiB},
                              &grant));
  EXPECT_TRUE(
      hooks.Allocate({.desired = kTwoMiB, .required = kTwoMiB}, &grant));
}

TEST(HugetlbHooksTest, AnAlignmentAboveTheHugepageTakesNoMoreThanItSays) {
  FakeOs os;
  os.SimulateHugePool(64 * kTwoMiB);
  HugetlbHooks hooks(&os, kTwoMiB);
  ExtentGrant grant;
  const size_t alignment = 16 * kTwoMiB;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(hooks.Allocate(
        {.desired = kTwoMiB, .required = kTwoMiB, .alignment = alignment},
        &grant));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(grant.base) % alignment, 0u);
    EXPECT_EQ(os.mapped_bytes(), (static_cast<size_t>(i) + 1) * kTwoMiB);
  }
  EXPECT_TRUE(os.violations().empty());
}

class SystemPoolTest : public ::testing::TestWithParam<size_t> {};

TEST_P(SystemPoolTest, GrantsComeFromTheSystemsPool) {
  const size_t page_size = GetParam();
  HugePool pool(1, page_size);
  if (!pool.granted()) GTEST_SKIP() << pool.reason();
  FakeOs os;
  HugetlbHooks hooks(&os, page_size);
  ExtentGrant grant;
  ASSERT_TRUE(
      hooks.Allocate({.desired = kTwoMiB, .required = kTwoMiB}, &grant));
  EXPECT_EQ(grant.size, page_size);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(grant.base) % page_size, 0u);
  *static_cast<char*>(grant.base) = 1;
  EXPECT_EQ(ResidentBytes(grant.base, grant.size), page_size)
      << "one touch brings in all of a hugepage";
  EXPECT_TRUE(hooks.Release(grant.base, grant.size));
}

INSTANTIATE_TEST_SUITE_P(Pools, SystemPoolTest,
                         ::testing::Values(kTwoMiB, kOneGiB));

}  // namespace
}  // namespace acre::allocator
