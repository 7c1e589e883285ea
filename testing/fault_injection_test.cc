// Every system call that can fail, failing once and failing for good.

#include <cstdint>
#include <string>

#include "allocator/base/text_buffer.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"
#include "testing/fake_os.h"
#include "testing/fault_scenario.h"

namespace acre::testing {
namespace {

// Sanitizers are slow; there, only some calls fail.
#if defined(ACRE_ASAN) || defined(ACRE_TSAN)
constexpr uint64_t kStride = 11;
#else
constexpr uint64_t kStride = 1;
#endif

uint64_t CountCalls() {
  FakeOs os;
  FaultScenario scenario(&os);
  EXPECT_EQ(scenario.Run(), "");
  EXPECT_EQ(os.failures(), 0u);
  return scenario.calls();
}

TEST(FaultInjectionTest, TheScenarioMakesEveryKindOfCall) {
  FakeOs os;
  FaultScenario scenario(&os);
  EXPECT_EQ(scenario.Run(), "");
  for (OsCall call :
       {OsCall::kReserve, OsCall::kCommit, OsCall::kMap, OsCall::kPurge}) {
    EXPECT_GT(os.calls(call), 5u) << OsCallName(call);
  }
}

TEST(FaultInjectionTest, AnySingleFailureLeavesEverythingInOrder) {
  const uint64_t calls = CountCalls();
  ASSERT_GT(calls, 100u);
  for (uint64_t n = 0; n < calls; n += kStride) {
    FakeOs os;
    os.FailNth(n);
    FaultScenario scenario(&os);
    ASSERT_EQ(scenario.Run(), "") << "call " << n << " of " << calls;
    EXPECT_EQ(os.failures(), 1u);
  }
}

TEST(FaultInjectionTest, FailureFromAnyCallOnLeavesEverythingInOrder) {
  const uint64_t calls = CountCalls();
  uint64_t denied = 0;
  for (uint64_t n = 0; n < calls; n += 3 * kStride) {
    FakeOs os;
    os.FailFrom(n);
    FaultScenario scenario(&os);
    ASSERT_EQ(scenario.Run(), "") << "from call " << n << " of " << calls;
    denied += scenario.denied();
  }
  EXPECT_GT(denied, calls) << "failures are felt";
}

TEST(FaultInjectionTest, NoKindOfCallIsNeededForEverythingToEndInOrder) {
  for (OsCall call : {OsCall::kReserve, OsCall::kCommit, OsCall::kMap,
                      OsCall::kPurge, OsCall::kUnmap}) {
    for (uint64_t n : {0, 1, 2, 5, 20}) {
      FakeOs os;
      os.FailFrom(n, call);
      FaultScenario scenario(&os);
      ASSERT_EQ(scenario.Run(), "") << OsCallName(call) << " from " << n;
    }
  }
}

TEST(FaultInjectionTest, AMappingThatCannotBeGivenBackIsUsedAgain) {
  uint64_t failures = 0;
  for (uint64_t n = 0; n < 12; ++n) {
    FakeOs os;
    os.FailNth(n, OsCall::kUnmap);
    FaultScenario scenario(&os);
    ASSERT_EQ(scenario.Run(), "") << "unmapping " << n;
    failures += os.failures();
  }
  EXPECT_GT(failures, 3u);
}

TEST(FaultInjectionTest, WhatTheSystemDeniesIsReportedAsOutOfMemory) {
  FakeOs os;
  std::string line;
  ServiceOptions options;
  options.os = &os;
  options.on_refusal_context = &line;
  options.on_refusal = [](void* context, const RefusalReport& report) {
    allocator::TextBuffer<512> text;
    AppendRefusal(text, report);
    *static_cast<std::string*>(context) = text.view();
  };
  auto service = MemoryService::Create(options);
  ASSERT_TRUE(service.ok()) << service.status();
  auto arena = (*service)->CreateArena({.name = "tenant"});
  ASSERT_TRUE(arena.ok()) << arena.status();
  os.FailFrom(0);
  EXPECT_EQ(arena->Allocate(size_t{8} << 20), nullptr);
  EXPECT_EQ(line.find("arena \"tenant\": out of memory, asked 8 MiB"), 0u)
      << line;
  stats::ArenaStatistics figures;
  stats::ReadArena(*arena->ref().live(), &figures);
  EXPECT_EQ(figures.out_of_memory, 1u);
  EXPECT_EQ(figures.refusals, 0u);
  os.FailNever();
  EXPECT_NE(arena->Allocate(size_t{8} << 20), nullptr);
}

TEST(FaultInjectionTest, FailuresNowAndThenLeaveEverythingInOrder) {
  constexpr uint64_t kSeeds = 40;
  for (uint64_t seed = 1; seed <= kSeeds; seed += kStride) {
    FakeOs os;
    os.FailSometimes(seed % 2 == 0 ? 0.05 : 0.5, seed);
    FaultScenario scenario(&os);
    ASSERT_EQ(scenario.Run(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace acre::testing
