#include "testing/fake_os.h"

#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "allocator/base/units.h"
#include "gtest/gtest.h"

namespace acre::testing {
namespace {

using allocator::HugeAdvice;
using allocator::kPageSize;

constexpr size_t kHugePage = size_t{2} << 20;

class FakeOsTest : public ::testing::Test {
 protected:
  char* Map(size_t pages) {
    return static_cast<char*>(os_.Map(pages * kPageSize, kPageSize));
  }
  // The one violation since the last look; empty when there was none.
  std::string NewViolation() {
    const auto all = os_.violations();
    const size_t seen = std::exchange(seen_, all.size());
    EXPECT_LE(all.size(), seen + 1);
    return all.size() > seen ? all.back() : "";
  }

  FakeOs os_;
  size_t seen_ = 0;
};

TEST_F(FakeOsTest, AMappingLosesItsMiddleAndTheRestIsStillKnown) {
  char* p = Map(10);
  ASSERT_TRUE(os_.Unmap(p + 4 * kPageSize, 2 * kPageSize));
  EXPECT_EQ(os_.mappings(), 2u);
  EXPECT_EQ(os_.mapped_bytes(), 8 * kPageSize);
  EXPECT_EQ(os_.usable_bytes(), 8 * kPageSize);
  EXPECT_EQ(NewViolation(), "");
  EXPECT_FALSE(os_.Unmap(p + 3 * kPageSize, 2 * kPageSize));
  EXPECT_NE(NewViolation().find("Unmap of what is not mapped"),
            std::string::npos);
  EXPECT_TRUE(os_.Unmap(p, 4 * kPageSize));
  EXPECT_TRUE(os_.Unmap(p + 6 * kPageSize, 4 * kPageSize));
  EXPECT_EQ(os_.mappings(), 0u);
  EXPECT_EQ(os_.usable_bytes(), 0u);
}

TEST_F(FakeOsTest, OneUnmapTakesPartsOfNeighbours) {
  char* p = Map(10);
  // A hole that a second mapping fills.
  ASSERT_TRUE(os_.Unmap(p + 4 * kPageSize, 2 * kPageSize));
  char* q = Map(2);
  if (q != p + 4 * kPageSize) GTEST_SKIP() << "the kernel took another hole";
  EXPECT_EQ(os_.mappings(), 3u);
  EXPECT_TRUE(os_.Unmap(p + 2 * kPageSize, 6 * kPageSize));
  EXPECT_EQ(os_.mappings(), 2u);
  EXPECT_EQ(os_.mapped_bytes(), 4 * kPageSize);
  EXPECT_EQ(NewViolation(), "");
}

TEST_F(FakeOsTest, DecommittedPagesAreNotUsableUntilCommitted) {
  char* p = Map(10);
  memset(p, 1, 10 * kPageSize);
  ASSERT_TRUE(os_.Decommit(p + 2 * kPageSize, 3 * kPageSize));
  EXPECT_EQ(os_.usable_bytes(), 7 * kPageSize);
  EXPECT_EQ(os_.resident_bytes(), 7 * kPageSize);
  EXPECT_EQ(os_.mapped_bytes(), 10 * kPageSize);
  EXPECT_EQ(NewViolation(), "");
  EXPECT_FALSE(os_.Purge(p + 2 * kPageSize, kPageSize));
  EXPECT_NE(NewViolation().find("Purge of what is not usable"),
            std::string::npos);
  EXPECT_FALSE(os_.Decommit(p + kPageSize, 2 * kPageSize));
  EXPECT_NE(NewViolation().find("Decommit of what is not"), std::string::npos);
  EXPECT_FALSE(os_.Commit(p + kPageSize, 2 * kPageSize));
  EXPECT_NE(NewViolation().find("Commit of what is not"), std::string::npos);
  EXPECT_TRUE(os_.Commit(p + 2 * kPageSize, 3 * kPageSize));
  EXPECT_EQ(os_.usable_bytes(), 10 * kPageSize);
  EXPECT_EQ(NewViolation(), "");
}

TEST_F(FakeOsTest, HugepagesOfASimulatedPoolAreCountedAndWhole) {
  os_.SimulateHugePool(4 * kHugePage);
  char* p = static_cast<char*>(os_.MapHuge(3 * kHugePage, kHugePage));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(os_.MapHuge(2 * kHugePage, kHugePage), nullptr);
  EXPECT_EQ(os_.usable_bytes(), 3 * kHugePage);
  EXPECT_TRUE(os_.Populate(p, kHugePage));
  EXPECT_EQ(NewViolation(), "");
  EXPECT_FALSE(os_.Purge(p, kHugePage));
  EXPECT_NE(NewViolation().find("Purge of hugepages"), std::string::npos);
  EXPECT_FALSE(os_.AdviseHuge(p, kHugePage, HugeAdvice::kAlways));
  EXPECT_NE(NewViolation().find("AdviseHuge of hugepages"), std::string::npos);
  EXPECT_FALSE(os_.Unmap(p, kPageSize));
  EXPECT_NE(NewViolation().find("part of a hugepage"), std::string::npos);
  EXPECT_TRUE(os_.Unmap(p + kHugePage, kHugePage));
  EXPECT_NE(os_.MapHuge(2 * kHugePage, kHugePage), nullptr);
}

TEST_F(FakeOsTest, EveryCallThatMayFailFailsWhenToldAndChangesNothing) {
  os_.SimulateHugePool(kHugePage);
  char* p = Map(4);
  memset(p, 1, 4 * kPageSize);
  const std::pair<OsCall, std::function<bool()>> calls[] = {
      {OsCall::kReserve,
       [&] { return os_.Reserve(kPageSize, kPageSize) != nullptr; }},
      {OsCall::kMap, [&] { return os_.Map(kPageSize, kPageSize) != nullptr; }},
      {OsCall::kMapHuge,
       [&] { return os_.MapHuge(kHugePage, kHugePage) != nullptr; }},
      {OsCall::kPurgeLazily, [&] { return os_.PurgeLazily(p, kPageSize); }},
      {OsCall::kAdviseHuge,
       [&] { return os_.AdviseHuge(p, kPageSize, HugeAdvice::kNever); }},
      {OsCall::kCollapse, [&] { return os_.Collapse(p, kPageSize); }},
      {OsCall::kPopulate, [&] { return os_.Populate(p, kPageSize); }},
      {OsCall::kBind, [&] { return os_.Bind(p, kPageSize, 0, false); }},
      {OsCall::kPurge, [&] { return os_.Purge(p, kPageSize); }},
      {OsCall::kDecommit, [&] { return os_.Decommit(p, kPageSize); }},
      {OsCall::kUnmap, [&] { return os_.Unmap(p, kPageSize); }},
  };
  for (const auto& [kind, call] : calls) {
    const size_t mapped = os_.mapped_bytes();
    const uint64_t before = os_.calls(kind);
    os_.FailFrom(0, kind);
    EXPECT_FALSE(call()) << OsCallName(kind);
    EXPECT_EQ(os_.calls(kind), before + 1) << OsCallName(kind);
    EXPECT_EQ(os_.failures(kind), 1u) << OsCallName(kind);
    EXPECT_EQ(os_.mapped_bytes(), mapped);
    EXPECT_EQ(p[0], 1);
  }
  EXPECT_EQ(NewViolation(), "");
}

TEST_F(FakeOsTest, ATestMayForceStrictOvercommit) {
  for (bool strict : {true, false}) {
    os_.set_strict_overcommit(strict);
    EXPECT_EQ(os_.StrictOvercommit(), strict);
  }
}

}  // namespace
}  // namespace acre::testing
