#include "allocator/extent/grants.h"

#include <array>
#include <cstdint>
#include <utility>

#include "allocator/extent/shared_ranges.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;
using AddResult = Grants::AddResult;

constexpr size_t kMiB = size_t{1} << 20;

class GrantsTest : public ::testing::Test {
 protected:
  Grant At(uintptr_t base, size_t size) {
    return {.base = base, .size = size, .ranges = &ranges_};
  }

  FakeOs os_;
  // Static: aligned to a cache line, and never touched.
  static inline SharedRanges ranges_;
  Grants grants_{&os_};
};

TEST_F(GrantsTest, EverythingThatIsKnownOfAGrantIsFoundByAnyAddressInIt) {
  for (bool pinned : {false, true}) {
    for (size_t page_size = kPageSize; page_size <= kMaxAlignment;
         page_size *= 2) {
      const Grant grant{.base = uintptr_t{1} << 40,
                        .size = page_size,
                        .ranges = &ranges_,
                        .pinned = pinned,
                        .page_size = page_size};
      ASSERT_EQ(grants_.Add(grant), AddResult::kAdded);
      for (uintptr_t at : {grant.base, grant.end() - 1}) {
        const Grant found = grants_.Find(at);
        EXPECT_EQ(found.base, grant.base);
        EXPECT_EQ(found.size, page_size);
        EXPECT_EQ(found.ranges, &ranges_);
        EXPECT_EQ(found.pinned, pinned);
        EXPECT_EQ(found.page_size, page_size);
      }
      EXPECT_EQ(grants_.Find(grant.base - 1).ranges, nullptr);
      EXPECT_EQ(grants_.Find(grant.end()).ranges, nullptr);
      grants_.Remove(grant.base, grant.size);
    }
  }
  EXPECT_EQ(grants_.count(), 0u);
}

TEST_F(GrantsTest, WhatOverlapsIsRefusedAndChangesNothing) {
  ASSERT_EQ(grants_.Add(At(4 * kMiB, 4 * kMiB)), AddResult::kAdded);
  for (const auto& [base, size] :
       {std::pair{4 * kMiB, 4 * kMiB}, std::pair{2 * kMiB, 4 * kMiB},
        std::pair{6 * kMiB, 4 * kMiB}, std::pair{2 * kMiB, 8 * kMiB},
        std::pair{6 * kMiB, 2 * kMiB}}) {
    EXPECT_EQ(grants_.Add(At(base, size)), AddResult::kOverlaps);
  }
  EXPECT_EQ(grants_.count(), 1u);
  EXPECT_EQ(grants_.Add(At(2 * kMiB, 2 * kMiB)), AddResult::kAdded);
  EXPECT_EQ(grants_.Add(At(8 * kMiB, 2 * kMiB)), AddResult::kAdded);
  EXPECT_EQ(grants_.count(), 3u);
}

TEST_F(GrantsTest, WithoutMemoryForTheTableNothingIsAdded) {
  os_.FailFrom(0);
  EXPECT_EQ(grants_.Add(At(4 * kMiB, 4 * kMiB)), AddResult::kOutOfMemory);
  EXPECT_FALSE(grants_.PrepareSplit());
  EXPECT_EQ(grants_.count(), 0u);
  os_.FailNever();
  EXPECT_EQ(grants_.Add(At(4 * kMiB, 4 * kMiB)), AddResult::kAdded);
  EXPECT_EQ(grants_.metadata_bytes(), kPageSize);
}

TEST_F(GrantsTest, SplitAndMergedTheyKeepWhatIsKnown) {
  Grant grant = At(4 * kMiB, 8 * kMiB);
  grant.pinned = true;
  grant.page_size = 2 * kMiB;
  ASSERT_EQ(grants_.Add(grant), AddResult::kAdded);
  ASSERT_TRUE(grants_.PrepareSplit());
  grants_.CancelSplit();
  ASSERT_TRUE(grants_.PrepareSplit());
  grants_.Split(4 * kMiB, 2 * kMiB);
  EXPECT_EQ(grants_.count(), 2u);
  EXPECT_EQ(grants_.Find(6 * kMiB - 1).size, 2 * kMiB);
  const Grant rest = grants_.Find(6 * kMiB);
  EXPECT_EQ(rest.base, 6 * kMiB);
  EXPECT_EQ(rest.size, 6 * kMiB);
  EXPECT_TRUE(rest.pinned);
  EXPECT_EQ(rest.page_size, 2 * kMiB);
  grants_.Merge(4 * kMiB);
  EXPECT_EQ(grants_.count(), 1u);
  EXPECT_EQ(grants_.Find(12 * kMiB - 1).base, 4 * kMiB);
}

TEST_F(GrantsTest, CopiesThemInOrderFromAnyNumberOn) {
  for (size_t i : {3, 1, 2}) {
    ASSERT_EQ(grants_.Add(At(i * 4 * kMiB, 2 * kMiB)), AddResult::kAdded);
  }
  std::array<Grants::Range, 2> two;
  ASSERT_EQ(grants_.Copy(0, two), 2u);
  EXPECT_EQ(two[0].base, 4 * kMiB);
  EXPECT_EQ(two[1].base, 8 * kMiB);
  ASSERT_EQ(grants_.Copy(2, two), 1u);
  EXPECT_EQ(two[0].base, 12 * kMiB);
  EXPECT_EQ(two[0].size, 2 * kMiB);
  EXPECT_EQ(grants_.Copy(3, two), 0u);
}

}  // namespace
}  // namespace acre::allocator
