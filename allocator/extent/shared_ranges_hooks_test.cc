// Shared ranges of providers that are not plain memory: pinned, committed in
// parts, not to be trusted.

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/shared_ranges.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using ::testing::ElementsAre;
using testing::FakeOs;
using ::testing::IsEmpty;
using testing::OsCall;
using ::testing::Pair;

constexpr size_t kMiB = size_t{1} << 20;
constexpr uint32_t kTag = 5;

PageCount MiB(size_t n) { return PageCount::Ceil(n * kMiB); }

// Memory of one stretch, granted where a test says, of exactly what is
// required; what is told of it and what is refused is up to the test as well.
class PlacedHooks final : public ExtentHooks {
 public:
  PlacedHooks() {
    void* p = mmap(nullptr, kStretch + kGrantGranularity,
                   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(p, MAP_FAILED);
    mapping_ = p;
    start_ = AlignUp(reinterpret_cast<uintptr_t>(p), kGrantGranularity);
  }
  ~PlacedHooks() override { munmap(mapping_, kStretch + kGrantGranularity); }

  const char* name() const noexcept override { return "placed"; }
  ExtentCapabilities capabilities() const noexcept override { return can; }

  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    *grant = answer;
    grant->base = reinterpret_cast<void*>(start_ + next);
    grant->size = request.required;
    next += request.required;
    if (!answer.zeroed) memset(grant->base, 0x77, grant->size);
    return true;
  }
  bool Release(void* base, size_t size) noexcept override {
    if (refuse_release) return false;
    released.emplace_back(Offset(base), size / kMiB);
    madvise(base, size, MADV_DONTNEED);
    return true;
  }
  bool Commit(void* base, size_t size) noexcept override {
    if (refuse_commit) return false;
    if (dirty_commit) static_cast<char*>(base)[size / 2] = 1;
    return true;
  }
  bool Decommit(void*, size_t) noexcept override { return true; }
  bool PurgeForcibly(void*, size_t) noexcept override { return true; }
  bool Split(void*, size_t, size_t) noexcept override {
    return splits_granted-- > 0;
  }
  bool Merge(void*, size_t, size_t) noexcept override { return !refuse_merge; }

  // MiB from the start of the stretch.
  size_t Offset(const void* p) const {
    return (reinterpret_cast<uintptr_t>(p) - start_) / kMiB;
  }

  ExtentCapabilities can;
  ExtentGrant answer{.zeroed = true, .committed = true};
  size_t next = 0;  // Where the next grant begins.
  bool refuse_release = false;
  bool refuse_commit = false;
  bool refuse_merge = false;
  bool dirty_commit = false;
  int splits_granted = 1000;
  std::vector<std::pair<size_t, size_t>> released;  // Offset and size, MiB.

 private:
  static constexpr size_t kStretch = 64 * kMiB;

  void* mapping_ = nullptr;
  uintptr_t start_ = 0;
};

class RangesOfHooks {
 public:
  explicit RangesOfHooks(ExtentHooks* hooks) {
    EXPECT_TRUE(extents_.Init(&os_));
    ranges_->Init(hooks, &supply_);
  }
  ~RangesOfHooks() {
    ranges_->Verify();
    ranges_.reset();
    EXPECT_EQ(grants_.count(), 0u);
  }

  Extent* Take(PageCount pages) {
    return ranges_->Take({.tag = kTag, .least = pages, .wanted = pages});
  }
  // As an arena does: zero.
  void Give(Extent* extent) {
    memset(extent->address(), 0, extent->pages.bytes());
    ranges_->Give(extent);
    ranges_->Verify();
  }

  SharedRanges* operator->() { return &*ranges_; }
  Grants& grants() { return grants_; }
  std::optional<HookReport> TakeReport() {
    HookReport report;
    return reports_.Take(&report) ? std::optional(report) : std::nullopt;
  }

 private:
  FakeOs os_;
  ExtentMap extents_;
  Grants grants_{&os_};
  HookReports reports_;
  RangesSupply supply_{
      .extents = &extents_, .grants = &grants_, .reports = &reports_};
  // Not within: it is aligned to a cache line.
  std::unique_ptr<SharedRanges> ranges_ = std::make_unique<SharedRanges>();
};

bool AllZero(const Extent* extent) {
  const char* bytes = static_cast<const char*>(extent->address());
  return std::all_of(bytes, bytes + extent->pages.bytes(),
                     [](char c) { return c == 0; });
}

class PinnedRangesTest : public ::testing::Test {
 protected:
  PinnedRangesTest() {
    hooks_.can = {
        .release = true, .split = true, .merge = true, .trusted = true};
    hooks_.answer.pinned = true;
    hooks_.answer.page_size = 2 * kMiB;
  }

  PlacedHooks hooks_;
};

TEST_F(PinnedRangesTest, NeighbouringGrantsServeOneRequest) {
  RangesOfHooks ranges(&hooks_);
  Extent* pieces[] = {ranges.Take(MiB(2)), ranges.Take(MiB(2)),
                      ranges.Take(MiB(2))};
  EXPECT_EQ(ranges->mappings(), 1u);
  EXPECT_EQ(ranges->calls().merge.Get(), 2u);
  EXPECT_EQ(ranges->pinned_bytes(), 6 * kMiB);
  for (Extent* piece : pieces) ranges.Give(piece);
  EXPECT_THAT(hooks_.released, ElementsAre(Pair(0, 2)));
  Extent* joined = ranges.Take(MiB(4));
  ASSERT_NE(joined, nullptr);
  EXPECT_EQ(ranges->calls().allocate.Get(), 3u);
  ranges.Give(joined);
}

TEST_F(PinnedRangesTest, WholePagesGoBackWhileWhatIsBesideThemIsInUse) {
  RangesOfHooks ranges(&hooks_);
  ranges.Give(ranges.Take(MiB(8)));
  Extent* before = ranges.Take(MiB(1));
  Extent* middle = ranges.Take(MiB(6));
  Extent* after = ranges.Take(MiB(1));
  EXPECT_EQ(ranges->mapped_bytes(), 8 * kMiB);
  ranges.Give(middle);
  EXPECT_THAT(hooks_.released, ElementsAre(Pair(2, 4)));
  EXPECT_EQ(ranges->mapped_bytes(), 4 * kMiB);
  EXPECT_EQ(ranges->pinned_bytes(), 4 * kMiB);
  EXPECT_EQ(ranges->mappings(), 2u);
  EXPECT_EQ(ranges.grants().Find(before->base).size, 2 * kMiB);
  EXPECT_EQ(ranges.grants().Find(after->base).size, 2 * kMiB);
  ranges.Give(before);
  ranges.Give(after);
  EXPECT_TRUE(ranges->ReleaseAll());
  EXPECT_EQ(ranges->pinned_bytes(), 0u);
}

TEST_F(PinnedRangesTest, WhereASplitIsRefusedTheGrantGoesBackInTheEnd) {
  for (int granted : {0, 1}) {
    hooks_.next = 0;
    hooks_.splits_granted = 1000;
    RangesOfHooks ranges(&hooks_);
    ranges.Give(ranges.Take(MiB(8)));
    Extent* before = ranges.Take(MiB(1));
    Extent* middle = ranges.Take(MiB(6));
    Extent* after = ranges.Take(MiB(1));
    hooks_.splits_granted = granted;
    hooks_.released.clear();
    ranges.Give(middle);
    EXPECT_THAT(hooks_.released, IsEmpty());
    EXPECT_EQ(ranges->mapped_bytes(), 8 * kMiB);
    EXPECT_EQ(ranges->mappings(), 1u + static_cast<size_t>(granted));
    // What stays serves others.
    Extent* again = ranges.Take(MiB(4));
    EXPECT_EQ(ranges->mapped_bytes(), 8 * kMiB);
    for (Extent* extent : {again, before, after}) ranges.Give(extent);
    EXPECT_TRUE(ranges->ReleaseAll());
  }
}

TEST_F(PinnedRangesTest, WithoutMergeNeighboursStayTwo) {
  hooks_.refuse_merge = true;
  RangesOfHooks ranges(&hooks_);
  Extent* low = ranges.Take(MiB(2));
  Extent* high = ranges.Take(MiB(2));
  EXPECT_EQ(ranges->mappings(), 2u);
  ranges.Give(low);
  ranges.Give(high);
  EXPECT_THAT(hooks_.released, ElementsAre(Pair(2, 2))) << "one is kept";
}

// The grant that is kept against thrashing is no grant of its own any more once
// a neighbour was joined to it: it must not go when another one becomes free.
TEST_F(PinnedRangesTest, AKeptGrantThatANeighbourJoinedIsNotReleased) {
  RangesOfHooks ranges(&hooks_);
  hooks_.next = 40 * kMiB;
  Extent* apart = ranges.Take(MiB(2));
  for (bool kept_below : {true, false}) {
    hooks_.next = kept_below ? 0 : 26 * kMiB;
    ranges.Give(ranges.Take(MiB(4)));
    hooks_.next = kept_below ? 4 * kMiB : 20 * kMiB;
    Extent* joined = ranges.Take(MiB(6));
    EXPECT_EQ(ranges.grants().Find(joined->base).size, 10 * kMiB);
    memset(joined->address(), 1, joined->pages.bytes());
    hooks_.released.clear();
    ranges.Give(apart);
    EXPECT_THAT(hooks_.released, IsEmpty());
    EXPECT_EQ(ranges.grants().Find(joined->base).size, 10 * kMiB);
    hooks_.next = 40 * kMiB;
    ranges.Give(joined);
    EXPECT_TRUE(ranges->ReleaseAll());
    hooks_.next = 40 * kMiB;
    apart = ranges.Take(MiB(2));
  }
  ranges.Give(apart);
}

TEST_F(PinnedRangesTest, PinnedMemoryIsNeverPurged) {
  hooks_.can.purge_forcibly = true;
  hooks_.can.purge_lazily = true;
  RangesOfHooks ranges(&hooks_);
  Extent* extent = ranges.Take(MiB(2));
  EXPECT_EQ(ranges->PurgeForcibly(extent->address(), kPageSize),
            SharedRanges::PurgeResult::kUnable);
  EXPECT_EQ(ranges->PurgeLazily(extent->address(), kPageSize),
            SharedRanges::PurgeResult::kUnable);
  EXPECT_EQ(ranges->calls().purge_forcibly.Get(), 0u);
  EXPECT_EQ(ranges->calls().purge_lazily.Get(), 0u);
  ranges.Give(extent);
}

class StrictRangesTest : public ::testing::Test {
 protected:
  StrictRangesTest() { os_.set_strict_overcommit(true); }
  ~StrictRangesTest() override {
    EXPECT_EQ(os_.mapped_bytes(), 0u);
    EXPECT_THAT(os_.violations(), IsEmpty());
  }

  FakeOs os_;
};

TEST_F(StrictRangesTest, OnlyWhatIsTakenIsCommitted) {
  MmapHooks hooks(&os_);
  RangesOfHooks ranges(&hooks);
  Extent* extent = ranges.Take(PageCount(10));
  EXPECT_EQ(ranges->mapped_bytes(), 4 * kMiB);
  EXPECT_EQ(os_.usable_bytes(), 10 * kPageSize);
  memset(extent->address(), 1, extent->pages.bytes());
  Extent* other = ranges.Take(PageCount(5));
  EXPECT_EQ(os_.usable_bytes(), 15 * kPageSize);
  ranges.Give(extent);
  EXPECT_EQ(os_.usable_bytes(), 5 * kPageSize);
  ranges.Give(other);
  EXPECT_EQ(os_.usable_bytes(), 0u);
  EXPECT_EQ(ranges->free_bytes(), ranges->mapped_bytes());
  EXPECT_TRUE(AllZero(ranges.Take(PageCount(10))));
}

TEST_F(StrictRangesTest, WhatCannotBeCommittedIsNotHandedOut) {
  MmapHooks hooks(&os_);
  RangesOfHooks ranges(&hooks);
  os_.FailFrom(0, OsCall::kCommit);
  EXPECT_EQ(ranges.Take(PageCount(10)), nullptr);
  os_.FailNever();
  EXPECT_EQ(ranges->failures().commit.Get(), 1u);
  EXPECT_EQ(ranges->free_bytes(), ranges->mapped_bytes());
  ranges->Verify();
  EXPECT_NE(ranges.Take(PageCount(10)), nullptr);
  EXPECT_EQ(ranges->mapped_bytes(), 4 * kMiB);
}

// Free memory that is committed and free memory that is not stay apart, which
// must not keep the grant that they are of.
TEST_F(StrictRangesTest, AGrantThatIsFreeInPartsGoesBack) {
  MmapHooks hooks(&os_);
  RangesOfHooks ranges(&hooks);
  Extent* first = ranges.Take(PageCount(10));
  Extent* second = ranges.Take(PageCount(10));
  os_.FailFrom(0, OsCall::kDecommit);
  ranges.Give(first);
  EXPECT_EQ(ranges->failures().decommit.Get(), 1u);
  EXPECT_EQ(os_.usable_bytes(), 20 * kPageSize);
  // Still committed, it serves without a call.
  const uint64_t commits = ranges->calls().commit.Get();
  first = ranges.Take(PageCount(10));
  EXPECT_EQ(ranges->calls().commit.Get(), commits);
  EXPECT_TRUE(AllZero(first));
  ranges.Give(first);
  os_.FailNever();
  ranges.Give(second);
  EXPECT_TRUE(ranges->ReleaseAll());
  EXPECT_EQ(ranges->mappings(), 0u);
  EXPECT_EQ(os_.mapped_bytes(), 0u);
}

TEST_F(StrictRangesTest, AGrantFreeInPartsThatIsNotTakenBackServesTheNext) {
  MmapHooks hooks(&os_);
  RangesOfHooks ranges(&hooks);
  Extent* extent = ranges.Take(PageCount(10));
  os_.FailFrom(0, OsCall::kDecommit);
  Extent* other = ranges.Take(PageCount(10));
  ranges.Give(other);
  os_.FailFrom(0, OsCall::kUnmap);
  ranges.Give(extent);
  EXPECT_FALSE(ranges->ReleaseAll());
  EXPECT_GE(ranges->failures().release.Get(), 1u);
  EXPECT_EQ(ranges->free_bytes(), 4 * kMiB);
  ranges->Verify();
  os_.FailNever();
  ranges.Give(ranges.Take(PageCount(10)));
  EXPECT_TRUE(ranges->ReleaseAll());
}

class UntrustedRangesTest : public ::testing::Test {
 protected:
  PlacedHooks hooks_;
};

TEST_F(UntrustedRangesTest, WhatIsNotZeroedIsCleared) {
  hooks_.can.release = true;
  hooks_.answer.zeroed = false;
  RangesOfHooks ranges(&hooks_);
  Extent* extent = ranges.Take(MiB(2));
  EXPECT_TRUE(AllZero(extent));
  EXPECT_FALSE(ranges.TakeReport().has_value());
  ranges.Give(extent);
}

TEST_F(UntrustedRangesTest, APurgeThatLeftContentIsReportedAndTheContentGoes) {
  hooks_.can.purge_forcibly = true;
  RangesOfHooks ranges(&hooks_);
  Extent* extent = ranges.Take(MiB(1));
  auto* const bytes = static_cast<char*>(extent->address());
  bytes[12345] = 1;
  EXPECT_EQ(ranges->PurgeForcibly(bytes, kMiB),
            SharedRanges::PurgeResult::kGone);
  ranges->Give(extent);
  const auto report = ranges.TakeReport();
  ASSERT_TRUE(report.has_value());
  EXPECT_STREQ(report->hooks, "placed");
  EXPECT_STREQ(report->call, "PurgeForcibly");
  EXPECT_EQ(report->base, bytes);
  EXPECT_EQ(report->size, kMiB);
  EXPECT_EQ(report->expected, 12345u);
  EXPECT_TRUE(AllZero(ranges.Take(MiB(1))));
}

TEST_F(UntrustedRangesTest, ACommitOfContentIsReportedAndTheContentGoes) {
  hooks_.can.commit = true;
  hooks_.can.decommit = true;
  RangesOfHooks ranges(&hooks_);
  ranges.Give(ranges.Take(MiB(1)));
  hooks_.dirty_commit = true;
  Extent* extent = ranges.Take(MiB(1));
  EXPECT_TRUE(AllZero(extent));
  const auto report = ranges.TakeReport();
  ASSERT_TRUE(report.has_value());
  EXPECT_STREQ(report->call, "Commit");
  EXPECT_EQ(report->expected, kMiB / 2);
  EXPECT_EQ(report->arena_index, kTag - 1);
  hooks_.dirty_commit = false;
  ranges.Give(extent);
}

TEST_F(UntrustedRangesTest, AGrantWhosePageDoesNotDivideItIsRefused) {
  hooks_.can.release = true;
  hooks_.answer.page_size = 4 * kMiB;
  RangesOfHooks ranges(&hooks_);
  EXPECT_EQ(ranges.Take(MiB(2)), nullptr);
  const auto report = ranges.TakeReport();
  ASSERT_TRUE(report.has_value());
  EXPECT_STREQ(report->reason, "a page size that cannot be");
  EXPECT_THAT(hooks_.released, ElementsAre(Pair(0, 2)));
}

TEST_F(UntrustedRangesTest, WhatIsNotTakenBackServesTheNextTaker) {
  hooks_.can.release = true;
  hooks_.refuse_release = true;
  RangesOfHooks ranges(&hooks_);
  ranges.Give(ranges.Take(MiB(2)));
  EXPECT_FALSE(ranges->ReleaseAll());
  EXPECT_EQ(ranges->mapped_bytes(), 2 * kMiB);
  hooks_.refuse_release = false;
  ranges.Give(ranges.Take(MiB(2)));
  EXPECT_EQ(ranges->calls().allocate.Get(), 1u);
  EXPECT_TRUE(ranges->ReleaseAll());
  EXPECT_THAT(hooks_.released, ElementsAre(Pair(0, 2)));
}

}  // namespace
}  // namespace acre::allocator
