// The kit finds nothing wrong with the providers that ship, and finds what is
// wrong with those that are made to be.

#include "testing/hook_conformance.h"

#include <unistd.h>

#include <iterator>
#include <string>
#include <vector>

#include "allocator/base/units.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/hooks/hook_chain.h"
#include "allocator/extent/hooks/hugetlb_hooks.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/hooks/numa_hooks.h"
#include "allocator/extent/hooks/thp_hooks.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"
#include "testing/huge_pool.h"

namespace acre::testing {
namespace {

using allocator::ExtentCapabilities;
using allocator::ExtentGrant;
using allocator::ExtentHooks;
using allocator::ExtentRequest;
using allocator::HookChain;
using allocator::HugetlbHooks;
using allocator::kPageSize;
using allocator::LinuxOs;
using allocator::MmapHooks;
using allocator::NumaHooks;
using allocator::ThpHooks;

constexpr size_t kHugePage = size_t{2} << 20;

std::string Join(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

// A machine of each kind: what is mapped is usable, or must be committed.
class ShippedHooksTest : public ::testing::TestWithParam<bool> {
 protected:
  ShippedHooksTest() { os_.set_strict_overcommit(GetParam()); }

  std::string Check(ExtentHooks* hooks, bool may_refuse = false) {
    return Join(CheckHooks(hooks, {.os = &os_, .may_refuse = may_refuse}));
  }

  FakeOs os_;
};

TEST_P(ShippedHooksTest, MmapConforms) {
  MmapHooks hooks(&os_);
  EXPECT_EQ(Check(&hooks), "");
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_P(ShippedHooksTest, ThpConforms) {
  ThpHooks hooks(&os_);
  EXPECT_EQ(Check(&hooks), "");
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_P(ShippedHooksTest, HugetlbConformsOverASimulatedPool) {
  os_.SimulateHugePool(size_t{2} << 30);
  HugetlbHooks hooks(&os_, kHugePage);
  EXPECT_EQ(Check(&hooks), "");
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_P(ShippedHooksTest, NumaConforms) {
  if (access("/sys/devices/system/node/node0", F_OK) != 0) {
    GTEST_SKIP() << "the kernel has no memory nodes";
  }
  MmapHooks below(&os_);
  for (bool strict : {false, true}) {
    NumaHooks hooks(&os_, &below, 0, strict);
    EXPECT_EQ(Check(&hooks), "");
  }
  EXPECT_EQ(os_.mappings(), 0u);
}

TEST_P(ShippedHooksTest, AChainConforms) {
  os_.SimulateHugePool(4 * kHugePage);
  HugetlbHooks hugetlb(&os_, kHugePage);
  ThpHooks thp(&os_);
  ExtentHooks* const members[] = {&hugetlb, &thp};
  {
    HookChain hooks(&os_, members);
    EXPECT_EQ(Check(&hooks, true), "");
    EXPECT_GT(hooks.grants(0), 0u);
    EXPECT_GT(hooks.fallbacks(0), 0u);
    EXPECT_GT(hooks.grants(1), 0u);
  }
  EXPECT_EQ(os_.mappings(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Overcommit, ShippedHooksTest, ::testing::Bool(),
                         [](const auto& c) {
                           return c.param ? "Strict" : "Free";
                         });

TEST(HookConformanceTest, ProvidersConformOverTheKernelItself) {
  LinuxOs* const os = LinuxOs::Get();
  MmapHooks mmap(os);
  EXPECT_EQ(Join(CheckHooks(&mmap)), "");
  ThpHooks thp(os);
  EXPECT_EQ(Join(CheckHooks(&thp)), "");
}

TEST(HookConformanceTest, HugetlbConformsOverTheSystemsPool) {
  HugePool pool(16, kHugePage);
  if (!pool.granted()) GTEST_SKIP() << pool.reason();
  FakeOs os;
  HugetlbHooks hooks(&os, kHugePage);
  EXPECT_EQ(Join(CheckHooks(&hooks, {.os = &os, .most_bytes = 8 * kHugePage})),
            "");
  EXPECT_EQ(os.mappings(), 0u);
}

TEST(HookConformanceTest, ACapabilityThatIsHiddenIsNotMissed) {
  using Can = ExtentCapabilities;
  bool Can::*const kEach[] = {
      &Can::release,        &Can::commit, &Can::decommit, &Can::purge_lazily,
      &Can::purge_forcibly, &Can::split,  &Can::merge,    &Can::trusted};
  for (size_t i = 0; i < std::size(kEach); ++i) {
    bool Can::*const hidden = kEach[i];
    FakeOs os;
    os.set_strict_overcommit(true);
    MmapHooks mmap(&os);
    FaultyHooks hooks(&mmap);
    Can visible = mmap.capabilities();
    visible.*hidden = false;
    // What is decommitted must be committed again.
    if (hidden == &Can::commit) visible.decommit = false;
    hooks.Mask(visible);
    EXPECT_EQ(Join(CheckHooks(&hooks, {.os = &os})), "") << "capability " << i;
  }
}

TEST(HookConformanceTest, AProviderOfNothingButMemoryConforms) {
  FakeOs os;
  MmapHooks mmap(&os);
  FaultyHooks hooks(&mmap);
  hooks.Mask({});
  EXPECT_EQ(Join(CheckHooks(&hooks, {.os = &os})), "");
}

struct LieCase {
  HookLie lie;
  const char* found;
};

TEST(HookConformanceTest, EveryLieIsFoundOut) {
  constexpr LieCase kCases[] = {
      {HookLie::kNull, "success without memory"},
      {HookLie::kMisaligned, "not aligned"},
      {HookLie::kShort, "less than required"},
      {HookLie::kRagged, "no multiple of the granularity"},
      {HookLie::kOverlap, "overlap a grant in use"},
      {HookLie::kDirty, "granted as zeroed: not zero"},
      {HookLie::kUncommitted, "granted as committed: not writable"},
      {HookLie::kNoPageSize, "the page size is no power of two"},
      {HookLie::kOddPageSize, "the page size is no power of two"},
  };
  static_assert(std::size(kCases) == std::size(kHookLies));
  for (const LieCase& c : kCases) {
    for (uint64_t truths : {0, 1, 9}) {
      FakeOs os;
      os.set_strict_overcommit(true);
      MmapHooks mmap(&os);
      FaultyHooks hooks(&mmap);
      hooks.Lie(c.lie, truths);
      const std::string found = Join(CheckHooks(&hooks, {.os = &os}));
      EXPECT_GT(hooks.lies_told(), 0u) << HookLieName(c.lie);
      EXPECT_NE(found.find(c.found), std::string::npos)
          << HookLieName(c.lie) << " after " << truths << ":\n"
          << found;
    }
  }
}

enum class Bug {
  kPurgesNothing,
  kPurgesTheNeighbour,
  kLazyPurgeScribbles,
  kDecommitKeepsContent,
  kReleaseForgets,
  kReleaseRefuses,
  kSplitRefuses,
  kMergeRefuses,
  kUndeclaredPurge,
  kAllOrNothing,
  kBoasts,
  kLeaksWhenRefused,
  kPurgesHalfAndRefuses,
};

// Normal pages, with one thing wrong.
class BrokenHooks final : public ExtentHooks {
 public:
  BrokenHooks(FakeOs* os, Bug bug) : os_(os), below_(os), bug_(bug) {}

  const char* name() const noexcept override { return "broken"; }
  ExtentCapabilities capabilities() const noexcept override {
    ExtentCapabilities can = below_.capabilities();
    if (bug_ == Bug::kUndeclaredPurge) can.purge_lazily = false;
    return can;
  }
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    if (bug_ == Bug::kBoasts && request.required > size_t{1} << 40) {
      *grant = {.base = this, .size = request.required};
      return true;
    }
    ExtentRequest asked = request;
    if (bug_ == Bug::kAllOrNothing) asked.required = asked.desired;
    if (bug_ != Bug::kLeaksWhenRefused) return below_.Allocate(asked, grant);
    void* record = os_->Map(kPageSize, kPageSize);
    if (record == nullptr || !below_.Allocate(asked, grant)) return false;
    os_->Unmap(record, kPageSize);
    return true;
  }
  bool Release(void* base, size_t size) noexcept override {
    if (bug_ == Bug::kReleaseForgets) return true;
    return bug_ != Bug::kReleaseRefuses && below_.Release(base, size);
  }
  bool Commit(void* base, size_t size) noexcept override {
    return below_.Commit(base, size);
  }
  bool Decommit(void* base, size_t size) noexcept override {
    return bug_ == Bug::kDecommitKeepsContent || below_.Decommit(base, size);
  }
  bool PurgeLazily(void* base, size_t size) noexcept override {
    if (bug_ == Bug::kLazyPurgeScribbles) *static_cast<char*>(base) ^= 1;
    return below_.PurgeLazily(base, size);
  }
  bool PurgeForcibly(void* base, size_t size) noexcept override {
    if (bug_ == Bug::kPurgesNothing) return true;
    if (bug_ == Bug::kPurgesTheNeighbour && size == 3 * kPageSize) {
      size += kPageSize;
    }
    if (bug_ == Bug::kPurgesHalfAndRefuses && size > kPageSize) {
      if (!below_.PurgeForcibly(base, kPageSize)) return false;
    }
    return below_.PurgeForcibly(base, size);
  }
  bool Split(void* base, size_t size, size_t first) noexcept override {
    return bug_ != Bug::kSplitRefuses && below_.Split(base, size, first);
  }
  bool Merge(void* base, size_t first, size_t second) noexcept override {
    return bug_ != Bug::kMergeRefuses && below_.Merge(base, first, second);
  }

 private:
  FakeOs* const os_;
  MmapHooks below_;
  const Bug bug_;
};

TEST(HookConformanceTest, EveryBugIsFound) {
  struct Case {
    Bug bug;
    const char* found;
  };
  constexpr Case kCases[] = {
      {Bug::kPurgesNothing, "after PurgeForcibly: not zero"},
      {Bug::kPurgesTheNeighbour, "PurgeForcibly beside it: content lost"},
      {Bug::kLazyPurgeScribbles, "neither as before nor zero"},
      {Bug::kDecommitKeepsContent, "after Commit: not zero"},
      {Bug::kReleaseForgets, "bytes are mapped"},
      {Bug::kReleaseRefuses, "Release of 2097152 bytes"},
      {Bug::kSplitRefuses, "Split of"},
      {Bug::kMergeRefuses, "Merge of"},
      {Bug::kUndeclaredPurge, "PurgeLazily returned true, not declared"},
      {Bug::kAllOrNothing, "refused for the"},
      {Bug::kBoasts, "1125899906842624 required"},
      {Bug::kLeaksWhenRefused, "of the system failed: "},
      {Bug::kPurgesHalfAndRefuses, "after a refused PurgeForcibly: content"},
  };
  for (const Case& c : kCases) {
    FakeOs os;
    os.set_strict_overcommit(true);
    BrokenHooks hooks(&os, c.bug);
    const std::string found = Join(CheckHooks(&hooks, {.os = &os}));
    EXPECT_NE(found.find(c.found), std::string::npos)
        << c.found << " is not among:\n"
        << found;
  }
}

}  // namespace
}  // namespace acre::testing
