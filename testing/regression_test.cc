// Faults that once were in the allocator, each by the behaviour that it broke.

#include <memory>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

std::unique_ptr<MemoryService> NewService(ServiceOptions options = {}) {
  auto service = MemoryService::Create(options);
  EXPECT_TRUE(service.ok()) << service.status();
  return *std::move(service);
}

Arena NewArena(MemoryService* service, ArenaOptions options = {}) {
  auto arena = service->CreateArena(options);
  EXPECT_TRUE(arena.ok()) << arena.status();
  return *std::move(arena);
}

// give in a fresh service.
TEST(RegressionTest, AnArenaJoinsWhatItGrowsByToItsFreeNeighbours) {
  constexpr size_t kPage = allocator::kPageSize;
  auto service = NewService();
  Arena arena = NewArena(service.get());
  Arena other = NewArena(service.get());
  // Pages 0 to 127, then 512 to 639; the other arena takes 128 to 255.
  void* const first = arena.Allocate(128 * kPage);
  void* const far = arena.AllocateAligned(32 * kPage, 512 * kPage);
  void* const others = other.Allocate(128 * kPage);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(others, nullptr);
  arena.Deallocate(far);
  ASSERT_TRUE(arena.Purge().ok());
  // Grows by 256 to 511, of which 96 pages are left over.
  char* const grown = static_cast<char*>(arena.Allocate(160 * kPage));
  EXPECT_EQ(grown + 256 * kPage, far);
  service->domain().Verify();
}

}  // namespace
}  // namespace acre
