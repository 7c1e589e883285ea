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

Arena NewArena(MemoryService *service, ArenaOptions options = {}) {
  auto arena = service->CreateArena(options);
  EXPECT_TRUE(arena.ok()) << arena.status();
  return *std::move(arena);
}

// Collects reports of misuse instead of aborting.
struct Misuses {
  std::vector<allocator::MisuseRule> rules;

  void ListenIn(ServiceOptions *options) {
    options->misuse_policy = MisusePolicy::kReportAndLeak;
    options->on_misuse_context = this;
    options->on_misuse = [](void *self, const MisuseReport &report) {
      static_cast<Misuses *>(self)->rules.push_back(report.rule);
    };
  }
};

// whether an arena is live.
TEST(RegressionTest, DestroyedArenasAreNotMetAmongTheLiveOnes) {
  auto service = NewService();
  std::vector<Arena> arenas;
  for (int i = 0; i < 3; ++i) arenas.push_back(NewArena(service.get()));
  for (Arena &arena : arenas) {
    ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  }
  size_t met = 0;
  service->domain().ForEachArena([&](allocator::Arena &) { ++met; });
  EXPECT_EQ(met, 1u) << "only the system arena is live";
}

// give in a fresh service.
TEST(RegressionTest, AnArenaJoinsWhatItGrowsByToItsFreeNeighbours) {
  constexpr size_t kPage = allocator::kPageSize;
  auto service = NewService();
  Arena arena = NewArena(service.get());
  Arena other = NewArena(service.get());
  // Pages 0 to 127, then 512 to 639; the other arena takes 128 to 255.
  void *const first = arena.Allocate(128 * kPage);
  void *const far = arena.AllocateAligned(32 * kPage, 512 * kPage);
  void *const others = other.Allocate(128 * kPage);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(others, nullptr);
  arena.Deallocate(far);
  ASSERT_TRUE(arena.Purge().ok());
  // Grows by 256 to 511, of which 96 pages are left over.
  char *const grown = static_cast<char *>(arena.Allocate(160 * kPage));
  EXPECT_EQ(grown + 256 * kPage, far);
  service->domain().Verify();
}

// arena's, when the second free reaches the bin.
TEST(RegressionTest, ADoubleFreeFoundAfterItsSlabIsGoneTouchesNobodysMemory) {
  Misuses misuses;
  ServiceOptions options;
  misuses.ListenIn(&options);
  auto service = NewService(options);
  Arena arena = NewArena(service.get());
  constexpr size_t kSize = 2048;
  // The slab lies between other memory that goes with it.
  void *const before = arena.Allocate(size_t{64} << 10);
  Tcache tcache = arena.OpenTcache();
  void *const twice = tcache.Allocate(kSize);
  void *const between = tcache.Allocate(kSize);
  std::vector<void *> live;
  for (int i = 0; i < 64; ++i) live.push_back(arena.Allocate(kSize));
  tcache.Deallocate(twice);
  tcache.Deallocate(between);
  tcache.Deallocate(twice);
  // The same regions go back behind the tcache's back, and their slab with
  // them.
  for (void *p : live) arena.Deallocate(p);
  arena.Deallocate(twice);
  arena.Deallocate(between);
  arena.Deallocate(before);
  ASSERT_TRUE(arena.Purge().ok());
  tcache.Close();
  ASSERT_TRUE(arena.Purge().ok());
  EXPECT_EQ(misuses.rules, std::vector<allocator::MisuseRule>(
                               3, allocator::MisuseRule::kDoubleFree));
  service->domain().Verify();
}

// The same for a large allocation, whose address had become another arena's.
TEST(RegressionTest, AStaleLargePointerInATcacheDoesNotFreeAnothersMemory) {
  Misuses misuses;
  ServiceOptions options;
  misuses.ListenIn(&options);
  auto service = NewService(options);
  Arena arena = NewArena(service.get());
  Arena other = NewArena(service.get());
  constexpr size_t kSize = size_t{1} << 20;
  std::vector<void *> ours;
  for (int i = 0; i < 4; ++i) ours.push_back(arena.Allocate(kSize));
  Tcache tcache = arena.OpenTcache();
  tcache.Deallocate(ours[0]);
  for (void *p : ours) arena.Deallocate(p);  // The first for a second time.
  // Runs this long go to the shared ranges, and from there to others.
  ASSERT_TRUE(arena.Purge().ok());
  std::vector<void *> theirs;
  for (int i = 0; i < 4; ++i) theirs.push_back(other.Allocate(kSize));
  ASSERT_EQ(theirs, ours) << "the memory has changed hands";
  const uint64_t charged = other.charged_bytes();
  tcache.Close();
  ASSERT_TRUE(arena.Purge().ok());
  EXPECT_EQ(other.charged_bytes(), charged);
  EXPECT_EQ(misuses.rules, std::vector<allocator::MisuseRule>{
                               allocator::MisuseRule::kDoubleFree});
  service->domain().Verify();
  for (void *q : theirs) other.Deallocate(q);
  service->domain().Verify();
}

// Opening a region was refused while the arena held nothing but dirty pages.
TEST(RegressionTest, ARegionAtTheHardLimitReclaimsDirtyPages) {
  auto service = NewService();
  Arena arena = NewArena(service.get());
  void *p = arena.Allocate(size_t{256} << 10);
  ASSERT_NE(p, nullptr);
  arena.Deallocate(p);
  ASSERT_TRUE(arena.SetHardLimit(arena.charged_bytes()).ok());
  Region region = arena.OpenRegion();
  EXPECT_NE(region.Allocate(100), nullptr);
}

TEST(RegressionTest, ARegionThatWasResetHoldsNothing) {
  auto service = NewService();
  Arena arena = NewArena(service.get());
  Region region = arena.OpenRegion();
  ASSERT_NE(region.Allocate(100), nullptr);
  EXPECT_GT(region.bytes(), 0u);
  ASSERT_TRUE(arena.Reset().ok());
  EXPECT_EQ(region.bytes(), 0u);
}

// Its slot had gone back to the system, and with it the way to the service.
TEST(RegressionTest, FreeingThroughARefOfALongGoneArenaReachesTheOwner) {
  auto service = NewService();
  std::vector<Arena> arenas;
  for (int i = 0; i < 1000; ++i) arenas.push_back(NewArena(service.get()));
  const ArenaRef gone = arenas[500].ref();
  arenas.clear();
  void *p = service->system_arena().Allocate(100);
  const uint64_t before = service->domain().ArenaAt(0)->LiveAllocations();
  gone.Deallocate(p);
  EXPECT_EQ(service->domain().ArenaAt(0)->LiveAllocations(), before - 1);
}

// that it cannot free must not vanish in silence.
TEST(RegressionDeathTest, FreeingThroughAClosedTcacheStopsTheProcess) {
  auto service = NewService();
  Arena arena = NewArena(service.get());
  void *p = arena.Allocate(100);
  Tcache closed;
  EXPECT_DEATH(closed.Deallocate(p), "closed tcache");
  EXPECT_DEATH(closed.Deallocate(p, 100), "closed tcache");
}

// may need more than that.
TEST(RegressionTest, UnderALoweredLimitAllThatIsNeededIsReclaimed) {
  auto service = NewService();
  Arena arena = NewArena(service.get());
  std::vector<void *> pieces;
  for (int i = 0; i < 64; ++i) pieces.push_back(arena.Allocate(32768));
  // Every other piece, so that none joins the next.
  for (size_t i = 0; i < pieces.size(); i += 2) arena.Deallocate(pieces[i]);
  ASSERT_TRUE(arena.SetHardLimit(size_t{34} * 32768).ok());
  // Too large for any of the pieces.
  EXPECT_NE(arena.Allocate(36000), nullptr);
}

// Blocks double, and a doubled one was refused where the least still fitted.
TEST(RegressionTest, ARegionNearTheHardLimitTakesASmallerBlock) {
  auto service = NewService();
  Arena arena = NewArena(service.get());
  Region region = arena.OpenRegion();
  while (region.bytes() < (256 << 10))
    ASSERT_NE(region.Allocate(1000), nullptr);
  ASSERT_TRUE(arena.SetHardLimit(arena.charged_bytes() + (64 << 10)).ok());
  while (region.bytes() < (256 << 10) + (32 << 10)) {
    ASSERT_NE(region.Allocate(1000), nullptr);
  }
}

}  // namespace
}  // namespace acre
