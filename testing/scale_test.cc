// Many tenants at once, and many one after the other: what they cost, and that
// it comes back.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "allocator/base/check.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::testing {
namespace {

#if defined(ACRE_ASAN) || defined(ACRE_TSAN)
constexpr size_t kTenants = 10000;
constexpr size_t kCycles = 10000;
constexpr bool kSanitized = true;
#else
constexpr size_t kTenants = 100000;
constexpr size_t kCycles = 200000;
constexpr bool kSanitized = false;
#endif

// What ten objects of a small tenant look like.
constexpr size_t kObjectSizes[] = {64, 64, 200, 64, 1000, 200, 48, 64, 200, 64};
constexpr size_t kObjects = std::size(kObjectSizes);

// The kernel allows 65,530 in all.
constexpr size_t kMostMappings = 5000;
constexpr uint64_t kMostBytesPerTenant = (uint64_t{6} << 30) / 100000;

// Mappings (VMAs) of this process.
size_t CountMappings() {
  std::ifstream maps("/proc/self/maps");
  size_t lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::unique_ptr<MemoryService> NewService() {
  auto service = MemoryService::Create({.name = "scale"});
  EXPECT_TRUE(service.ok()) << service.status();
  return *std::move(service);
}

struct SmallTenant {
  Arena arena;
  void* objects[kObjects] = {};

  bool Start(MemoryService* service) {
    auto created = service->CreateArena({});
    if (!created.ok()) return false;
    arena = *std::move(created);
    for (size_t i = 0; i < kObjects; ++i) {
      objects[i] = arena.Allocate(kObjectSizes[i]);
      if (objects[i] == nullptr) return false;
      memset(objects[i], static_cast<int>(arena.index() & 0xff),
             kObjectSizes[i]);
    }
    return true;
  }

  bool Intact() const {
    for (size_t i = 0; i < kObjects; ++i) {
      const auto* bytes = static_cast<const unsigned char*>(objects[i]);
      const auto mark = static_cast<unsigned char>(arena.index() & 0xff);
      if (bytes[0] != mark || bytes[kObjectSizes[i] - 1] != mark) return false;
    }
    return true;
  }

  // Frees and allocates again.
  bool Use() {
    for (size_t i = 0; i < kObjects; i += 3) {
      arena.Deallocate(objects[i]);
      objects[i] = arena.Allocate(kObjectSizes[i]);
      if (objects[i] == nullptr) return false;
      memset(objects[i], static_cast<int>(arena.index() & 0xff),
             kObjectSizes[i]);
    }
    return true;
  }
};

void ExpectWithinBounds(size_t tenants, size_t mappings_before,
                        uint64_t resident_before) {
  EXPECT_LT(CountMappings() - mappings_before, kMostMappings);
  // A sanitizer's own memory says nothing about the allocator's.
  if (kSanitized) return;
  EXPECT_LT(ResidentBytes() - resident_before, tenants * kMostBytesPerTenant);
}

TEST(ScaleTest, AHundredThousandTenantsStayUsable) {
  const size_t mappings_before = CountMappings();
  const uint64_t resident_before = ResidentBytes();
  auto service = NewService();
  const uint64_t metadata_before = service->domain().metadata_bytes();
  std::vector<SmallTenant> tenants(kTenants);
  for (SmallTenant& tenant : tenants) ASSERT_TRUE(tenant.Start(service.get()));
  EXPECT_EQ(service->domain().live_arenas(), kTenants + 1);
  ExpectWithinBounds(kTenants, mappings_before, resident_before);
  for (SmallTenant& tenant : tenants) ASSERT_TRUE(tenant.Use());
  for (const SmallTenant& tenant : tenants) ASSERT_TRUE(tenant.Intact());

  // Every other one leaves, and is followed by another.
  for (size_t i = 0; i < kTenants; i += 2) tenants[i].arena = Arena();
  EXPECT_EQ(service->domain().live_arenas(), kTenants / 2 + 1);
  for (size_t i = 0; i < kTenants; i += 2) {
    ASSERT_TRUE(tenants[i].Start(service.get()));
  }
  for (const SmallTenant& tenant : tenants) ASSERT_TRUE(tenant.Intact());
  ExpectWithinBounds(kTenants, mappings_before, resident_before);
  service->domain().Verify();
  const stats::ServiceStatistics figures =
      stats::ReadService(service->domain());
  EXPECT_EQ(figures.arena_count, kTenants + 1);
  EXPECT_EQ(figures.arenas.allocations, kTenants * kObjects);
  EXPECT_EQ(figures.charged, figures.arenas.charged);

  // All of it comes back but for what is kept against thrashing.
  tenants.clear();
  service->domain().Verify();
  EXPECT_EQ(service->domain().total().charged(),
            service->system_arena().charged_bytes());
  EXPECT_LE(service->domain().ranges().mappings(), 1u);
  const uint64_t kept = service->domain().ranges().mapped_bytes() / 512;
  EXPECT_LT(service->domain().metadata_bytes(),
            metadata_before + kept + (uint64_t{1} << 20));
}

TEST(ScaleTest, ATenantThatComesAndGoesLeavesNothingBehind) {
  auto service = NewService();
  auto cycle = [&] {
    SmallTenant tenant;
    if (!tenant.Start(service.get())) return false;
    Tcache tcache = tenant.arena.OpenTcache();
    Region region = tenant.arena.OpenRegion();
    void* const p = tcache.Allocate(100);
    tcache.Deallocate(p);
    return p != nullptr && region.Allocate(100) != nullptr;
  };
  for (size_t i = 0; i < 100; ++i) ASSERT_TRUE(cycle());
  const uint64_t metadata = service->domain().metadata_bytes();
  const uint64_t mapped = service->domain().ranges().mapped_bytes();
  const size_t mappings = CountMappings();
  const uint64_t resident = ResidentBytes();
  for (size_t i = 0; i < kCycles; ++i) ASSERT_TRUE(cycle());
  EXPECT_EQ(service->domain().metadata_bytes(), metadata);
  EXPECT_EQ(service->domain().ranges().mapped_bytes(), mapped);
  EXPECT_EQ(CountMappings(), mappings);
  EXPECT_TRUE(kSanitized || ResidentBytes() < resident + (uint64_t{2} << 20));
  EXPECT_EQ(service->domain().arenas_created(), kCycles + 101);
  service->domain().Verify();
}

TEST(ScaleTest, AnEmptyArenaTakesAtMostAKibibyte) {
  constexpr size_t kArenas = 10000;
  auto service = NewService();
  const uint64_t metadata = service->domain().metadata_bytes();
  std::vector<Arena> arenas;
  for (size_t i = 0; i < kArenas; ++i) {
    auto arena = service->CreateArena({});
    ASSERT_TRUE(arena.ok()) << arena.status();
    EXPECT_LE(arena->charged_bytes(), 1024u);
    arenas.push_back(*std::move(arena));
  }
  EXPECT_LE((service->domain().metadata_bytes() - metadata) / kArenas, 1024u);
}

// jemalloc stops at 4,094.
TEST(ScaleTest, TensOfThousandsOfTcachesAreOpenAtOnce) {
  constexpr size_t kTcaches = kSanitized ? 5000 : 30000;
  auto service = NewService();
  auto arena = service->CreateArena({});
  ASSERT_TRUE(arena.ok()) << arena.status();
  std::vector<Tcache> tcaches;
  for (size_t i = 0; i < kTcaches; ++i) {
    tcaches.push_back(arena->OpenTcache());
    ASSERT_NE(tcaches.back().Allocate(64), nullptr);
  }
  stats::ArenaStatistics figures;
  stats::ReadArena(*arena->ref().live(), &figures);
  EXPECT_EQ(figures.open_tcaches, allocator::kCheckedBuild ? 0 : kTcaches)
      << "tcaches keep nothing in the checked build";
  EXPECT_EQ(figures.allocations, kTcaches);
  tcaches.clear();
  ASSERT_TRUE(arena->Reset().ok());
  ASSERT_TRUE(arena->Purge().ok());
  stats::ReadArena(*arena->ref().live(), &figures);
  EXPECT_EQ(figures.open_tcaches + figures.parked_tcaches, 0u);
  EXPECT_LT(figures.metadata, 16384u);
  service->domain().Verify();
}

}  // namespace
}  // namespace acre::testing
