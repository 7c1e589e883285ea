#include "allocator/os/page_tables.h"

#include <sys/resource.h>

#include <cstring>

#include "allocator/base/units.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kPages = 64;

class PageTablesTest : public ::testing::Test {
 protected:
  ~PageTablesTest() override { os_->Unmap(base_, kPages * kPageSize); }

  LinuxOs* os_ = LinuxOs::Get();
  char* base_ = static_cast<char*>(os_->Map(kPages * kPageSize, kPageSize));
  PageTables tables_;
};

TEST_F(PageTablesTest, SeesThePagesThatWereTouched) {
  EXPECT_EQ(tables_.Measure(base_, kPages * kPageSize).resident, 0u);
  for (size_t page : {3, 4, 5, 40}) base_[page * kPageSize] = 1;
  EXPECT_EQ(tables_.Measure(base_, kPages * kPageSize).resident, 4 * kPageSize);
  EXPECT_EQ(tables_.Measure(base_ + 4 * kPageSize, kPageSize).resident,
            kPageSize);
  os_->Purge(base_ + 3 * kPageSize, 2 * kPageSize);
  EXPECT_EQ(tables_.Measure(base_, kPages * kPageSize).resident, 2 * kPageSize);
}

TEST_F(PageTablesTest, KnowsWhatIsResidentWithoutTheFile) {
  base_[7 * kPageSize] = 1;
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const PageTables blind;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(blind.can_scan());
  EXPECT_EQ(blind.Measure(base_, kPages * kPageSize).resident, kPageSize);
}

TEST_F(PageTablesTest, BothWaysAgree) {
  for (size_t page = 0; page < kPages; page += 3) base_[page * kPageSize] = 1;
  const PageResidence entries = tables_.ReadEntries(base_, kPages * kPageSize);
  PageResidence scanned;
  if (tables_.Scan(base_, kPages * kPageSize, &scanned)) {
    EXPECT_EQ(entries.resident, scanned.resident);
    EXPECT_EQ(entries.swapped, scanned.swapped);
  }
  EXPECT_EQ(entries.resident, (kPages + 2) / 3 * kPageSize);
}

}  // namespace
}  // namespace acre::allocator
