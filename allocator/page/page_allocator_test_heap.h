// Page allocators with all that they need below them, for tests: what a domain
// sets up for its arenas, without the domain.

#ifndef ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_TEST_HEAP_H_
#define ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_TEST_HEAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/page/page_allocator.h"
#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {

// The parts that several arenas share. `os` is there to be given faults.
struct TestSupply {
  TestSupply() {
    EXPECT_TRUE(extents.Init(&os) &&
                free_extents.Init(&os, sizeof(FreeExtents), 1024));
    total.Init(nullptr, Quota::kUnlimited);
    ranges.Init(&hooks, &ranges_supply);
    supply = {
        .extents = &extents, .grants = &grants, .free_extents = &free_extents};
  }

  testing::FakeOs os;
  MmapHooks hooks{&os};
  ExtentMap extents;
  Grants grants{&os};
  HookReports reports;
  RangesSupply ranges_supply{
      .extents = &extents, .grants = &grants, .reports = &reports};
  SharedRanges ranges;
  MetadataPool free_extents;
  Quota total;
  PageSupply supply;
};

// One arena's pages.
class TestPages {
 public:
  explicit TestPages(TestSupply* shared, uint32_t tag = 1,
                     uint64_t limit_bytes = Quota::kUnlimited)
      : shared_(shared) {
    quota.Init(&shared->total, limit_bytes);
    pages.Init(&shared->supply, {.first = &shared->ranges}, &quota, tag);
  }
  // Everything goes back, as when the arena is destroyed.
  ~TestPages() {
    pages.Verify();
    pages.DiscardAll();
    pages.ReleaseAll();
    EXPECT_EQ(quota.charged(), 0u);
    shared_->ranges.Verify();
    shared_->free_extents.Verify();
  }

  // A large extent; null leaves the reason in `failure`.
  Extent* Allocate(uint64_t count, size_t alignment = kPageSize) {
    const size_t bytes = std::max(count * kPageSize, kMaxSmallSize + 1);
    return pages.Allocate(PageCount(count), alignment, ClassOf(bytes), 0,
                          &failure, &zeroed);
  }
  // The same, with content.
  Extent* AllocateUsed(uint64_t count) {
    Extent* extent = Allocate(count);
    if (extent != nullptr) {
      memset(extent->address(), 0xee, extent->pages.bytes());
    }
    return extent;
  }
  uint64_t dirty() const { return pages.sizes().dirty / kPageSize; }
  uint64_t retained() const { return pages.sizes().retained / kPageSize; }
  uint64_t active() const { return pages.sizes().active / kPageSize; }

  Quota quota;
  PageAllocator pages;
  PageFailure failure = PageFailure::kNone;
  bool zeroed = false;  // Of the last Allocate.

 private:
  TestSupply* shared_;
};

inline bool ReadsAsZero(const Extent& extent) {
  const char* bytes = static_cast<const char*>(extent.address());
  return std::all_of(bytes, bytes + extent.pages.bytes(),
                     [](char c) { return c == 0; });
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_PAGE_PAGE_ALLOCATOR_TEST_HEAP_H_
