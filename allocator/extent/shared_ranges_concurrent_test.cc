#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/shared_ranges.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

// Takes, marks, and gives back zeroed, as one arena does.
void UseRanges(SharedRanges* ranges, uint32_t tag) {
  std::mt19937 random(tag);
  std::vector<Extent*> held;
  for (int step = 0; step < 1000; ++step) {
    if (held.empty() || (held.size() < 30 && random() % 2 == 0)) {
      const PageCount pages(random() % 500 + 1);
      Extent* extent =
          ranges->Take({.tag = tag, .least = pages, .wanted = pages});
      ASSERT_NE(extent, nullptr);
      auto* word = static_cast<uint64_t*>(extent->address());
      ASSERT_EQ(*word, 0u);
      *word = tag;
      held.push_back(extent);
      continue;
    }
    std::swap(held[random() % held.size()], held.back());
    auto* word = static_cast<uint64_t*>(held.back()->address());
    ASSERT_EQ(*word, tag);
    *word = 0;
    ranges->Give(held.back());
    held.pop_back();
  }
  for (Extent* extent : held) {
    *static_cast<uint64_t*>(extent->address()) = 0;
    ranges->Give(extent);
  }
}

// Whole grants come and go, so that addresses pass from one provider's to
// another's.
void TakeGrants(SharedRanges* ranges, uint32_t tag) {
  constexpr PageCount kPages = PageCount::Ceil(size_t{4} << 20);
  for (int step = 0; step < 300; ++step) {
    std::vector<Extent*> held;
    for (int i = 0; i < 3; ++i) {
      Extent* extent =
          ranges->Take({.tag = tag, .least = kPages, .wanted = kPages});
      ASSERT_NE(extent, nullptr);
      auto* word = static_cast<uint64_t*>(extent->address());
      ASSERT_EQ(std::exchange(*word, tag), 0u);
      held.push_back(extent);
    }
    for (Extent* extent : held) {
      ASSERT_EQ(std::exchange(*static_cast<uint64_t*>(extent->address()), 0),
                tag);
      ranges->Give(extent);
    }
  }
}

TEST(SharedRangesConcurrentTest, ProvidersPassAddressesToEachOther) {
  ExtentMap extents;
  ASSERT_TRUE(extents.Init(LinuxOs::Get()));
  Grants grants(LinuxOs::Get());
  HookReports reports;
  const RangesSupply supply{
      .extents = &extents, .grants = &grants, .reports = &reports};
  MmapHooks hooks[2] = {MmapHooks(LinuxOs::Get()), MmapHooks(LinuxOs::Get())};
  {
    SharedRanges ranges[2];
    std::vector<std::thread> arenas;
    for (uint32_t i = 0; i < 2; ++i) ranges[i].Init(&hooks[i], &supply);
    for (uint32_t i = 0; i < 2; ++i) {
      arenas.emplace_back(TakeGrants, &ranges[i], i + 1);
    }
    for (std::thread& arena : arenas) arena.join();
    for (const SharedRanges& each : ranges) {
      each.Verify();
      EXPECT_EQ(each.free_bytes(), each.mapped_bytes());
    }
  }
  EXPECT_EQ(grants.count(), 0u);
  EXPECT_EQ(reports.total(), 0u);
}

TEST(SharedRangesConcurrentTest, ArenasTakeAndGiveSideBySide) {
  ExtentMap extents;
  ASSERT_TRUE(extents.Init(LinuxOs::Get()));
  Grants grants(LinuxOs::Get());
  MmapHooks hooks(LinuxOs::Get());
  HookReports reports;
  const RangesSupply supply{
      .extents = &extents, .grants = &grants, .reports = &reports};
  SharedRanges ranges;
  ranges.Init(&hooks, &supply);
  std::vector<std::thread> arenas;
  for (uint32_t tag = 1; tag <= 3; ++tag) {
    arenas.emplace_back(UseRanges, &ranges, tag);
  }
  for (std::thread& arena : arenas) arena.join();
  ranges.Verify();
  EXPECT_EQ(ranges.free_bytes(), ranges.mapped_bytes());
  EXPECT_EQ(ranges.mappings(), 1u);
}

}  // namespace
}  // namespace acre::allocator
