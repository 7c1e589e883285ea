#include "stats/provider_statistics.h"

#include <array>
#include <string_view>

#include "allocator/arena/domain_test_fixture.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::ExtentCapabilities;
using allocator::ExtentGrant;
using allocator::ExtentHooks;
using allocator::ExtentRequest;

constexpr size_t kMiB = size_t{1} << 20;

// Grants one piece of memory, and then refuses.
class OnceHooks : public ExtentHooks {
 public:
  const char* name() const noexcept override {
    return "a name of more than sixty-three characters, which is more than fit";
  }
  ExtentCapabilities capabilities() const noexcept override { return {}; }
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    if (used_ || request.required > sizeof(memory_)) return false;
    used_ = true;
    *grant = {.base = memory_,
              .size = sizeof(memory_),
              .zeroed = true,
              .committed = true,
              .pinned = true};
    return true;
  }

 private:
  alignas(2 * kMiB) static inline char memory_[4 * kMiB];
  bool used_ = false;
};

class ProviderStatisticsTest : public allocator::DomainTest {};

TEST_F(ProviderStatisticsTest, TheStandardProviderIsThereFromTheStart) {
  std::array<ProviderStatistics, 4> providers;
  ASSERT_EQ(ReadProviders(*domain_, providers), 1u);
  EXPECT_STREQ(providers[0].name, domain_->ranges().hooks()->name());
  EXPECT_EQ(providers[0].mapped, 0u);
  NewArena()->Allocate(3 * kMiB);
  ReadProviders(*domain_, providers);
  EXPECT_EQ(providers[0].mapped, domain_->ranges().mapped_bytes());
  EXPECT_EQ(providers[0].grants, domain_->grants().count());
  EXPECT_EQ(providers[0].calls_of.allocate, providers[0].grants);
  EXPECT_EQ(providers[0].failures, 0u);
  // What arenas hold and what is free make up what is mapped.
  const ArenaStatistics all = ReadService(*domain_).arenas;
  EXPECT_EQ(providers[0].mapped - providers[0].free,
            all.active + all.dirty + all.muzzy + all.retained);
}

TEST_F(ProviderStatisticsTest, AProviderIsReadWhileAnArenaUsesIt) {
  OnceHooks hooks;
  Arena* arena = NewArena({.memory = {.hooks = &hooks}});
  ASSERT_NE(arena->Allocate(kMiB), nullptr);
  EXPECT_EQ(arena->Allocate(16 * kMiB), nullptr);
  std::array<ProviderStatistics, 4> providers;
  ASSERT_EQ(ReadProviders(*domain_, providers), 2u);
  const ProviderStatistics& once = providers[0];
  EXPECT_EQ(std::string_view(once.name),
            std::string_view(hooks.name()).substr(0, sizeof(once.name) - 1));
  EXPECT_EQ(once.mapped, 4 * kMiB);
  EXPECT_EQ(once.pinned, 4 * kMiB);
  EXPECT_EQ(once.grants, 1u);
  EXPECT_GE(once.failures_of.allocate, 1u);
  EXPECT_EQ(once.calls_of.allocate, once.failures_of.allocate + 1);
  EXPECT_EQ(once.calls, once.calls_of.allocate);
}

TEST_F(ProviderStatisticsTest, OnlyWhatFitsIsWrittenAndAllAreCounted) {
  OnceHooks hooks;
  NewArena({.memory = {.hooks = &hooks}});
  std::array<ProviderStatistics, 2> providers;
  EXPECT_EQ(ReadProviders(*domain_, std::span(providers).first(1)), 2u);
  EXPECT_STRNE(providers[0].name, "");
  EXPECT_STREQ(providers[1].name, "");
  EXPECT_EQ(ReadProviders(*domain_, {}), 2u);
}

}  // namespace
}  // namespace acre::stats
