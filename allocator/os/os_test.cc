#include "allocator/os/os.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "allocator/base/units.h"
#include "gtest/gtest.h"

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
  testing::FLAGS_gtest_death_test_style = "threadsafe";
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

}  // namespace
}  // namespace acre::allocator
