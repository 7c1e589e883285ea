#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "allocator/page/quota.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kArenas = 3;
constexpr int kThreads = 4;
constexpr uint64_t kTotalLimit = 100000;

// Waits without sleeping, so that two threads go on within nanoseconds of each
// other, until `value` is at least `least`.
void SpinUntil(const std::atomic<int>& value, int least) {
  for (int i = 1; value.load(std::memory_order_acquire) < least; ++i) {
    if (i % 1000 == 0) std::this_thread::yield();
  }
}

void Dawdle(int steps) {
  for (std::atomic<int> left = steps; left > 0; --left) {
  }
}

class QuotaConcurrentTest : public testing::Test {
 protected:
  QuotaConcurrentTest() {
    total_.Init(nullptr, kTotalLimit);
    for (Quota& quota : quotas_) quota.Init(&total_, Quota::kUnlimited);
  }
  ~QuotaConcurrentTest() override {
    for (Quota& quota : quotas_) quota.Close();
    EXPECT_EQ(total_.charged(), 0u);
  }

  uint64_t Footprints() const {
    uint64_t sum = 0;
    for (const Quota& quota : quotas_) sum += quota.footprint();
    return sum;
  }

  // Runs `body(thread)` in kThreads threads.
  template <typename Body>
  static void InThreads(Body body) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back(body, t);
    for (std::thread& thread : threads) thread.join();
  }

  // Runs `rounds` rounds of `body(thread)`, each followed by `check()` while
  // nobody is inside one.
  template <typename Body, typename Check>
  static void InRounds(int rounds, Body body, Check check) {
    std::barrier<> all(kThreads);
    InThreads([&](int t) {
      for (int round = 0; round < rounds; ++round) {
        body(t);
        all.arrive_and_wait();
        if (t == 0) check();
        all.arrive_and_wait();
      }
    });
  }

  // Runs `one()` and `other()` at the same time, a little apart and by another
  // distance each round, followed by `check()`.
  template <typename One, typename Other, typename Check>
  static void Collide(One one, Other other, Check check) {
    constexpr int kRounds = 100000;
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    std::thread thread([&] {
      for (int round = 1; round <= kRounds; ++round) {
        SpinUntil(begun, round);
        Dawdle(round % 128);
        other();
        ended.store(round, std::memory_order_release);
      }
    });
    for (int round = 1; round <= kRounds; ++round) {
      begun.store(round, std::memory_order_release);
      Dawdle(round / 128 % 128);
      one();
      SpinUntil(ended, round);
      check();
    }
    thread.join();
  }

  Quota total_;
  std::array<Quota, kArenas> quotas_;
};

// What one thread holds in each arena.
class Tenant {
 public:
  Tenant(std::array<Quota, kArenas>* quotas, unsigned seed)
      : quotas_(*quotas), random_(seed) {}

  void Step() {
    const size_t i = random_() % kArenas;
    switch (random_() % 16) {
      case 0: {
        // Either may be refused; neither may lose count.
        const uint64_t reserved = random_() % 20000;
        quotas_[i].SetLimits({.reserved = reserved,
                              .soft = random_() % 40000,
                              .hard = 20000 + random_() % 60000});
        return;
      }
      case 1:
        quotas_[i].SetReserved(random_() % 20000);
        return;
      case 2:
        quotas_[i].set_soft_limit(random_() % 40000);
        return;
      case 3:
      case 4:
      case 5:
      case 6:
        return Release(i, held_[i] == 0 ? 0 : random_() % held_[i]);
      default: {
        const uint64_t bytes = random_() % 8000;
        if (quotas_[i].TryCharge(bytes) == PageFailure::kNone) {
          held_[i] += bytes;
        } else {
          Release(i, held_[i]);
        }
      }
    }
  }
  void ReleaseAll() {
    for (size_t i = 0; i < kArenas; ++i) Release(i, held_[i]);
  }
  uint64_t held(size_t arena) const { return held_[arena]; }

 private:
  void Release(size_t i, uint64_t bytes) {
    quotas_[i].Release(bytes);
    held_[i] -= bytes;
  }

  std::array<Quota, kArenas>& quotas_;
  std::mt19937 random_;
  std::array<uint64_t, kArenas> held_{};
};

TEST_F(QuotaConcurrentTest, TheTotalIsTheSumOfTheFootprintsAndNeverTooMuch) {
  std::vector<Tenant> tenants;
  for (int t = 0; t < kThreads; ++t) tenants.emplace_back(&quotas_, t);
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    while (!done.load(std::memory_order_acquire)) {
      EXPECT_LE(total_.charged(), kTotalLimit);
      EXPECT_LE(total_.peak(), kTotalLimit);
    }
  });
  InRounds(
      200,
      [&](int t) {
        for (int step = 0; step < 100; ++step) {
          tenants[static_cast<size_t>(t)].Step();
        }
      },
      [&] {
        EXPECT_EQ(total_.charged(), Footprints());
        for (size_t i = 0; i < kArenas; ++i) {
          uint64_t held = 0;
          for (const Tenant& tenant : tenants) held += tenant.held(i);
          EXPECT_EQ(quotas_[i].charged(), held);
          EXPECT_LE(quotas_[i].charged(), quotas_[i].peak());
          EXPECT_EQ(quotas_[i].above_soft_limit(),
                    held > quotas_[i].soft_limit());
        }
      });
  done.store(true, std::memory_order_release);
  watcher.join();
  for (Tenant& tenant : tenants) tenant.ReleaseAll();
  EXPECT_LE(total_.peak(), kTotalLimit);
}

TEST_F(QuotaConcurrentTest, AGuaranteeHoldsUnderOthersBursts) {
  constexpr uint64_t kReserve = 30000;
  ASSERT_TRUE(quotas_[0].SetReserved(kReserve).ok());
  std::atomic<uint64_t> refused{0};
  InThreads([&](int t) {
    std::mt19937 random(static_cast<unsigned>(t));
    // Threads 0 and 1 share the guarantee; the others take all they can.
    const bool guaranteed = t < 2;
    Quota& quota = quotas_[guaranteed ? 0 : static_cast<size_t>(t) - 1];
    uint64_t held = 0;
    for (int i = 0; i < 20000; ++i) {
      const uint64_t bytes = random() % 9000;
      if (guaranteed) {
        if (held + bytes > kReserve / 2) {
          quota.Release(held);
          held = 0;
        }
        EXPECT_EQ(quota.TryCharge(bytes), PageFailure::kNone);
        held += bytes;
      } else if (quota.TryCharge(bytes) == PageFailure::kNone) {
        held += bytes;
      } else {
        EXPECT_LE(held, kTotalLimit - kReserve);
        refused.fetch_add(1, std::memory_order_relaxed);
        quota.Release(held);
        held = 0;
      }
    }
    quota.Release(held);
  });
  EXPECT_GT(refused, 0u) << "the others were to fill the total";
  EXPECT_EQ(total_.charged(), kReserve);
}

TEST_F(QuotaConcurrentTest, ThreadsThatCrossTogetherAreOneCrossing) {
  constexpr int kRounds = 2000;
  quotas_[0].set_soft_limit(2 * kThreads);
  total_.set_soft_limit(3 * kThreads);
  std::atomic<int> arena_told{0};
  std::atomic<int> total_told{0};
  InRounds(
      kRounds,
      [&](int) {
        for (int i = 0; i < 4; ++i) {
          ASSERT_EQ(quotas_[0].TryCharge(1), PageFailure::kNone);
          if (quotas_[0].TakeSoftCrossing()) arena_told.fetch_add(1);
          if (total_.TakeSoftCrossing()) total_told.fetch_add(1);
        }
      },
      [&] { quotas_[0].Release(4 * kThreads); });
  EXPECT_EQ(arena_told, kRounds);
  EXPECT_EQ(total_told, kRounds);
}

TEST_F(QuotaConcurrentTest, CrossingsByWhicheverArenaCountOnceForTheTotal) {
  // Each charges as much as the limit, so the second to come crosses it.
  constexpr int kRounds = 2000;
  total_.set_soft_limit(10);
  std::atomic<int> told{0};
  InRounds(
      kRounds,
      [&](int t) {
        const size_t i = static_cast<size_t>(t) % kArenas;
        ASSERT_EQ(quotas_[i].TryCharge(10), PageFailure::kNone);
        if (total_.TakeSoftCrossing()) told.fetch_add(1);
      },
      [&] {
        for (Quota& quota : quotas_) quota.Release(quota.charged());
      });
  EXPECT_EQ(told, kRounds);
}

TEST_F(QuotaConcurrentTest, ASoftLimitThatMovesUnderAChargeIsNeverMissed) {
  // The charge stays below the old limit, and what was charged before it below
  // the new one: whichever of the two comes last finds the crossing.
  Collide([&] { total_.set_soft_limit(1); },
          [&] { EXPECT_EQ(quotas_[0].TryCharge(2), PageFailure::kNone); },
          [&] {
            EXPECT_TRUE(total_.above_soft_limit());
            EXPECT_TRUE(total_.TakeSoftCrossing());
            EXPECT_FALSE(total_.TakeSoftCrossing());
            total_.set_soft_limit(Quota::kUnlimited);
            EXPECT_FALSE(total_.above_soft_limit());
            quotas_[0].Release(2);
          });
}

TEST_F(QuotaConcurrentTest, APeakThatIsResetUnderAChargeIsNoLessThanIt) {
  Collide([&] { total_.ResetPeak(); },
          [&] { EXPECT_EQ(quotas_[0].TryCharge(2), PageFailure::kNone); },
          [&] {
            EXPECT_EQ(total_.peak(), 2u);
            quotas_[0].Release(2);
            total_.ResetPeak();
            EXPECT_EQ(total_.peak(), 0u);
          });
}

TEST_F(QuotaConcurrentTest, OneOfManyRefusedIsToldOncePerRelease) {
  constexpr int kRounds = 2000;
  ASSERT_TRUE(quotas_[0].set_limit(100));
  ASSERT_EQ(quotas_[0].TryCharge(100), PageFailure::kNone);
  std::atomic<int> told{0};
  InRounds(
      kRounds,
      [&](int) {
        EXPECT_EQ(quotas_[0].TryCharge(2), PageFailure::kArenaLimit);
        if (quotas_[0].NoteRefusal()) told.fetch_add(1);
      },
      [&] {
        quotas_[0].Release(1);
        ASSERT_EQ(quotas_[0].TryCharge(1), PageFailure::kNone);
      });
  EXPECT_EQ(told, kRounds);
  quotas_[0].Release(100);
}

TEST_F(QuotaConcurrentTest, ReadersMayLookOnWhileAnArenaBeginsAnew) {
  std::atomic<bool> done{false};
  std::thread reader([&] {
    const Quota& quota = quotas_[0];
    while (!done.load(std::memory_order_acquire)) {
      EXPECT_LE(quota.charged(), 500u);
      EXPECT_LE(quota.footprint(), 700u);
      EXPECT_LE(quota.peak(), 500u);
      EXPECT_GE(quota.limit(), 800u);
      EXPECT_GE(quota.soft_limit(), 100u);
      EXPECT_EQ(quota.total(), &total_);
    }
  });
  for (int i = 0; i < 2000; ++i) {
    Quota& quota = quotas_[0];
    ASSERT_TRUE(
        quota.SetLimits({.reserved = 700, .soft = 100, .hard = 800}).ok());
    ASSERT_EQ(quota.TryCharge(500), PageFailure::kNone);
    quota.Release(500);
    quota.Close();
    quota.Init(&total_, 900);
  }
  done.store(true, std::memory_order_release);
  reader.join();
}

}  // namespace
}  // namespace acre::allocator
