#include "allocator/extent/hooks/thp_hooks.h"

#include <cstring>

#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

constexpr size_t kSize = 4 * ThpHooks::kHugePage;
constexpr ExtentRequest kRequest = {
    .desired = kSize, .required = kSize, .commit = true};

TEST(ThpHooksTest, GrantsAreBackedByHugepages) {
  for (bool strict : {false, true}) {
    FakeOs os;
    os.set_strict_overcommit(strict);
    ThpHooks hooks(&os);
    ExtentGrant grant;
    ASSERT_TRUE(hooks.Allocate(kRequest, &grant));
    if (hooks.advice_refused() > 0) {
      GTEST_SKIP() << "the kernel takes no advice on hugepages";
    }
    EXPECT_EQ(grant.page_size, ThpHooks::kHugePage);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(grant.base) % grant.page_size, 0u);
    memset(grant.base, 1, kSize);
    const size_t huge = HugeBackedBytes(grant.base, kSize);
    if (huge == 0) GTEST_SKIP() << "the kernel had no free hugepage";
    EXPECT_EQ(huge % ThpHooks::kHugePage, 0u);
  }
}

TEST(ThpHooksTest, AdviceIsGivenAgainToWhatWasDecommitted) {
  FakeOs os;
  os.set_strict_overcommit(true);
  ThpHooks hooks(&os);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate(kRequest, &grant));
  if (hooks.advice_refused() > 0) {
    GTEST_SKIP() << "the kernel takes no advice on hugepages";
  }
  ASSERT_TRUE(hooks.Decommit(grant.base, kSize));
  ASSERT_TRUE(hooks.Commit(grant.base, kSize));
  memset(grant.base, 1, kSize);
  if (HugeBackedBytes(grant.base, kSize) == 0) {
    GTEST_SKIP() << "the kernel had no free hugepage";
  }
  EXPECT_EQ(os.calls(OsCall::kAdviseHuge), 2u);
}

TEST(ThpHooksTest, WithoutAdviceTheGrantIsGoodInNormalPages) {
  FakeOs os;
  ThpHooks hooks(&os);
  os.FailFrom(0, OsCall::kAdviseHuge);
  ExtentGrant grant;
  ASSERT_TRUE(hooks.Allocate(kRequest, &grant));
  EXPECT_EQ(hooks.advice_refused(), 1u);
  EXPECT_EQ(grant.page_size, kPageSize);
  memset(grant.base, 1, kSize);
  EXPECT_EQ(HugeBackedBytes(grant.base, kSize), 0u);
}

}  // namespace
}  // namespace acre::allocator
