#include "allocator/background/governor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace acre::allocator {
namespace {

// Answers each visit as the test says.
class Client final : public GovernorClient {
 public:
  uint64_t Visit(DeadlineNode* node, uint64_t now_ns) noexcept override {
    ++visits;
    return on_visit(node, now_ns);
  }
  uint64_t Relieve(PressureState) noexcept override {
    ++reliefs;
    return 7;
  }

  std::function<uint64_t(DeadlineNode*, uint64_t)> on_visit =
      [](DeadlineNode*, uint64_t) { return kNoDeadline; };
  std::atomic<int> visits{0};
  std::atomic<int> reliefs{0};
};

class GovernorTest : public ::testing::Test {
 protected:
  void InitWithoutThread() {
    governor_.Init(&client_, {.clock = &clock_, .thread = false});
  }
  void InitWithThread() { governor_.Init(&client_, {}); }
  // Until `done`, for ten seconds at most.
  static bool Eventually(const std::function<bool()>& done) {
    for (int i = 0; i < 10000 && !done(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return done();
  }

  testing::FakeClock clock_;
  Client client_;
  Governor governor_;
};

TEST_F(GovernorTest, TicksVisitWhatIsDueInOrderAndNothingElse) {
  InitWithoutThread();
  std::vector<DeadlineNode> nodes(5);
  std::vector<const DeadlineNode*> seen;
  client_.on_visit = [&](DeadlineNode* node, uint64_t) {
    seen.push_back(node);
    return kNoDeadline;
  };
  const uint64_t now = clock_.Now();
  EXPECT_EQ(governor_.Tick(), kNoDeadline);
  for (uint64_t i : {3u, 1u, 4u, 0u, 2u}) {
    governor_.Schedule(&nodes[i], now + i * 100);
  }
  EXPECT_EQ(governor_.statistics().scheduled, 5u);
  EXPECT_EQ(governor_.Tick(), now + 100);
  clock_.Advance(250);
  EXPECT_EQ(governor_.Tick(), now + 300);
  EXPECT_EQ(seen, (std::vector<const DeadlineNode*>{&nodes[0], &nodes[1],
                                                    &nodes[2]}));
  EXPECT_EQ(governor_.statistics().visits, 3u);
  EXPECT_FALSE(governor_.statistics().running);
}

TEST_F(GovernorTest, TheThreadMayBeEndedAndAllowedAgain) {
  InitWithThread();
  EXPECT_TRUE(governor_.statistics().thread_allowed);
  DeadlineNode node{};
  governor_.Schedule(&node, 0);
  ASSERT_TRUE(Eventually([&] { return client_.visits == 1; }));
  ASSERT_TRUE(Eventually([&] { return governor_.statistics().running; }));
  ASSERT_TRUE(governor_.AllowThread(false));
  EXPECT_FALSE(governor_.statistics().running);
  governor_.Schedule(&node, 0);
  EXPECT_FALSE(governor_.statistics().running);
  EXPECT_EQ(governor_.Tick(), kNoDeadline);  // Without it ticks do the work.
  EXPECT_EQ(client_.visits, 2);
  governor_.Schedule(&node, 0);
  // What waits meanwhile has it started at once.
  ASSERT_TRUE(governor_.AllowThread(true));
  EXPECT_TRUE(Eventually([&] { return client_.visits == 3; }));
  governor_.Remove(&node);
}

TEST_F(GovernorTest, TheThreadCannotEndItself) {
  InitWithThread();
  std::atomic<int> refused{0};
  client_.on_visit = [&](DeadlineNode*, uint64_t) {
    refused = governor_.AllowThread(false) ? 1 : 2;
    return kNoDeadline;
  };
  DeadlineNode node{};
  governor_.Schedule(&node, 0);
  EXPECT_TRUE(Eventually([&] { return refused != 0; }));
  EXPECT_EQ(refused, 2);
}

TEST_F(GovernorTest, SchedulingGoesOnWhileTheThreadComesAndGoes) {
  InitWithThread();
  std::atomic<bool> stop{false};
  std::vector<DeadlineNode> nodes(4);
  std::thread busy([&] {
    for (uint64_t i = 0; !stop; ++i) governor_.Schedule(&nodes[i % 4], 0);
  });
  std::thread other([&] {
    while (!stop) governor_.AllowThread(true);
  });
  for (int i = 0; i < 200; ++i) {
    governor_.AllowThread(false);
    governor_.Tick();
  }
  stop = true;
  busy.join();
  other.join();
  ASSERT_TRUE(Eventually([&] { return governor_.AllowThread(true); }));
  const int before = client_.visits;
  governor_.Schedule(&nodes[0], 0);
  EXPECT_TRUE(Eventually([&] { return client_.visits > before; }));
  for (DeadlineNode& node : nodes) governor_.Remove(&node);
}

TEST_F(GovernorTest, ANodeComesAgainWhenItsVisitSaysSo) {
  InitWithoutThread();
  DeadlineNode node{};
  int left = 3;
  client_.on_visit = [&](DeadlineNode*, uint64_t now) {
    return --left > 0 ? now : now + 50;
  };
  governor_.Schedule(&node, 0);
  // Slices that are due at once are all done by one tick.
  EXPECT_EQ(governor_.Tick(), clock_.Now() + 50);
  EXPECT_EQ(client_.visits, 3);
}

TEST_F(GovernorTest, SlicesOfSeveralNodesTakeTurns) {
  InitWithoutThread();
  std::vector<DeadlineNode> nodes(2);
  std::vector<size_t> seen;
  client_.on_visit = [&](DeadlineNode* node, uint64_t now) {
    seen.push_back(static_cast<size_t>(node - nodes.data()));
    return seen.size() < 5 ? now : kNoDeadline;
  };
  for (DeadlineNode& node : nodes) governor_.Schedule(&node, clock_.Now());
  governor_.Tick();
  EXPECT_EQ(seen, (std::vector<size_t>{0, 1, 0, 1, 0, 1}));
}

TEST_F(GovernorTest, SchedulingOnlyBringsAVisitForward) {
  InitWithoutThread();
  DeadlineNode node{};
  const uint64_t now = clock_.Now();
  governor_.Schedule(&node, now + 100);
  governor_.Schedule(&node, now + 200);
  EXPECT_EQ(governor_.Tick(), now + 100);
  governor_.Schedule(&node, now + 50);
  EXPECT_EQ(governor_.Tick(), now + 50);
  EXPECT_EQ(governor_.statistics().scheduled, 1u);
}

TEST_F(GovernorTest, WhatIsRemovedIsNotVisited) {
  InitWithoutThread();
  DeadlineNode node{};
  governor_.Schedule(&node, 0);
  governor_.Remove(&node);
  governor_.Remove(&node);
  EXPECT_EQ(governor_.Tick(), kNoDeadline);
  EXPECT_EQ(client_.visits, 0);
}

TEST_F(GovernorTest, ANodeThatIsRemovedDuringItsVisitDoesNotComeAgain) {
  InitWithoutThread();
  DeadlineNode node{};
  client_.on_visit = [&](DeadlineNode* visited, uint64_t now) {
    governor_.Remove(visited);
    return now;
  };
  governor_.Schedule(&node, 0);
  EXPECT_EQ(governor_.Tick(), kNoDeadline);
  EXPECT_EQ(client_.visits, 1);
}

TEST_F(GovernorTest, ANodeThatIsScheduledDuringItsVisitComesAgain) {
  InitWithoutThread();
  DeadlineNode node{};
  const uint64_t now = clock_.Now();
  client_.on_visit = [&](DeadlineNode* visited, uint64_t) {
    governor_.Schedule(visited, now + 30);
    governor_.Schedule(visited, now + 10);
    governor_.Schedule(visited, now + 20);
    return now + 40;
  };
  governor_.Schedule(&node, 0);
  EXPECT_EQ(governor_.Tick(), now + 10);
}

TEST_F(GovernorTest, TheThreadStartsWithTheFirstNodeAndEndsWithTheGovernor) {
  InitWithThread();
  EXPECT_FALSE(governor_.statistics().running);
  DeadlineNode node{};
  governor_.Schedule(&node, 0);
  EXPECT_TRUE(Eventually([&] { return client_.visits.load() == 1; }));
  EXPECT_TRUE(governor_.statistics().running);
  governor_.Stop();
  EXPECT_FALSE(governor_.statistics().running);
}

TEST_F(GovernorTest, TheThreadIsWokenForAnEarlierDeadline) {
  InitWithThread();
  DeadlineNode late{};
  DeadlineNode soon{};
  governor_.Schedule(&late, SystemClock::Get()->Now() + 3600 * kNanosPerSecond);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  governor_.Schedule(&soon, 0);
  EXPECT_TRUE(Eventually([&] { return client_.visits.load() == 1; }));
  // And then sleeps: an idle process is not woken.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const uint64_t wakeups = governor_.statistics().wakeups;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(governor_.statistics().wakeups, wakeups);
}

TEST_F(GovernorTest, ManyThreadsScheduleAndRemoveWhileItRuns) {
  InitWithThread();
  client_.on_visit = [](DeadlineNode*, uint64_t now) {
    return now % 3 == 0 ? now + 1000 : kNoDeadline;
  };
  std::vector<std::thread> threads;
  std::vector<std::vector<DeadlineNode>> nodes(3);
  for (auto& own : nodes) {
    own.resize(50);
    threads.emplace_back([this, &own] {
      for (int round = 0; round < 200; ++round) {
        for (DeadlineNode& node : own) governor_.Schedule(&node, 0);
        for (DeadlineNode& node : own) governor_.Remove(&node);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(
      Eventually([&] { return governor_.statistics().scheduled == 0; }));
  governor_.Stop();
}

TEST_F(GovernorTest, AfterAForkTheChildHasAThreadOfItsOwnOnDemand) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer ends a child that starts a thread";
#endif
  InitWithThread();
  DeadlineNode node{};
  governor_.Schedule(&node, 0);
  ASSERT_TRUE(Eventually([&] { return client_.visits.load() == 1; }));
  governor_.ForFork(ForkStep::kPrepare);
  const pid_t child = fork();
  if (child == 0) {
    governor_.ForFork(ForkStep::kChild);
    if (governor_.statistics().running) _exit(1);
    DeadlineNode own{};
    governor_.Schedule(&own, 0);
    if (!Eventually([&] { return client_.visits.load() == 2; })) _exit(2);
    governor_.Stop();
    _exit(0);
  }
  governor_.ForFork(ForkStep::kParent);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  node = {};
  governor_.Schedule(&node, 0);
  EXPECT_TRUE(Eventually([&] { return client_.visits.load() == 2; }));
}

}  // namespace
}  // namespace acre::allocator
