// Conservation under load: threads allocate, free, reset, purge, destroy and
// change limits while readers hold every figure to what docs/statistics.md says
// of it: counters never go back, what is charged never exceeds a limit, and
// what is off is off by no more than what moved meanwhile. Whenever nothing
// moved during a reading, every equation holds and the arenas' figures are what
// the threads know that they hold, to the byte. Runs under ThreadSanitizer.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"
#include "testing/choices.h"
#include "testing/conservation.h"
#include "testing/operation_log.h"

namespace acre::testing {
namespace {

using ::testing::IsEmpty;

#if defined(ACRE_TSAN) || defined(ACRE_ASAN)
constexpr int kSteps = 20'000;
#else
constexpr int kSteps = 250'000;
#endif
constexpr size_t kWorkers = 3;
constexpr size_t kController = kWorkers;  // Its slot.
constexpr size_t kShared = 3;             // Arenas that all workers use.
constexpr size_t kOwn = kShared;          // Stands for arenas of one worker.
constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kServiceLimit = 256 * kMiB;
constexpr uint64_t kArenaLimit = 4 * kMiB;
constexpr uint64_t kReserved = 6 * kMiB;
constexpr uint64_t kParkedLimit = 256 * kKiB;
constexpr uint64_t kTcacheLimit = 128 * kKiB;
constexpr size_t kMostItems = 300;
constexpr size_t kLargest = 200'000;
// The most that one operation of a worker moves in one arena: what it asks for,
// a batch or all of its tcache, what is parked, a region's blocks.
constexpr uint64_t kMostMoved = 640 * kKiB;

// What the threads hold of each arena, written within their operations.
class Holdings {
 public:
  void Add(size_t arena, uint64_t bytes) {
    bytes_[arena].fetch_add(static_cast<int64_t>(bytes));
  }
  void Sub(size_t arena, uint64_t bytes) {
    bytes_[arena].fetch_sub(static_cast<int64_t>(bytes));
  }
  int64_t Of(size_t arena) const { return bytes_[arena].load(); }
  int64_t Total() const {
    int64_t sum = 0;
    for (const auto& bytes : bytes_) sum += bytes.load();
    return sum;
  }

 private:
  std::array<std::atomic<int64_t>, kShared + 1> bytes_{};
};

struct World {
  MemoryService* service;
  std::vector<ArenaRef> shared;
  OperationLog log{kWorkers + 1};
  Holdings holdings;
  std::atomic<uint64_t> controls_begun{0};
  std::atomic<uint64_t> controls_ended{0};
  std::atomic<bool> done{false};

  size_t IndexOf(const void* ptr) const {
    const auto owner = service->ArenaOf(ptr);
    for (size_t i = 0; owner && i < shared.size(); ++i) {
      if (shared[i].index() == owner->index()) return i;
    }
    return kOwn;
  }
};

size_t PickSize(Choices* choices) {
  const uint64_t kind = choices->Below(32);
  if (kind < 22) return choices->Below(700);
  if (kind < 30) return choices->Below(20'000);
  return choices->Below(kLargest);
}

// A query thread on the shared arenas, with an arena of its own now and then.
class Worker {
 public:
  Worker(World* world, size_t slot)
      : world_(*world), slot_(slot), choices_(slot + 1) {}

  void Run() {
    for (int i = 0; i < kSteps && !::testing::Test::HasFatalFailure(); ++i) {
      world_.log.PassGate();
      Step();
    }
    {
      OperationLog::Operation operation(&world_.log, slot_);
      for (size_t i = 0; i < kShared; ++i) {
        world_.holdings.Sub(i, regions_[i].bytes());
        regions_[i].Close();
      }
      if (own_.ref().valid()) EndOwn();
    }
    world_.log.Leave();
  }

  // The items still held, once all threads have ended.
  void FreeAll() {
    for (void* item : items_) FreeItem(item);
    items_.clear();
    for (Tcache& tcache : tcaches_) tcache.Close();
  }

 private:
  void Step() {
    OperationLog::Operation operation(&world_.log, slot_);
    const size_t at = choices_.Below(kShared);
    const uint64_t kind = choices_.Below(100);
    if (kind < 42) {
      Allocate(at);
    } else if (kind < 78) {
      Free();
    } else if (kind < 84) {
      Reallocate(at);
    } else if (kind < 90) {
      UseRegion(at);
    } else if (kind < 93) {
      CloseRegion(at);
    } else if (kind < 96) {
      tcaches_[at].Close();
    } else {
      UseOwn();
    }
  }

  Tcache& OpenTcache(size_t at) {
    if (!tcaches_[at].valid()) tcaches_[at] = world_.shared[at].OpenTcache();
    return tcaches_[at];
  }

  void Allocate(size_t at) {
    if (items_.size() >= kMostItems) return Free();
    const size_t size = PickSize(&choices_);
    void* const p = choices_.OneIn(5) ? world_.shared[at].Allocate(size)
                                      : OpenTcache(at).Allocate(size);
    if (p == nullptr) return;  // A limit.
    items_.push_back(p);
    world_.holdings.Add(at, world_.service->UsableSize(p));
  }

  void FreeItem(void* item) {
    world_.holdings.Sub(world_.IndexOf(item), world_.service->UsableSize(item));
    // Through whichever arena: a third of them are foreign to it.
    const size_t through = choices_.Below(kShared);
    if (choices_.OneIn(6)) {
      world_.shared[through].Deallocate(item);
    } else {
      OpenTcache(through).Deallocate(item);
    }
  }

  void Free() {
    if (items_.empty()) return;
    std::swap(items_[choices_.Below(items_.size())], items_.back());
    void* const item = items_.back();
    items_.pop_back();
    FreeItem(item);
  }

  void Reallocate(size_t at) {
    if (items_.empty()) return;
    void*& item = items_[choices_.Below(items_.size())];
    const size_t from = world_.IndexOf(item);
    const uint64_t before = world_.service->UsableSize(item);
    void* const moved = OpenTcache(at).Reallocate(item, PickSize(&choices_));
    if (moved == nullptr) return;
    item = moved;
    world_.holdings.Sub(from, before);
    world_.holdings.Add(world_.IndexOf(item), world_.service->UsableSize(item));
  }

  void UseRegion(size_t at) {
    Region& region = regions_[at];
    if (!region.valid()) region = world_.shared[at].OpenRegion();
    // What an operation moves stays bounded.
    if (region.bytes() > 128 * kKiB) return CloseRegion(at);
    const uint64_t before = region.bytes();
    static_cast<void>(region.Allocate(choices_.Below(20'000)));
    world_.holdings.Add(at, region.bytes() - before);
  }

  void CloseRegion(size_t at) {
    world_.holdings.Sub(at, regions_[at].bytes());
    choices_.OneIn(2) ? regions_[at].Close() : regions_[at].Drop();
    // A dropped region may keep a block.
    world_.holdings.Add(at, regions_[at].bytes());
  }

  // Makes, uses, resets or destroys an arena that is this thread's alone, with
  // tcaches and regions open.
  void UseOwn() {
    if (!own_.ref().valid()) {
      auto created = world_.service->CreateArena({});
      ASSERT_TRUE(created.ok()) << created.status();
      own_ = *std::move(created);
      own_tcache_ = own_.OpenTcache();
      return;
    }
    switch (choices_.Below(8)) {
      case 0:
        EndOwn();
        break;
      case 1:
        ASSERT_TRUE(own_.Reset().ok());
        world_.holdings.Sub(kOwn, std::exchange(own_bytes_, 0));
        own_tcache_ = own_.OpenTcache();
        break;
      case 2:
        ASSERT_TRUE(own_.Purge().ok());
        break;
      default:
        for (int i = 0; i < 8; ++i) {
          void* const p = own_tcache_.Allocate(PickSize(&choices_));
          if (p == nullptr) break;
          const uint64_t bytes = own_tcache_.UsableSize(p);
          if (choices_.OneIn(3)) {
            own_tcache_.Deallocate(p);
          } else {
            world_.holdings.Add(kOwn, bytes);
            own_bytes_ += bytes;
          }
        }
    }
  }

  void EndOwn() {
    ASSERT_TRUE(own_.Destroy(DestroyPolicy::kDiscard).ok());
    world_.holdings.Sub(kOwn, std::exchange(own_bytes_, 0));
    own_ = Arena();
  }

  World& world_;
  const size_t slot_;
  Choices choices_;
  std::array<Tcache, kShared> tcaches_;
  std::array<Region, kShared> regions_;
  std::vector<void*> items_;
  Arena own_;
  Tcache own_tcache_;
  uint64_t own_bytes_ = 0;
};

// The operator and the governor: purges, limits and decay change.
void Control(World* world) {
  Choices choices(99);
  while (!world->done.load()) {
    world->log.PassGate();
    {
      OperationLog::Operation operation(&world->log, kController);
      world->controls_begun.fetch_add(1);
      const ArenaRef arena = world->shared[choices.Below(kShared)];
      switch (choices.Below(6)) {
        case 0:
          EXPECT_TRUE(arena.Purge(PurgeMode::kUnused).ok());
          break;
        case 1:
          EXPECT_TRUE(arena.Purge(PurgeMode::kEverything).ok());
          break;
        case 2:
          // Reserves less and more; there is always room for it.
          EXPECT_TRUE(
              world->shared[2]
                  .SetLimits({.reserved_bytes = kReserved >> choices.Below(3)})
                  .ok());
          break;
        case 3:
          EXPECT_TRUE(world->shared[1]
                          .SetHardLimit(choices.OneIn(2) ? 0 : kArenaLimit)
                          .ok());
          break;
        case 4:
          EXPECT_TRUE(arena
                          .SetDecay({.dirty_decay_ms = static_cast<int64_t>(
                                         choices.Below(20)),
                                     .muzzy_decay_ms = static_cast<int64_t>(
                                         choices.Below(2) * 10)})
                          .ok());
          break;
        default:
          static_cast<void>(world->service->Tick());
      }
      world->controls_ended.fetch_add(1);
    }
    std::this_thread::yield();
  }
  world->log.Leave();
}

uint64_t Distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

// Figures that only grow, as long as the arena is neither reset nor destroyed.
template <typename Statistics>
void ExpectNoneWentBack(const std::vector<uint64_t Statistics::*>& counters,
                        const Statistics& before, const Statistics& now,
                        const std::string& of) {
  for (size_t i = 0; i < counters.size(); ++i) {
    EXPECT_GE(now.*counters[i], before.*counters[i])
        << of << ": counter " << i << " of the list";
  }
}

class Reader {
 public:
  explicit Reader(World* world) : world_(*world) {}

  // Until the world is done; `pauses`: stops the threads now and then.
  void Run(bool pauses) {
    for (uint64_t i = 0; !world_.done.load(); ++i) {
      ReadArena(i % kShared);
      if (i % 4 == 0) ReadAll();
      if (pauses && i % 16 == 0) {
        world_.log.WhilePaused([this] { ReadAll(/*paused=*/true); });
      }
    }
  }

  // Everything; exact if nothing moved meanwhile.
  void ReadAll(bool paused = false) {
    ServiceSnapshot now;
    std::array<int64_t, kShared> held;
    int64_t all_held = 0;
    const uint64_t moving = world_.log.Overlapping([&] {
      now = TakeSnapshot(*world_.service);
      for (size_t i = 0; i < kShared; ++i) held[i] = world_.holdings.Of(i);
      all_held = world_.holdings.Total();
    });
    ExpectBounds(now, moving);
    ASSERT_TRUE(moving == 0 || !paused);
    if (moving != 0) return;
    ++quiet_readings_;
    EXPECT_THAT(BrokenEquations(now), IsEmpty());
    EXPECT_EQ(now.service.arenas.allocated, static_cast<uint64_t>(all_held));
    for (const ArenaSnapshot& arena : now.arenas) {
      for (size_t i = 0; i < kShared; ++i) {
        if (arena.figures.index != world_.shared[i].index()) continue;
        EXPECT_EQ(arena.figures.allocated, static_cast<uint64_t>(held[i]));
        EXPECT_GE(arena.figures.peak, most_charged_[i]);
      }
    }
  }

  uint64_t quiet_readings() const { return quiet_readings_; }

 private:
  using Figures = stats::ArenaStatistics;

  void ReadArena(size_t at) {
    const ArenaRef& arena = world_.shared[at];
    Figures now;
    uint64_t held = 0;
    uint64_t controls = 0;
    const uint64_t moving = world_.log.Overlapping([&] {
      const uint64_t ended = world_.controls_ended.load();
      held = static_cast<uint64_t>(world_.holdings.Of(at));
      ASSERT_TRUE(stats::ReadArena(world_.service->domain(), arena.index(),
                                   arena.generation(), &now));
      controls = world_.controls_begun.fetch_add(0) - ended;
    });
    ExpectAtAnyTime(at, now, moving);
    // A purge or a new limit moves what it likes.
    if (controls == 0) ExpectWithin(moving * kMostMoved, held, now);
    before_[at] = now;
    most_charged_[at] = std::max(most_charged_[at], now.charged);
  }

  void ExpectAtAnyTime(size_t at, const Figures& now, uint64_t moving) const {
    EXPECT_EQ(std::string(now.name), std::string(world_.shared[at].name()));
    EXPECT_EQ(now.resident, now.active + now.dirty + now.muzzy + now.metadata);
    EXPECT_EQ(now.mapped, now.resident);
    EXPECT_LE(now.open_tcaches, kWorkers + moving);
    // Two words, each below the limit at any time.
    EXPECT_LE(now.parked, 2 * kParkedLimit);
    EXPECT_LE(now.cached,
              (kWorkers + moving) * kTcacheLimit + 2 * kParkedLimit);
    if (at == 0) {
      EXPECT_LE(now.charged, kArenaLimit);
      EXPECT_EQ(now.hard_limit, kArenaLimit);
    }
    EXPECT_EQ(now.reserved != 0, at == 2);
    EXPECT_EQ(now.out_of_memory, 0u);
    ExpectNoneWentBack<Figures>(
        {&Figures::peak, &Figures::fills, &Figures::flushes, &Figures::refusals,
         &Figures::foreign_frees, &Figures::purges, &Figures::purged,
         &Figures::lazily_purged, &Figures::subreleased},
        before_[at], now, now.name);
  }

  // `off` is the most that operations during the reading moved.
  static void ExpectWithin(uint64_t off, uint64_t held, const Figures& now) {
    EXPECT_LE(Distance(now.allocated, held), off);
    EXPECT_LE(Distance(now.active, now.allocated + now.cached + now.slack),
              4 * off);
    EXPECT_LE(Distance(now.charged,
                       now.active + now.dirty + now.muzzy + now.metadata),
              4 * off);
  }

  void ExpectBounds(const ServiceSnapshot& now, uint64_t moving) {
    using Service = stats::ServiceStatistics;
    using Bin = stats::BinStatistics;
    const Service& service = now.service;
    EXPECT_LE(service.charged, kServiceLimit);
    EXPECT_EQ(service.hard_limit, kServiceLimit);
    EXPECT_EQ(service.misuses, 0u);
    EXPECT_EQ(service.hook_failures, 0u);
    EXPECT_GE(service.arena_count, 1 + kShared);
    EXPECT_LE(service.arena_count, 1 + kShared + kWorkers + moving);
    ExpectNoneWentBack<Service>({&Service::arenas_created, &Service::peak,
                                 &Service::refusals, &Service::pressures},
                                service_before_, service, "service");
    for (const stats::ProviderStatistics& provider : now.providers) {
      EXPECT_LE(provider.free, provider.mapped);
      for (const stats::HookCall& call : stats::kHookCalls) {
        EXPECT_LE(provider.failures_of.*call.member,
                  provider.calls_of.*call.member)
            << call.name;
      }
    }
    for (const ArenaSnapshot& arena : now.arenas) {
      for (const Bin& bin : arena.bins) {
        EXPECT_EQ(bin.size, allocator::ClassSize(allocator::ClassOf(bin.size)));
        EXPECT_LE(bin.slack, bin.slab_bytes);
      }
    }
    service_before_ = service;
  }

  World& world_;
  std::array<Figures, kShared> before_;
  std::array<uint64_t, kShared> most_charged_{};
  stats::ServiceStatistics service_before_;
  uint64_t quiet_readings_ = 0;
};

TEST(ConservationLoadTest, FiguresStayWithinBoundsAndAreExactWhenNothingMoves) {
  auto created = MemoryService::Create({.name = "conservation",
                                        .hard_limit_bytes = kServiceLimit,
                                        .governor = {.thread = false}});
  ASSERT_TRUE(created.ok()) << created.status();
  World world{.service = created->get()};
  const uint64_t charged_at_start =
      stats::ReadService(world.service->domain()).charged;
  std::vector<Arena> owners;
  for (size_t i = 0; i < kShared; ++i) {
    auto arena = world.service->CreateArena(
        {.hard_limit_bytes = i == 0 ? kArenaLimit : 0,
         .parked_limit_bytes = kParkedLimit,
         .tcache_limit_bytes = kTcacheLimit,
         .reserved_bytes = i == 2 ? kReserved : 0});
    ASSERT_TRUE(arena.ok()) << arena.status();
    owners.push_back(*std::move(arena));
    world.shared.push_back(owners.back().ref());
  }

  std::vector<std::unique_ptr<Worker>> workers;
  for (size_t i = 0; i < kWorkers; ++i) {
    workers.push_back(std::make_unique<Worker>(&world, i));
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kWorkers; ++i) {
    threads.emplace_back([worker = workers[i].get()] { worker->Run(); });
  }
  Reader pausing(&world);
  Reader running(&world);
  std::thread controller([&] { Control(&world); });
  std::thread first([&] { pausing.Run(/*pauses=*/true); });
  std::thread second([&] { running.Run(/*pauses=*/false); });
  for (std::thread& thread : threads) thread.join();
  world.done = true;
  controller.join();
  first.join();
  second.join();

  // At rest: with what is still held, and with nothing.
  EXPECT_GT(world.holdings.Total(), 0);
  pausing.ReadAll(/*paused=*/true);
  for (auto& worker : workers) worker->FreeAll();
  EXPECT_EQ(world.holdings.Total(), 0);
  pausing.ReadAll(/*paused=*/true);
  EXPECT_GE(pausing.quiet_readings(), 3u);
  const stats::ArenaStatistics sums =
      stats::ReadService(world.service->domain()).arenas;
  EXPECT_EQ(sums.allocations, 0u);
  EXPECT_EQ(sums.open_tcaches, 0u);
  EXPECT_GT(sums.refusals, 0u);
  EXPECT_GT(sums.foreign_frees, 0u);
  EXPECT_GT(sums.purged, 0u);
  world.service->domain().Verify();
  workers.clear();
  for (Arena& owner : owners) {
    EXPECT_TRUE(owner.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  }
  EXPECT_EQ(stats::ReadService(world.service->domain()).charged,
            charged_at_start);
  EXPECT_THAT(BrokenEquations(TakeSnapshot(*world.service)), IsEmpty());
}

}  // namespace
}  // namespace acre::testing
