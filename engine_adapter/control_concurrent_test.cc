// What several threads change by name at once.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "engine_adapter/control.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

std::unique_ptr<MemoryService> NewService() {
  auto made =
      MemoryService::Create({.name = "engine", .governor = {.thread = false}});
  return std::move(*made);
}

TEST(ControlConcurrentTest, OfTwoWhoEndAnArenaOneDoes) {
  auto service = NewService();
  const Control control(*service);
  for (int i = 0; i < 300; ++i) {
    const std::string name =
        "arena." + std::to_string(*control.Get<unsigned>("arenas.create"));
    std::atomic<int> ready{0};
    std::atomic<int> ended{0};
    auto end = [&] {
      const auto path = control.Find(name + ".destroy");
      ++ready;
      while (ready < 2) {
      }
      if (path.ok() && control.Execute(*path).ok()) ++ended;
    };
    std::thread other(end);
    end();
    other.join();
    EXPECT_EQ(ended, 1);
  }
  EXPECT_EQ(service->domain().live_arenas(), 1u);
  service->domain().Verify();
}

TEST(ControlConcurrentTest, SettingOneLimitLeavesTheOthersAsTheyAre) {
  auto service = NewService();
  Arena tenant = *service->CreateArena({.name = "tenant"});
  const Control control(*service);
  constexpr uint64_t kRounds = 2000;
  auto set = [&](const char* name) {
    for (uint64_t i = 1; i <= kRounds; ++i) {
      ASSERT_TRUE(control.Set(name, (8 + i) * kMiB).ok());
      // Nobody else sets it.
      ASSERT_EQ(*control.Get<uint64_t>(name), (8 + i) * kMiB);
    }
  };
  std::thread other([&] { set("arena.tenant.hard_limit"); });
  set("arena.tenant.soft_limit");
  other.join();
}

}  // namespace
}  // namespace acre
