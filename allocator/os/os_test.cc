#include "allocator/os/os.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include "allocator/base/units.h"
#include "gtest/gtest.h"
#include "testing/huge_pool.h"

namespace acre::allocator {
namespace {

bool AllZero(const void* memory, size_t size) {
  const char* bytes = static_cast<const char*>(memory);
  return std::all_of(bytes, bytes + size, [](char c) { return c == 0; });
}

size_t Misplacement(const void* p, size_t alignment) {
  return reinterpret_cast<uintptr_t>(p) % alignment;
}

TEST(OsTest, ReservationsAreAlignedAndReadAsZero) {
  LinuxOs* os = LinuxOs::Get();
  for (size_t alignment = kPageSize; alignment <= size_t{1} << 30;
       alignment *= 4) {
    for (size_t pages : {1, 3, 1000}) {
      void* p = os->Reserve(pages * kPageSize, alignment);
      ASSERT_NE(p, nullptr);
      EXPECT_EQ(Misplacement(p, alignment), 0u) << alignment;
      EXPECT_TRUE(AllZero(p, pages * kPageSize));
      os->Unmap(p, pages * kPageSize);
    }
  }
}

TEST(OsTest, MappingsAreAlignedZeroAndWritable) {
  LinuxOs* os = LinuxOs::Get();
  for (size_t alignment = kPageSize; alignment <= size_t{1} << 30;
       alignment *= 4) {
    const size_t size = 5 * kPageSize;
    void* p = os->Map(size, alignment);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(Misplacement(p, alignment), 0u) << alignment;
    EXPECT_TRUE(AllZero(p, size));
    memset(p, 1, size);
    os->Unmap(p, size);
  }
}

TEST(OsTest, APartOfAReservationCanBeCommitted) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 64 * kPageSize;
  char* p = static_cast<char*>(os->Reserve(size, kPageSize));
  ASSERT_NE(p, nullptr);
  ASSERT_TRUE(os->Commit(p + 8 * kPageSize, 2 * kPageSize));
  EXPECT_TRUE(AllZero(p, size));
  memset(p + 8 * kPageSize, 1, 2 * kPageSize);
  EXPECT_TRUE(AllZero(p, 8 * kPageSize));
  EXPECT_TRUE(AllZero(p + 10 * kPageSize, size - 10 * kPageSize));
  os->Unmap(p, size);
}

TEST(OsDeathTest, WritingToAReservationFaults) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        volatile char* p =
            static_cast<char*>(LinuxOs::Get()->Reserve(kPageSize, kPageSize));
        *p = 1;
      },
      "");
}

TEST(OsTest, PagesBecomeResidentWhenTouchedAndAbsentWhenPurged) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 100 * kPageSize;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(ResidentBytes(p, size), 0u);
  memset(p + 10 * kPageSize, 1, 20 * kPageSize);
  EXPECT_EQ(ResidentBytes(p, size), 20 * kPageSize);
  ASSERT_TRUE(os->Purge(p + 15 * kPageSize, 5 * kPageSize));
  EXPECT_EQ(ResidentBytes(p, size), 15 * kPageSize);
  EXPECT_TRUE(AllZero(p + 15 * kPageSize, 5 * kPageSize));
  EXPECT_FALSE(AllZero(p + 14 * kPageSize, kPageSize));
  EXPECT_FALSE(AllZero(p + 20 * kPageSize, kPageSize));
  os->Unmap(p, size);
}

TEST(OsTest, ResidentBytesCoversMoreThanOneSystemCall) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = size_t{9} << 20;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  for (size_t at = 0; at < size; at += size_t{3} << 20) p[at] = 1;
  EXPECT_EQ(ResidentBytes(p, size), 3 * kPageSize);
  // A range within pages counts the pages that it touches.
  EXPECT_EQ(ResidentBytes(p + 100, 10), kPageSize);
  EXPECT_EQ(ResidentBytes(p + kPageSize, 10), 0u);
  os->Unmap(p, size);
}

TEST(OsTest, AddressesThatWereNeverMappedAreAbsent) {
  LinuxOs* os = LinuxOs::Get();
  void* p = os->Map(kPageSize, kPageSize);
  ASSERT_NE(p, nullptr);
  memset(p, 1, kPageSize);
  os->Unmap(p, kPageSize);
  EXPECT_EQ(ResidentBytes(p, kPageSize), 0u);
}

TEST(OsTest, RequestsBeyondTheAddressSpaceAreRefused) {
  LinuxOs* os = LinuxOs::Get();
  EXPECT_EQ(os->Map(size_t{1} << 50, kPageSize), nullptr);
  EXPECT_EQ(os->Reserve(size_t{1} << 50, kPageSize), nullptr);
  EXPECT_EQ(os->Reserve(SIZE_MAX - kPageSize + 1, size_t{1} << 30), nullptr);
}

TEST(OsTest, WhatIsNotMappedCanBeNeitherCommittedNorPurged) {
  LinuxOs* os = LinuxOs::Get();
  void* p = os->Map(kPageSize, kPageSize);
  ASSERT_NE(p, nullptr);
  os->Unmap(p, kPageSize);
  EXPECT_FALSE(os->Commit(p, kPageSize));
  EXPECT_FALSE(os->Purge(p, kPageSize));
}

TEST(OsTest, AnyRunOfPagesOfNeighbouringMappingsCanBeUnmapped) {
  LinuxOs* os = LinuxOs::Get();
  char* p = static_cast<char*>(os->Map(8 * kPageSize, kPageSize));
  ASSERT_NE(p, nullptr);
  // Two mappings in the middle of a third: reserved and mapped.
  ASSERT_TRUE(os->Decommit(p + 2 * kPageSize, 2 * kPageSize));
  memset(p, 1, 2 * kPageSize);
  memset(p + 6 * kPageSize, 2, 2 * kPageSize);
  ASSERT_TRUE(os->Unmap(p + kPageSize, 6 * kPageSize));
  EXPECT_EQ(p[kPageSize - 1], 1);
  EXPECT_EQ(p[7 * kPageSize], 2);
  EXPECT_FALSE(os->Purge(p + kPageSize, kPageSize));
  EXPECT_FALSE(os->Purge(p + 6 * kPageSize, kPageSize));
  os->Unmap(p, kPageSize);
  os->Unmap(p + 7 * kPageSize, kPageSize);
}

TEST(OsTest, DecommittedPagesAreGoneAndZeroWhenCommittedAgain) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 16 * kPageSize;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  memset(p, 1, size);
  ASSERT_TRUE(os->Decommit(p + 4 * kPageSize, 4 * kPageSize));
  EXPECT_EQ(ResidentBytes(p, size), 12 * kPageSize);
  ASSERT_TRUE(os->Commit(p + 4 * kPageSize, 4 * kPageSize));
  EXPECT_TRUE(AllZero(p + 4 * kPageSize, 4 * kPageSize));
  memset(p + 4 * kPageSize, 2, 4 * kPageSize);
  EXPECT_EQ(p[3 * kPageSize], 1);
  EXPECT_EQ(p[8 * kPageSize], 1);
  os->Unmap(p, size);
}

TEST(OsDeathTest, WritingToDecommittedPagesFaults) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        LinuxOs* os = LinuxOs::Get();
        volatile char* p = static_cast<char*>(os->Map(kPageSize, kPageSize));
        os->Decommit(const_cast<char*>(p), kPageSize);
        *p = 1;
      },
      "");
}

TEST(OsTest, LazilyPurgedPagesReadAsBeforeOrAsZeroAndKeepWhatIsWritten) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 16 * kPageSize;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  memset(p, 1, size);
  ASSERT_TRUE(os->PurgeLazily(p, size));
  for (size_t at = 0; at < size; ++at) ASSERT_TRUE(p[at] == 0 || p[at] == 1);
  memset(p, 2, size);
  EXPECT_TRUE(std::all_of(p, p + size, [](char c) { return c == 2; }));
  os->Unmap(p, size);
}

TEST(OsTest, PopulateBringsPagesIntoMemory) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 100 * kPageSize;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  ASSERT_TRUE(os->Populate(p + 10 * kPageSize, 50 * kPageSize));
  EXPECT_EQ(ResidentBytes(p, size), 50 * kPageSize);
  os->Unmap(p, size);
  EXPECT_FALSE(os->Populate(p, kPageSize));
  p = static_cast<char*>(os->Reserve(kPageSize, kPageSize));
  ASSERT_NE(p, nullptr);
  EXPECT_FALSE(os->Populate(p, kPageSize));
  os->Unmap(p, kPageSize);
}

constexpr size_t kHugePage = size_t{2} << 20;

std::string FirstLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool KernelGivesHugepages() {
  const std::string line =
      FirstLine("/sys/kernel/mm/transparent_hugepage/enabled");
  return line.find("[always]") != line.npos ||
         line.find("[madvise]") != line.npos;
}

class HugeOsTest : public ::testing::Test {
 protected:
  static constexpr size_t kSize = 4 * kHugePage;

  void SetUp() override {
    if (!KernelGivesHugepages()) {
      GTEST_SKIP() << "transparent_hugepage/enabled is neither always nor "
                      "madvise";
    }
    p_ = static_cast<char*>(os_->Map(kSize, kHugePage));
    ASSERT_NE(p_, nullptr);
  }
  void TearDown() override {
    if (p_ != nullptr) os_->Unmap(p_, kSize);
  }

  LinuxOs* const os_ = LinuxOs::Get();
  char* p_ = nullptr;
};

TEST_F(HugeOsTest, AdvisedMemoryIsBackedByHugepagesAndCounted) {
  ASSERT_TRUE(os_->AdviseHuge(p_, 2 * kHugePage, HugeAdvice::kAlways));
  memset(p_, 1, kSize);
  const size_t huge = HugeBackedBytes(p_, kSize);
  if (huge == 0) GTEST_SKIP() << "the kernel had no free hugepage";
  EXPECT_EQ(huge % kHugePage, 0u);
  EXPECT_LE(huge, 2 * kHugePage);
  EXPECT_EQ(HugeBackedBytes(p_ + 2 * kHugePage, 2 * kHugePage), 0u);
  EXPECT_EQ(SmapsHugeBytes(p_, kSize), huge);
  // Whole mappings only; the scan sees part of one.
  EXPECT_EQ(SmapsHugeBytes(p_, kHugePage), 0u);
  // A hole ends a hugepage.
  ASSERT_TRUE(os_->Purge(p_, kPageSize));
  EXPECT_EQ(HugeBackedBytes(p_, kHugePage), 0u);
  EXPECT_EQ(p_[kPageSize], 1);
}

TEST_F(HugeOsTest, MappingsStartWithoutHugepages) {
  memset(p_, 1, kSize);
  EXPECT_EQ(HugeBackedBytes(p_, kSize), 0u);
  EXPECT_EQ(SmapsHugeBytes(p_, kSize), 0u);
}

TEST_F(HugeOsTest, CollapseMakesHugepagesOfWhatIsThere) {
  memset(p_, 1, kSize);
  ASSERT_EQ(HugeBackedBytes(p_, kSize), 0u);
  // The kernel collapses nothing that is advised against.
  EXPECT_FALSE(os_->Collapse(p_, kHugePage));
  ASSERT_TRUE(os_->AdviseHuge(p_, kSize, HugeAdvice::kAlways));
  if (!os_->Collapse(p_, kHugePage)) {
    GTEST_SKIP() << "the kernel has no MADV_COLLAPSE (Linux 6.1), or no free "
                    "hugepage";
  }
  EXPECT_EQ(HugeBackedBytes(p_, kSize), kHugePage);
  EXPECT_TRUE(std::all_of(p_, p_ + kSize, [](char c) { return c == 1; }));
}

TEST_F(HugeOsTest, AdviceIsForgottenByDecommit) {
  ASSERT_TRUE(os_->AdviseHuge(p_, kSize, HugeAdvice::kAlways));
  ASSERT_TRUE(os_->Decommit(p_, kSize));
  ASSERT_TRUE(os_->Commit(p_, kSize));
  memset(p_, 1, kSize);
  EXPECT_EQ(HugeBackedBytes(p_, kSize), 0u);
}

TEST(OsTest, MemoryIsBoundToNodesThatThereAre) {
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 4 * kPageSize;
  char* p = static_cast<char*>(os->Map(size, kPageSize));
  ASSERT_NE(p, nullptr);
  EXPECT_FALSE(os->Bind(p, size, 999, true));
  EXPECT_FALSE(os->Bind(p, size, 999, false));
  EXPECT_FALSE(os->Bind(p, size, -1, true));
  EXPECT_FALSE(os->Bind(p, size, 1 << 20, true));
  if (access("/sys/devices/system/node/node0", F_OK) == 0) {
    EXPECT_TRUE(os->Bind(p, size, 0, false));
    EXPECT_TRUE(os->Bind(p, size, 0, true));
  }
  memset(p, 1, size);
  EXPECT_EQ(ResidentBytes(p, size), size);
  os->Unmap(p, size);
}

TEST(OsTest, OvercommitIsStrictWhereTheSystemSaysSo) {
  EXPECT_EQ(LinuxOs::Get()->StrictOvercommit(),
            FirstLine("/proc/sys/vm/overcommit_memory") == "2");
}

TEST(OsTest, HugepagesOfThePoolAreWholeZeroAndCanBeUnmappedInPieces) {
  testing::HugePool pool(4, kHugePage);
  if (!pool.granted()) GTEST_SKIP() << pool.reason();
  LinuxOs* os = LinuxOs::Get();
  const size_t size = 4 * kHugePage;
  char* p = static_cast<char*>(os->MapHuge(size, kHugePage));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(Misplacement(p, kHugePage), 0u);
  EXPECT_TRUE(AllZero(p, size));
  memset(p, 1, size);
  EXPECT_EQ(ResidentBytes(p, size), size);
  EXPECT_FALSE(os->Unmap(p, kPageSize)) << "part of a hugepage";
  EXPECT_TRUE(os->Unmap(p + kHugePage, 2 * kHugePage));
  EXPECT_EQ(p[0], 1);
  EXPECT_EQ(p[3 * kHugePage], 1);
  EXPECT_TRUE(os->Unmap(p, kHugePage));
  EXPECT_TRUE(os->Unmap(p + 3 * kHugePage, kHugePage));
}

TEST(OsTest, APoolThatHasNotEnoughHugepagesRefuses) {
  EXPECT_EQ(LinuxOs::Get()->MapHuge(size_t{1} << 46, kHugePage), nullptr);
}

}  // namespace
}  // namespace acre::allocator
