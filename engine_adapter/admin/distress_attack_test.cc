// A process that nobody would want to look at and somebody must: out of memory,
// at a limit in every call, all of its allocating threads blocked, or stopped
// wherever they were. Every figure is still answered for, and adds up.

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/admin/engine_at_work.h"
#include "engine_adapter/admin/raw_client.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"
#include "testing/fake_os.h"

namespace acre::admin {
namespace {

using Json = nlohmann::json;
using acre::testing::FakeOs;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr size_t kThreads = 2;

// Holds threads until it is opened for good.
class Barrier {
 public:
  void Wait() {
    waiting_.fetch_add(1);
    while (!open_.load()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    waiting_.fetch_sub(1);
  }
  void Open() { open_ = true; }
  bool Holds(size_t threads) const { return waiting_.load() == threads; }

 private:
  std::atomic<size_t> waiting_{0};
  std::atomic<bool> open_{false};
};

template <typename Report>
void WaitAtBarrier(void* barrier, const Report&) {
  static_cast<Barrier*>(barrier)->Wait();
}

uint64_t Figure(const Json& figures, const char* name) {
  return figures[name].get<uint64_t>();
}

class DistressTest : public ::testing::Test {
 protected:
  void Start(const ServiceOptions& options) {
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    auto server =
        AdminServer::Start(*service_, {.directory = directory_.PathOf("acre")});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  ArenaRef AddArena(const std::string& name, uint64_t hard_limit = 0,
                    uint64_t soft_limit = 0) {
    auto arena = service_->CreateArena({.name = name,
                                        .hard_limit_bytes = hard_limit,
                                        .soft_limit_bytes = soft_limit});
    EXPECT_TRUE(arena.ok()) << arena.status();
    arenas_.push_back(*std::move(arena));
    return arenas_.back();
  }

  std::string Get(const std::string& target) {
    const std::string answer = RawClient::Exchange(
        server_->socket_path(), "GET " + target + " HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.find(" 200 OK"), 8u) << target << ": " << answer;
    return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
  }

  Json Arena0() {
    return Json::parse(Get("/v1/arenas/tenant-0"), nullptr, false)["arena"];
  }

  // All figures, and what holds of them at any time.
  void ExpectAnswers() {
    for (const std::string& target : StatisticsTargets()) {
      ExpectSound(target, Get(target));
    }
  }
  // And what holds when nothing moves.
  void ExpectExactAnswers() {
    for (const std::string& target : StatisticsTargets()) {
      ExpectExact(target, Get(target));
    }
  }

  TestDirectory directory_;
  FakeOs os_;
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(DistressTest, AServiceWithoutAnyMemory) {
  Start({.name = "engine", .os = &os_});
  const ArenaRef arena = AddArena("tenant-0");
  AddArena("tenant-1");
  os_.FailFrom(0);
  std::vector<void*> held;
  for (const size_t size : {size_t{100}, size_t{5000}, size_t{100'000}}) {
    while (void* const p = arena.Allocate(size)) held.push_back(p);
  }
  const Json full = Arena0();
  EXPECT_GE(full["out_of_memory"], 3);
  ExpectExactAnswers();
  for (void* p : held) arena.Deallocate(p);
  ExpectExactAnswers();
  EXPECT_EQ(Arena0()["allocated"], 0);
  EXPECT_FALSE(service_->CreateArena({.name = "late"}).ok() &&
               arena.Allocate(8 * kMiB) != nullptr);
  ExpectExactAnswers();
  os_.FailNever();
  EXPECT_NE(arena.Allocate(kMiB), nullptr);
  ExpectExactAnswers();
}

TEST_F(DistressTest, MemoryThatRunsOutWhileItIsRead) {
  Start({.name = "engine", .os = &os_});
  const ArenaRef arena = AddArena("tenant-0");
  const ArenaRef other = AddArena("tenant-1");
  os_.set_verify_purges(false);
  os_.FailSometimes(0.5, 7);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (const ArenaRef& mine : {arena, other}) {
    threads.emplace_back([&stop, mine] {
      while (!stop) {
        Tcache tcache = mine.OpenTcache();
        std::array<void*, 32> held;
        for (size_t i = 0; i < held.size(); ++i) {
          held[i] = tcache.Allocate(size_t{16} << (i % 17));
        }
        for (void* p : held) tcache.Deallocate(p);
        static_cast<void>(mine.Purge());
      }
    });
  }
  for (int i = 0; i < 30; ++i) ExpectAnswers();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  ExpectExactAnswers();
  EXPECT_EQ(Arena0()["allocated"], 0);
}

TEST_F(DistressTest, EveryCallMeetsTheLimit) {
  Start({.name = "engine"});
  const ArenaRef arena = AddArena("tenant-0", kMiB);
  AddArena("tenant-1");
  while (arena.Allocate(4096) != nullptr) {
  }
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> denied = 0;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        EXPECT_EQ(arena.Allocate(64 << 10), nullptr);
        denied.fetch_add(1);
      }
    });
  }
  uint64_t refusals = 0;
  for (int i = 0; i < 30; ++i) {
    ExpectAnswers();
    const uint64_t before = denied.load();
    const Json now = Arena0();
    EXPECT_LE(now["charged"], kMiB);
    EXPECT_GE(now["refusals"], std::max(refusals, before));
    refusals = now["refusals"];
  }
  EXPECT_TRUE(Eventually([&] { return denied.load() > 0; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  // One more: where the arena came to be full.
  EXPECT_EQ(Arena0()["refusals"], denied.load() + 1);
  ExpectExactAnswers();
}

TEST_F(DistressTest, AllThreadsBlockedInTheRefusalHandler) {
  Barrier barrier;
  Start({.name = "engine",
         .on_refusal = &WaitAtBarrier<RefusalReport>,
         .on_refusal_context = &barrier});
  const ArenaRef arena = AddArena("tenant-0", kMiB);
  AddArena("tenant-1");
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Tcache tcache = arena.OpenTcache();
      static_cast<void>(tcache.Allocate(1000));
      EXPECT_EQ(tcache.Allocate(2 * kMiB), nullptr);
    });
  }
  ASSERT_TRUE(Eventually([&] { return barrier.Holds(kThreads); }));
  ExpectExactAnswers();
  EXPECT_EQ(Arena0()["open_tcaches"], kThreads);
  EXPECT_EQ(Arena0()["refusals"], kThreads);
  barrier.Open();
  for (std::thread& thread : threads) thread.join();
}

TEST_F(DistressTest, AllThreadsBlockedInThePressureHandler) {
  Barrier barrier;
  Start({.name = "engine",
         .on_pressure = &WaitAtBarrier<PressureReport>,
         .on_pressure_context = &barrier});
  std::array<ArenaRef, kThreads> arenas;
  for (size_t i = 0; i < kThreads; ++i) {
    arenas[i] = AddArena("tenant-" + std::to_string(i), 4 * kMiB, kMiB);
  }
  std::vector<std::thread> threads;
  for (const ArenaRef& arena : arenas) {
    threads.emplace_back(
        [arena] { EXPECT_NE(arena.Allocate(2 * kMiB), nullptr); });
  }
  ASSERT_TRUE(Eventually([&] { return barrier.Holds(kThreads); }));
  ExpectAnswers();
  const Json now = Arena0();
  EXPECT_EQ(Json::parse(Get("/v1/info"))["service"]["pressures"], kThreads);
  EXPECT_EQ(Figure(now, "charged"),
            Figure(now, "active") + Figure(now, "dirty") +
                Figure(now, "muzzy") + Figure(now, "metadata"));
  // What the handler was called for is charged and active, and its caller's in
  // a moment.
  EXPECT_EQ(Figure(now, "active"), 2 * kMiB);
  EXPECT_LE(Figure(now, "allocated"), 2 * kMiB);
  barrier.Open();
  for (std::thread& thread : threads) thread.join();
  ExpectExactAnswers();
  EXPECT_EQ(Figure(Arena0(), "allocated"), 2 * kMiB);
}

// Stopped by a signal between any two instructions, holding whatever locks
// there are to hold: no figure waits for a lock of an allocation.
TEST_F(DistressTest, AllThreadsStoppedWhereverTheyWere) {
#if defined(ACRE_TSAN)
  GTEST_SKIP() << "threads stop within ThreadSanitizer, holding its locks";
#endif
  static std::atomic<uint64_t> round;
  static std::atomic<size_t> stopped;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    const uint64_t mine = round.load();
    stopped.fetch_add(1);
    while (round.load() == mine) usleep(200);
  };
  struct sigaction before;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  Start({.name = "engine"});
  const ArenaRef arena = AddArena("tenant-0", 8 * kMiB);
  const ArenaRef other = AddArena("tenant-1");
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        Tcache tcache = arena.OpenTcache();
        Region region = other.OpenRegion();
        std::array<void*, 64> held;
        for (size_t i = 0; i < held.size(); ++i) {
          held[i] = i % 2 == 0 ? arena.Allocate(size_t{16} << (i % 16))
                               : tcache.Allocate(50 * i);
          static_cast<void>(region.Allocate(3000));
        }
        for (void* p : held) tcache.Deallocate(p);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    for (std::thread& thread : threads) {
      ASSERT_EQ(pthread_kill(thread.native_handle(), SIGUSR1), 0);
    }
    ASSERT_TRUE(Eventually([] { return stopped.load() == kThreads; }));
    ExpectAnswers();
    stopped = 0;
    round.fetch_add(1);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  sigaction(SIGUSR1, &before, nullptr);
  ExpectExactAnswers();
}

}  // namespace
}  // namespace acre::admin
