#include "allocator/extent/hooks/grant_table.h"

#include <cstdint>

#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

class GrantTableTest : public ::testing::Test {
 protected:
  void Add(uintptr_t base, size_t size, size_t member = 0) {
    ASSERT_TRUE(table_.Promise());
    ASSERT_TRUE(table_.Insert({base, size, member}));
  }

  FakeOs os_;
  GrantTable table_{&os_};
};

TEST_F(GrantTableTest, FindsTheGrantThatHasAllOfARange) {
  Add(3000, 100, 3);
  Add(1000, 100, 1);
  Add(2000, 1000, 2);
  EXPECT_EQ(table_.Find(1000, 100)->member, 1u);
  EXPECT_EQ(table_.Find(2999, 1)->member, 2u);
  EXPECT_EQ(table_.Find(3000, 1)->member, 3u);
  EXPECT_EQ(table_.Find(2999, 2), nullptr) << "of two grants";
  EXPECT_EQ(table_.Find(999, 1), nullptr);
  EXPECT_EQ(table_.Find(1100, 1), nullptr);
  EXPECT_EQ(table_.Find(3100, 1), nullptr);
  EXPECT_EQ(table_.Find(3050, SIZE_MAX), nullptr);
  EXPECT_NE(table_.FindWhole(2000, 1000), nullptr);
  EXPECT_EQ(table_.FindWhole(2000, 999), nullptr);
  EXPECT_EQ(table_.FindWhole(2001, 999), nullptr);
}

TEST_F(GrantTableTest, TakesNoGrantThatOverlapsAnother) {
  Add(1000, 100);
  Add(1200, 100);
  ASSERT_TRUE(table_.Promise());
  EXPECT_FALSE(table_.Insert({1000, 100, 0}));
  EXPECT_FALSE(table_.Insert({1099, 1, 0}));
  EXPECT_FALSE(table_.Insert({1100, 101, 0}));
  EXPECT_FALSE(table_.Insert({900, 1000, 0}));
  EXPECT_TRUE(table_.Insert({1100, 100, 0})) << "the room was kept";
  EXPECT_EQ(table_.size(), 3u);
}

TEST_F(GrantTableTest, SplitsMergesAndRemoves) {
  Add(1000, 300, 2);
  Add(5000, 100, 1);
  ASSERT_TRUE(table_.Promise());
  table_.Split(table_.FindWhole(1000, 300), 100);
  EXPECT_EQ(table_.FindWhole(1000, 100)->member, 2u);
  EXPECT_EQ(table_.FindWhole(1100, 200)->member, 2u);
  table_.Merge(table_.FindWhole(1000, 100));
  EXPECT_NE(table_.FindWhole(1000, 300), nullptr);
  table_.Remove(table_.FindWhole(1000, 300));
  EXPECT_EQ(table_.Find(1000, 1), nullptr);
  EXPECT_NE(table_.FindWhole(5000, 100), nullptr);
  EXPECT_TRUE(table_.Insert({1000, 300, 2})) << "its room was kept";
}

TEST_F(GrantTableTest, PromisesNoRoomThatItCannotHave) {
  os_.FailNth(0, OsCall::kReserve);
  EXPECT_FALSE(table_.Promise());
  os_.FailNth(0, OsCall::kCommit);
  EXPECT_FALSE(table_.Promise());
  os_.FailNever();
  for (size_t i = 0; i < GrantTable::kMostGrants; ++i) {
    ASSERT_TRUE(table_.Promise());
    if (i % 2 == 0) {
      ASSERT_TRUE(table_.Insert({i + 1, 1, 0}));
    }
  }
  EXPECT_FALSE(table_.Promise()) << "half is used, half is promised";
  table_.Withdraw();
  EXPECT_TRUE(table_.Promise());
}

TEST(GrantTableLifeTest, GivesItsMemoryBack) {
  FakeOs os;
  {
    GrantTable table(&os);
    EXPECT_EQ(os.mappings(), 0u);
    ASSERT_TRUE(table.Promise());
    EXPECT_EQ(os.mappings(), 1u);
  }
  EXPECT_EQ(os.mappings(), 0u);
  EXPECT_TRUE(os.violations().empty());
}

}  // namespace
}  // namespace acre::allocator
