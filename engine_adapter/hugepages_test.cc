// Arenas in hugepages of the kernel's choice, measured by the kernel's own
// account where it has any to give.

#include <cstdint>
#include <cstring>
#include <memory>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::unique_ptr<MemoryService> NewService() {
  auto service = MemoryService::Create({.name = "hugepages"});
  EXPECT_TRUE(service.ok());
  return std::move(*service);
}

// Fills `bytes` of an arena in buffers of 256 KiB.
void Fill(Arena* arena, size_t bytes) {
  for (size_t done = 0; done < bytes; done += kMiB / 4) {
    void* p = arena->Allocate(kMiB / 4);
    ASSERT_NE(p, nullptr);
    memset(p, 1, kMiB / 4);
  }
}

uint64_t HugeBytes(const MemoryService& service) {
  return stats::MeasureHugeBacked(service.domain());
}

TEST(HugepagesTest, ByDefaultThereAreNone) {
  auto service = NewService();
  Arena arena = *service->CreateArena({.name = "tenant"});
  Fill(&arena, 64 * kMiB);
  EXPECT_EQ(HugeBytes(*service), 0u);
}

TEST(HugepagesTest, AlwaysBeginsWithThem) {
  auto service = NewService();
  Arena arena = *service->CreateArena(
      {.name = "tenant", .memory = {.hugepages = HugepageMode::kAlways}});
  Fill(&arena, 64 * kMiB);
  if (HugeBytes(*service) == 0) {
    GTEST_SKIP() << "the kernel gave no hugepages";
  }
  EXPECT_GE(HugeBytes(*service), 32 * kMiB);
  service->domain().Verify();
}

TEST(HugepagesTest, MadviseIsForArenasThatOutgrewAFewMiB) {
  auto service = NewService();
  const ArenaMemory memory = {.hugepages = HugepageMode::kMadvise};
  Arena small = *service->CreateArena({.name = "small", .memory = memory});
  Fill(&small, 2 * kMiB);
  EXPECT_EQ(HugeBytes(*service), 0u);
  Arena big = *service->CreateArena({.name = "big", .memory = memory});
  Fill(&big, 64 * kMiB);
  if (HugeBytes(*service) == 0) {
    GTEST_SKIP() << "the kernel gave no hugepages";
  }
  EXPECT_GE(HugeBytes(*service), 32 * kMiB);
}

TEST(HugepagesTest, CollapseMakesThemOnRequest) {
  auto service = NewService();
  Arena arena = *service->CreateArena(
      {.name = "tenant", .memory = {.hugepages = HugepageMode::kAlways}});
  Fill(&arena, 32 * kMiB);
  const auto collapsed = arena.Collapse();
  ASSERT_TRUE(collapsed.ok());
  if (*collapsed == 0) GTEST_SKIP() << "the kernel made no hugepages";
  EXPECT_GE(HugeBytes(*service), 28 * kMiB);
  // An arena in small pages has nothing to make them of.
  Arena other = *service->CreateArena({.name = "other"});
  Fill(&other, 8 * kMiB);
  EXPECT_EQ(*other.Collapse(), 0u);
  const ArenaRef gone = other.ref();
  ASSERT_TRUE(other.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_FALSE(gone.Collapse().ok());
}

}  // namespace
}  // namespace acre
