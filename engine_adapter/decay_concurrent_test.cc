// The governor at work on arenas that threads use, purge, reset and destroy,
// with decay times so short that it is everywhere at once.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

#if defined(ACRE_TSAN) || defined(ACRE_ASAN)
constexpr int kRounds = 150;
#else
constexpr int kRounds = 600;
#endif
constexpr int kThreads = 3;
constexpr size_t kShared = 4;

struct Buffer {
  unsigned char* at;
  size_t size;
  unsigned char fill;
};

class Worker {
 public:
  Worker(uint64_t seed, MemoryService* service, std::vector<Arena>* shared)
      : random_(seed), service_(service), shared_(shared) {}

  void Run() {
    for (int i = 0; i < kThreads; ++i) Renew(i);
    for (int i = 0; i < kRounds; ++i) {
      Step();
      if (::testing::Test::HasFatalFailure()) break;
    }
    while (!kept_.empty()) FreeOldest();
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  DecayOptions RandomDecay() {
    return {.dirty_decay_ms = static_cast<int64_t>(1 + Below(20)),
            .muzzy_decay_ms = static_cast<int64_t>(Below(2) * Below(20)),
            .most_dirty_bytes = Below(4) == 0 ? uint64_t{1} << 20 : 0};
  }
  // One of this thread's own arenas in the place of the one before.
  void Renew(size_t at) {
    auto arena = service_->CreateArena({.decay = RandomDecay()});
    ASSERT_TRUE(arena.ok()) << arena.status();
    own_[at] = std::move(arena).value();
  }

  void Step() {
    const uint64_t kind = Below(100);
    Arena& own = own_[Below(own_.size())];
    Arena& shared = (*shared_)[Below(kShared)];
    if (kind < 35) {
      RunQuery(own);
    } else if (kind < 65) {
      RunQuery(shared);
    } else if (kind < 75) {
      Keep(shared);
    } else if (kind < 82) {
      if (!kept_.empty()) FreeOldest();
    } else if (kind < 87) {
      ASSERT_NE(own.Allocate(10'000), nullptr);
      ASSERT_TRUE(own.Reset().ok());
    } else if (kind < 90) {
      Renew(Below(own_.size()));
    } else if (kind < 94) {
      ASSERT_TRUE(shared.SetDecay(RandomDecay()).ok());
    } else if (kind < 97) {
      constexpr PurgeMode kModes[] = {PurgeMode::kUnused, PurgeMode::kIdle,
                                      PurgeMode::kEverything};
      ASSERT_TRUE(shared.Purge(kModes[Below(3)]).ok());
    } else if (kind < 98) {
      service_->Tick();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(Below(30)));
    }
  }

  size_t RandomSize() {
    const uint64_t kind = Below(20);
    return kind < 14 ? 1 + Below(2000)
                     : 1 + Below(kind < 19 ? 60'000 : 1'000'000);
  }
  template <typename Source>
  Buffer Fill(Source& source) {
    const size_t size = RandomSize();
    auto* at = static_cast<unsigned char*>(source.Allocate(size));
    EXPECT_NE(at, nullptr);
    const auto fill = static_cast<unsigned char>(random_());
    if (at != nullptr) memset(at, fill, size);
    return {at, size, fill};
  }
  static void Check(const Buffer& buffer) {
    if (buffer.at == nullptr) return;
    for (size_t i = 0; i < buffer.size; i += 61) {
      ASSERT_EQ(buffer.at[i], buffer.fill) << i << " of " << buffer.size;
    }
  }

  void RunQuery(Arena& arena) {
    Tcache tcache = arena.OpenTcache();
    std::vector<Buffer> buffers;
    for (uint64_t n = Below(60); n > 0; --n) buffers.push_back(Fill(tcache));
    for (const Buffer& buffer : buffers) {
      Check(buffer);
      tcache.Deallocate(buffer.at);
    }
  }
  void Keep(Arena& arena) {
    for (int i = 0; i < 20; ++i) kept_.push_back(Fill(arena));
    while (kept_.size() > 200) FreeOldest();
  }
  void FreeOldest() {
    Check(kept_.front());
    service_->Deallocate(kept_.front().at);
    kept_.pop_front();
  }

  std::mt19937_64 random_;
  MemoryService* service_;
  std::vector<Arena>* shared_;
  std::array<Arena, kThreads> own_;
  std::deque<Buffer> kept_;
};

TEST(DecayConcurrentTest, TheGovernorWorksBesideEverything) {
  auto created = MemoryService::Create({});
  ASSERT_TRUE(created.ok());
  MemoryService& service = **created;
  {
    std::vector<Arena> shared;
    for (size_t i = 0; i < kShared; ++i) {
      auto arena = service.CreateArena({.decay = {.dirty_decay_ms = 5}});
      ASSERT_TRUE(arena.ok());
      shared.push_back(std::move(arena).value());
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        Worker worker(static_cast<uint64_t>(i) + 1, &service, &shared);
        worker.Run();
      });
    }
    for (std::thread& thread : threads) thread.join();
    // At rest when nothing is scheduled, and no visit remembers anything.
    const auto busy = [&] {
      return service.domain().governor().statistics().scheduled +
             service.domain().decays().live_objects();
    };
    service.PurgeAll();
    for (int i = 0; i < 60'000 && busy() > 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(busy(), 0u);
    service.domain().Verify();
    for (Arena& arena : shared) {
      EXPECT_EQ(arena.ref().live()->AllocatedBytes(), 0u);
      EXPECT_EQ(arena.ref().live()->pages.sizes().active, 0u);
      EXPECT_EQ(arena.ref().live()->pages.sizes().dirty, 0u);
    }
  }
  EXPECT_EQ(service.domain().live_arenas(), 1u);
  service.domain().Verify();
}

// Who is at the end of an arena while its visit is under way.
TEST(DecayConcurrentTest, ArenasEndUnderTheirVisits) {
  auto created = MemoryService::Create({});
  ASSERT_TRUE(created.ok());
  MemoryService& service = **created;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        auto arena = service.CreateArena({.decay = {.dirty_decay_ms = i % 3}});
        ASSERT_TRUE(arena.ok()) << arena.status();
        arena->Deallocate(arena->Allocate(size_t{300} << 10));
        if (i % 4 == 0) {
          ASSERT_TRUE(arena->Reset().ok());
        }
        if (i % 8 == 0) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
      }
    });
  }
  for (int i = 0; i < kRounds; ++i) {
    service.Tick();
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(service.domain().governor().statistics().scheduled, 0u);
  EXPECT_EQ(service.domain().live_arenas(), 1u);
  service.domain().Verify();
}

}  // namespace
}  // namespace acre
