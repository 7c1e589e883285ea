#include "allocator/arena/range_sources.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

class RangeSourcesTest : public ::testing::Test {
 protected:
  RangeSourcesTest() {
    EXPECT_TRUE(extents_->Init(&os_));
    EXPECT_TRUE(sources_->Init(&os_, extents_.get(), nullptr));
  }
  ~RangeSourcesTest() override {
    sources_->Verify();
    sources_.reset();
    extents_.reset();
    EXPECT_EQ(os_.mapped_bytes(), 0u);
    EXPECT_THAT(os_.violations(), ::testing::IsEmpty());
  }

  std::vector<std::string> Providers() const {
    std::vector<std::string> names;
    sources_->ForEach([&](const SharedRanges& ranges) {
      names.push_back(ranges.hooks()->name());
    });
    return names;
  }

  PageSources Acquire(const ArenaMemory& memory) {
    PageSources sources;
    EXPECT_TRUE(sources_->Acquire(memory, &sources));
    return sources;
  }

  static Extent* Take(SharedRanges* ranges) {
    return ranges->Take(
        {.tag = 1, .least = PageCount(5), .wanted = PageCount(5)});
  }

  FakeOs os_;
  FakeOs memory_;
  MmapHooks hooks_{&memory_};
  std::unique_ptr<ExtentMap> extents_ = std::make_unique<ExtentMap>();
  std::unique_ptr<RangeSources> sources_ = std::make_unique<RangeSources>();
};

TEST_F(RangeSourcesTest, WhoNamesNoHooksHasTheStandardOnes) {
  const PageSources one = Acquire({});
  const PageSources two = Acquire({});
  EXPECT_EQ(one.first, sources_->standard());
  EXPECT_EQ(two.first, sources_->standard());
  EXPECT_EQ(one.later, nullptr);
  EXPECT_THAT(Providers(), ::testing::ElementsAre("mmap"));
  sources_->Release(one);
  sources_->Release(two);
  EXPECT_THAT(Providers(), ::testing::ElementsAre("mmap")) << "it never goes";
}

TEST_F(RangeSourcesTest, HugepagesComeFirstOrLaterAsTheModeSays) {
  const PageSources later = Acquire({.hugepages = HugepageMode::kMadvise});
  EXPECT_EQ(later.first, sources_->standard());
  ASSERT_NE(later.later, nullptr);
  EXPECT_STREQ(later.later->hooks()->name(), "thp");
  const PageSources always = Acquire({.hugepages = HugepageMode::kAlways});
  EXPECT_EQ(always.first, later.later);
  EXPECT_EQ(always.later, nullptr);
  sources_->Release(later);
  EXPECT_EQ(Providers().size(), 2u) << "one is in use still";
  sources_->Release(always);
  EXPECT_EQ(Providers().size(), 1u);
}

TEST_F(RangeSourcesTest, WhoNamesHooksHasThemWhateverTheMode) {
  const PageSources sources =
      Acquire({.hooks = &hooks_, .hugepages = HugepageMode::kMadvise});
  EXPECT_EQ(sources.first->hooks(), &hooks_);
  EXPECT_EQ(sources.later, nullptr);
  sources_->Release(sources);
}

TEST_F(RangeSourcesTest, WithTheLastOfItsArenasAProviderGoes) {
  const PageSources one = Acquire({.hooks = &hooks_});
  const PageSources two = Acquire({.hooks = &hooks_});
  EXPECT_EQ(one.first, two.first) << "its grants are shared";
  Extent* extent = Take(one.first);
  ASSERT_NE(extent, nullptr);
  EXPECT_GT(memory_.mapped_bytes(), 0u);
  one.first->Give(extent);
  sources_->Release(one);
  EXPECT_GT(memory_.mapped_bytes(), 0u) << "one is kept against thrashing";
  sources_->Release(two);
  EXPECT_EQ(memory_.mapped_bytes(), 0u);
  EXPECT_EQ(Providers().size(), 1u);
  EXPECT_EQ(sources_->grants().count(), 0u);
}

TEST_F(RangeSourcesTest, WhatIsNotTakenBackWaitsForTheNextArena) {
  const PageSources one = Acquire({.hooks = &hooks_});
  one.first->Give(Take(one.first));
  memory_.FailFrom(0, OsCall::kUnmap);
  sources_->Release(one);
  EXPECT_EQ(Providers().size(), 2u);
  const size_t mapped = memory_.mapped_bytes();
  EXPECT_GT(mapped, 0u);
  memory_.FailNever();
  const PageSources two = Acquire({.hooks = &hooks_});
  EXPECT_EQ(two.first, one.first);
  two.first->Give(Take(two.first));
  EXPECT_EQ(memory_.mapped_bytes(), mapped) << "what there was served";
  sources_->Release(two);
  EXPECT_EQ(memory_.mapped_bytes(), 0u);
}

}  // namespace
}  // namespace acre::allocator
