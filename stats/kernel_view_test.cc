#include "stats/kernel_view.h"

#include <cstring>

#include "allocator/arena/domain_test_fixture.h"
#include "gtest/gtest.h"

namespace acre::stats {
namespace {

using allocator::Arena;

class KernelViewTest : public allocator::DomainTest {};

constexpr size_t kMiB = size_t{1} << 20;

TEST_F(KernelViewTest, AnArenasPagesAreResidentOnceTheyWereTouched) {
  Arena* a = NewArena();
  Arena* b = NewArena();
  char* p = static_cast<char*>(a->Allocate(8 * kMiB));
  b->Allocate(kMiB);
  KernelView view = MeasureArena(*domain_, *a);
  EXPECT_GE(view.mapped, 8 * kMiB);
  EXPECT_EQ(view.resident, 0u);
  memset(p, 1, 3 * kMiB);
  view = MeasureArena(*domain_, *a);
  EXPECT_EQ(view.resident, 3 * kMiB);
  EXPECT_EQ(view.swapped, 0u);
  EXPECT_EQ(view.lazily_freed, 0u);
  EXPECT_EQ(MeasureArena(*domain_, *b).resident, 0u);
  EXPECT_EQ(MeasureService(*domain_).resident, 3 * kMiB);
}

TEST_F(KernelViewTest, MuzzyPagesAreLazilyFreed) {
  Arena* arena = NewArena({.dirty_decay_ms = -1, .muzzy_decay_ms = -1});
  void* p = arena->Allocate(4 * kMiB);
  memset(p, 1, 4 * kMiB);
  domain_->Free(p);
  arena->pages.PurgeFrom(allocator::ExtentState::kDirty,
                         allocator::PageAllocator::PurgeMode::kLazily,
                         allocator::PageCount(UINT64_MAX));
  const KernelView view = MeasureArena(*domain_, *arena);
  EXPECT_LE(view.lazily_freed, 4 * kMiB);
  EXPECT_EQ(view.lazily_freed, view.resident);
  EXPECT_EQ(MeasureService(*domain_).lazily_freed, view.lazily_freed);
}

TEST(ProcessViewTest, SeesThisProcess) {
  const ProcessView view = MeasureProcess();
  EXPECT_GT(view.resident, 64 * 1024u);
  EXPECT_GE(view.virtual_memory, view.resident);
  EXPECT_GT(view.mappings, 5u);
  EXPECT_GT(view.most_mappings, 1000u);
  EXPECT_LE(view.anonymous, view.resident);
}

}  // namespace
}  // namespace acre::stats
