// Many threads on shared arenas: tcaches opened, parked and taken over, memory
// freed by other threads, regions, purges, limits that change, tenants that
// come and go, and readers of statistics, all at once. Contents are checked
// throughout, the books at the end. Runs under ThreadSanitizer.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"
#include "testing/choices.h"
#include "testing/pattern.h"

namespace acre::testing {
namespace {

#if defined(ACRE_TSAN) || defined(ACRE_ASAN)
constexpr int kOperations = 15000;
#else
constexpr int kOperations = 60000;
#endif
constexpr size_t kWorkers = 3;
constexpr uint64_t kParkedLimit = uint64_t{256} << 10;
constexpr uint64_t kTcacheLimit = uint64_t{128} << 10;
constexpr uint64_t kHardLimit = uint64_t{3} << 20;

struct Item {
  void* at = nullptr;
  size_t size = 0;
  uint64_t seed = 0;
};

void CheckItem(const Item& item) {
  ASSERT_TRUE(HasPattern(item.at, item.size, item.seed))
      << item.size << " bytes at " << item.at;
}

// What one thread allocates and another frees.
class Exchange {
 public:
  void Put(const Item& item) {
    std::lock_guard lock(mutex_);
    items_.push_back(item);
  }
  std::optional<Item> Take() {
    std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    const Item item = items_.front();
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::deque<Item> items_;
};

size_t PickSize(Choices* choices) {
  const uint64_t kind = choices->Below(32);
  if (kind < 20) return choices->Below(600);
  if (kind < 29) return choices->Below(20000);
  return choices->Below(200000);
}

// A query thread: a tcache and a region for each shared arena.
class Worker {
 public:
  Worker(uint64_t seed, const std::vector<ArenaRef>& arenas, Exchange* exchange)
      : choices_(seed),
        arenas_(arenas),
        exchange_(exchange),
        tcaches_(arenas.size()),
        regions_(arenas.size()),
        next_seed_(seed << 40) {}

  void Run() {
    for (int i = 0; i < kOperations; ++i) {
      Step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    while (!mine_.empty()) Free();
  }

 private:
  void Step() {
    const uint64_t kind = choices_.Below(100);
    if (kind < 40) {
      Allocate();
    } else if (kind < 70) {
      Free();
    } else if (kind < 78) {
      Send();
    } else if (kind < 88) {
      Receive();
    } else if (kind < 92) {
      Reallocate();
    } else if (kind < 97) {
      UseRegion();
    } else {
      PickTcache()->Close();
    }
  }

  // The tcache of some arena, open.
  Tcache* PickTcache() {
    const size_t at = choices_.Below(arenas_.size());
    if (!tcaches_[at].valid()) tcaches_[at] = arenas_[at].OpenTcache();
    return &tcaches_[at];
  }

  void Allocate() {
    if (mine_.size() > 400) return Free();
    Item item{.size = PickSize(&choices_), .seed = ++next_seed_};
    switch (choices_.Below(8)) {
      case 0:
        item.at = arenas_[choices_.Below(arenas_.size())].Allocate(item.size);
        break;
      case 1:
        item.at = PickTcache()->AllocateZeroed(item.size);
        ASSERT_TRUE(item.at == nullptr || IsZero(item.at, item.size));
        break;
      case 2:
        item.at = PickTcache()->AllocateAligned(item.size, 256);
        break;
      default:
        item.at = PickTcache()->Allocate(item.size);
        break;
    }
    if (item.at == nullptr) return;  // A limit.
    FillPattern(item.at, item.size, item.seed);
    mine_.push_back(item);
  }

  Item TakeMine() {
    const size_t at = choices_.Below(mine_.size());
    std::swap(mine_[at], mine_.back());
    const Item item = mine_.back();
    mine_.pop_back();
    return item;
  }

  void FreeItem(const Item& item) {
    CheckItem(item);
    if (choices_.OneIn(8)) {
      arenas_[choices_.Below(arenas_.size())].Deallocate(item.at);
    } else {
      PickTcache()->Deallocate(item.at);
    }
  }

  void Free() {
    if (!mine_.empty()) FreeItem(TakeMine());
  }

  void Send() {
    if (!mine_.empty()) exchange_->Put(TakeMine());
  }

  void Receive() {
    if (const std::optional<Item> item = exchange_->Take()) FreeItem(*item);
  }

  void Reallocate() {
    if (mine_.empty()) return;
    Item& item = mine_[choices_.Below(mine_.size())];
    const size_t size = PickSize(&choices_);
    void* const moved = PickTcache()->Reallocate(item.at, size);
    if (moved == nullptr) return CheckItem(item);
    ASSERT_TRUE(HasPattern(moved, std::min(size, item.size), item.seed));
    item = {.at = moved, .size = size, .seed = ++next_seed_};
    FillPattern(item.at, item.size, item.seed);
  }

  void UseRegion() {
    const size_t at = choices_.Below(arenas_.size());
    Region& region = regions_[at];
    if (!region.valid()) region = arenas_[at].OpenRegion();
    std::vector<Item> items;
    for (uint64_t i = choices_.Below(12); i > 0; --i) {
      Item item{.size = PickSize(&choices_) / 4, .seed = ++next_seed_};
      item.at = region.Allocate(item.size);
      if (item.at == nullptr) break;
      FillPattern(item.at, item.size, item.seed);
      items.push_back(item);
    }
    for (const Item& item : items) CheckItem(item);
    choices_.OneIn(3) ? region.Close() : region.Drop();
  }

  Choices choices_;
  const std::vector<ArenaRef> arenas_;
  Exchange* const exchange_;
  std::vector<Tcache> tcaches_;
  std::vector<Region> regions_;
  std::vector<Item> mine_;
  uint64_t next_seed_;
};

// Reads everything again and again, and checks what holds at any time.
void ReadUntil(const std::atomic<bool>& done, const MemoryService& service,
               const std::vector<ArenaRef>& arenas) {
  // No figure can be negative or larger than anything that is allocated here.
  constexpr uint64_t kMost = uint64_t{4} << 30;
  while (!done.load()) {
    for (const ArenaRef& arena : arenas) {
      stats::ArenaStatistics figures;
      ASSERT_TRUE(stats::ReadArena(service.domain(), arena.index(),
                                   arena.generation(), &figures));
      EXPECT_EQ(std::string(figures.name), std::string(arena.name()));
      for (const auto& field : stats::kArenaFields) {
        if (field.unit != stats::Unit::kBytes) continue;
        if (field.member == &stats::ArenaStatistics::purged) continue;
        EXPECT_LT(figures.*field.member, kMost) << field.name;
      }
      // Two words, each below the limit at any time.
      EXPECT_LE(figures.parked, 2 * kParkedLimit);
      std::array<stats::BinStatistics, allocator::kSmallClasses> bins;
      const size_t n = stats::ReadBins(*arena.live(), &bins);
      EXPECT_LE(n, bins.size());
    }
    // This one's limit never changes.
    EXPECT_LE(arenas[0].charged_bytes(), kHardLimit);
    const stats::ServiceStatistics all = stats::ReadService(service.domain());
    EXPECT_GE(all.arena_count, arenas.size());
    EXPECT_LT(all.charged, kMost);
    EXPECT_LT(stats::MeasureResident(service.domain()), kMost);
    std::this_thread::yield();
  }
}

// Tenants that come and go while the others work.
void LiveAndDieUntil(const std::atomic<bool>& done, MemoryService* service) {
  Choices choices(77);
  for (uint64_t i = 0; !done.load(); ++i) {
    const std::string name = fmt::format("visitor-{}", i % 7);
    auto arena = service->CreateArena({.name = name});
    ASSERT_TRUE(arena.ok()) << arena.status();
    ASSERT_TRUE(service->FindArena(name).ok());
    Tcache tcache = arena->OpenTcache();
    std::vector<void*> items;
    for (int j = 0; j < 50; ++j) {
      const size_t size = PickSize(&choices);
      void* const p = tcache.Allocate(size);
      ASSERT_NE(p, nullptr);
      ASSERT_TRUE(IsZero(p, size)) << "another tenant's content";
      FillPattern(p, size, i);
      items.push_back(p);
    }
    ASSERT_TRUE(i % 3 != 0 || arena->Reset().ok());
    if (i % 3 == 1) {
      for (void* p : items) service->Deallocate(p);
      ASSERT_TRUE(arena->Destroy(DestroyPolicy::kFailIfAllocated).ok());
    }
  }
}

void PurgeAndLimitUntil(const std::atomic<bool>& done,
                        const std::vector<ArenaRef>& arenas) {
  for (uint64_t i = 0; !done.load(); ++i) {
    EXPECT_TRUE(arenas[i % arenas.size()].Purge().ok());
    const uint64_t limit = i % 2 == 0 ? 0 : kHardLimit / 3;
    EXPECT_TRUE(arenas[1].SetHardLimit(limit).ok());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

void ExpectBooksInOrder(const MemoryService& service) {
  service.domain().Verify();
  const stats::ServiceStatistics all = stats::ReadService(service.domain());
  const stats::ArenaStatistics& sums = all.arenas;
  EXPECT_EQ(sums.active, sums.allocated + sums.cached + sums.slack);
  EXPECT_EQ(sums.charged, sums.active + sums.dirty + sums.metadata);
  EXPECT_EQ(sums.charged, all.charged);
  EXPECT_EQ(sums.allocated, 0u);
  EXPECT_EQ(sums.allocations, 0u);
  EXPECT_EQ(sums.open_tcaches, 0u);
  EXPECT_EQ(all.misuses, 0u);
}

TEST(StressTest, ThreadsSharingArenasLeaveContentsAndBooksInOrder) {
  auto created = MemoryService::Create({.name = "stress"});
  ASSERT_TRUE(created.ok()) << created.status();
  MemoryService& service = **created;
  std::vector<Arena> owners;
  std::vector<ArenaRef> arenas;
  for (int i = 0; i < 3; ++i) {
    auto arena =
        service.CreateArena({.name = "",
                             .hard_limit_bytes = i == 0 ? kHardLimit : 0,
                             .parked_limit_bytes = kParkedLimit,
                             .tcache_limit_bytes = kTcacheLimit});
    ASSERT_TRUE(arena.ok()) << arena.status();
    owners.push_back(*std::move(arena));
    arenas.push_back(owners.back().ref());
  }
  Exchange exchange;
  std::atomic<bool> done = false;
  std::thread reader([&] { ReadUntil(done, service, arenas); });
  std::thread visitors([&] { LiveAndDieUntil(done, &service); });
  std::thread purger([&] { PurgeAndLimitUntil(done, arenas); });
  std::vector<std::thread> workers;
  for (size_t i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] { Worker(i + 1, arenas, &exchange).Run(); });
  }
  for (std::thread& worker : workers) worker.join();
  done = true;
  reader.join();
  visitors.join();
  purger.join();
  while (const std::optional<Item> item = exchange.Take()) {
    CheckItem(*item);
    service.Deallocate(item->at);
  }
  ExpectBooksInOrder(service);
  for (Arena& owner : owners) {
    EXPECT_TRUE(owner.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  }
  service.domain().Verify();
}

}  // namespace
}  // namespace acre::testing
