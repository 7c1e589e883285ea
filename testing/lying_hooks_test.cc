// Hooks that lie and hooks that fail: the engine is told, once, outside all
// locks and with the numbers; nobody else notices, nothing is lost, and all is
// well again when the hooks are.

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/hook_chain.h"
#include "allocator/extent/hooks/hugetlb_hooks.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"

namespace acre::testing {
namespace {

using allocator::ExtentHooks;
using allocator::HookReport;
using allocator::MmapHooks;
using allocator::PageFailure;

constexpr size_t kMiB = size_t{1} << 20;
constexpr allocator::ExtentCapabilities kUntrusted = {.release = true,
                                                      .commit = true,
                                                      .decommit = true,
                                                      .purge_lazily = true,
                                                      .purge_forcibly = true,
                                                      .split = true,
                                                      .merge = true,
                                                      .trusted = false};

void* AddressPlus(const void* p, size_t bytes) {
  return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(p) + bytes);
}

// What is told of a lie about 6 MiB. HookLie::kUncommitted is left out: that
// memory cannot be used shows when it is used.
struct LieCase {
  HookLie lie;
  const char* reason;
  size_t size;
  size_t expected;
};
constexpr LieCase kLies[] = {
    {HookLie::kNull, "no memory with success", 6 * kMiB, 6 * kMiB},
    {HookLie::kMisaligned, "misaligned", 6 * kMiB, 2 * kMiB},
    {HookLie::kShort, "too short", 6 * kMiB - 4096, 6 * kMiB},
    {HookLie::kRagged, "not a multiple of the granularity", 6 * kMiB + 4096,
     2 * kMiB},
    {HookLie::kOverlap, "overlaps memory that is in use", 8 * kMiB, 0},
    {HookLie::kDirty, "said to be zeroed, and is not from this byte on",
     6 * kMiB, 3 * kMiB + 4096 / 3},
    {HookLie::kNoPageSize, "a page size that cannot be", 6 * kMiB, 4096},
    {HookLie::kOddPageSize, "a page size that cannot be", 6 * kMiB, 4096}};

class LyingHooksTest : public ::testing::TestWithParam<LieCase> {
 protected:
  void SetUp() override {
    memory_.set_verify_purges(false);  // What is read is mapped to zero pages.
    hooks_.Mask(kUntrusted);
    ServiceOptions options;
    options.on_hook_failure_context = this;
    options.on_hook_failure = [](void* self, const HookReport& report) {
      static_cast<LyingHooksTest*>(self)->Note(report);
    };
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const RefusalReport& report) {
      static_cast<LyingHooksTest*>(self)->refusals_.push_back(report.failure);
    };
    service_ = *MemoryService::Create(options);
    tenant_ = *service_->CreateArena(
        {.name = "tenant", .memory = {.hooks = &hooks_}});
    other_ = *service_->CreateArena({.name = "other"});
  }

  // Takes every lock that there is: were one held, its rank would abort.
  void Note(const HookReport& report) {
    reports_.push_back(report);
    auto arena = service_->CreateArena({});
    ASSERT_TRUE(arena.ok()) << arena.status();
    void* const p = arena->Allocate(kMiB);
    ASSERT_NE(p, nullptr);
    arena->Deallocate(p);
    service_->PurgeAll();
    ASSERT_NE(other_.Allocate(100), nullptr);
  }

  FakeOs memory_;
  MmapHooks below_{&memory_};
  FaultyHooks hooks_{&below_};
  std::unique_ptr<MemoryService> service_;
  Arena tenant_;
  Arena other_;
  std::vector<HookReport> reports_;
  std::vector<PageFailure> refusals_;
};

TEST_P(LyingHooksTest, ALieIsToldAndServesNobody) {
  const LieCase& c = GetParam();
  char* const held = static_cast<char*>(tenant_.Allocate(8 * kMiB));
  ASSERT_NE(held, nullptr);
  memset(held, 0x31, 8 * kMiB);
  const uint64_t charged = tenant_.charged_bytes();

  hooks_.Lie(c.lie);
  EXPECT_EQ(tenant_.Allocate(6 * kMiB), nullptr);
  EXPECT_EQ(hooks_.lies_told(), 1u);
  EXPECT_THAT(refusals_, ::testing::ElementsAre(PageFailure::kOutOfMemory));
  ASSERT_EQ(reports_.size(), 1u);
  const HookReport& report = reports_[0];
  EXPECT_STREQ(report.hooks, "faulty");
  EXPECT_STREQ(report.call, "Allocate");
  EXPECT_STREQ(report.reason, c.reason);
  EXPECT_EQ(report.size, c.size);
  EXPECT_EQ(report.expected, c.expected);
  EXPECT_EQ(report.arena_index, tenant_.index());
  EXPECT_EQ(report.base == nullptr, c.lie == HookLie::kNull);

  // It cost nobody anything.
  EXPECT_EQ(tenant_.charged_bytes(), charged);
  for (size_t i = 0; i < 8 * kMiB; i += 4096) ASSERT_EQ(held[i], 0x31);
  void* const others = other_.Allocate(6 * kMiB);
  EXPECT_NE(others, nullptr);
  service_->domain().Verify();

  hooks_.Lie(HookLie::kNone);
  for (size_t size : {size_t{100}, 6 * kMiB, 20 * kMiB}) {
    void* const p = tenant_.AllocateZeroed(size);
    ASSERT_NE(p, nullptr) << size;
    EXPECT_EQ(*static_cast<char*>(AddressPlus(p, size / 2)), 0);
  }
  EXPECT_EQ(reports_.size(), 1u);
  service_->domain().Verify();
  tenant_ = Arena();
  EXPECT_EQ(memory_.mapped_bytes(), 0u);
  EXPECT_THAT(memory_.violations(), ::testing::IsEmpty());
}

TEST_P(LyingHooksTest, EveryLieIsCountedWhenAllAreLies) {
  hooks_.Lie(GetParam().lie);
  uint64_t lies = 0;
  for (int i = 0; i < 20; ++i) {
    // The first overlap has nothing that it could overlap.
    if (tenant_.Allocate(6 * kMiB) == nullptr) ++lies;
    EXPECT_NE(other_.Allocate(1000), nullptr);
  }
  EXPECT_EQ(hooks_.lies_told(), lies);
  EXPECT_EQ(lies, GetParam().lie == HookLie::kOverlap ? 19u : 20u);
  EXPECT_EQ(service_->domain().hook_failures(), lies);
  EXPECT_EQ(reports_.size(), lies);
  hooks_.Lie(HookLie::kNone);
  tenant_ = Arena();
  service_->domain().Verify();
  EXPECT_EQ(memory_.mapped_bytes(), 0u);
}

INSTANTIATE_TEST_SUITE_P(EveryLie, LyingHooksTest, ::testing::ValuesIn(kLies),
                         [](const auto& tested) {
                           std::string name = HookLieName(tested.param.lie);
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

TEST(LyingChainTest, WhereAMemberLiesOfNoMemoryTheNextOneServes) {
  FakeOs memory;
  MmapHooks below(&memory);
  FaultyHooks lying(&below);
  MmapHooks honest(&memory);
  ExtentHooks* const members[] = {&lying, &honest};
  allocator::HookChain chain(&memory, members);
  ServiceOptions options;
  int reports = 0;
  options.on_hook_failure_context = &reports;
  options.on_hook_failure = [](void* count, const HookReport&) {
    ++*static_cast<int*>(count);
  };
  auto service = *MemoryService::Create(options);
  auto arena = *service->CreateArena({.memory = {.hooks = &chain}});
  ASSERT_NE(arena.Allocate(8 * kMiB), nullptr);
  lying.Lie(HookLie::kNull);
  EXPECT_NE(arena.Allocate(6 * kMiB), nullptr);
  lying.Lie(HookLie::kOverlap);
  EXPECT_NE(arena.Allocate(6 * kMiB), nullptr);
  EXPECT_EQ(chain.grants(1), 2u);
  EXPECT_EQ(reports, 0);
  service->domain().Verify();
}

enum class Below : uint8_t { kMmap, kStrict, kPinned };
struct FailureCase {
  Below below;
  bool trusted;
  const char* name;
};
constexpr FailureCase kFailureCases[] = {
    {Below::kMmap, true, "Mmap"},
    {Below::kMmap, false, "MmapUntrusted"},
    {Below::kStrict, true, "StrictOvercommit"},
    {Below::kStrict, false, "StrictOvercommitUntrusted"},
    {Below::kPinned, true, "Pinned"}};

// Creates, uses, purges, resets, moves and destroys arenas, whatever fails.
class FailureScenario {
 public:
  explicit FailureScenario(const FailureCase& c)
      : mmap_(Strict(&memory_, c.below)),
        hugetlb_(&memory_, 2 * kMiB),
        hooks_(c.below == Below::kPinned ? static_cast<ExtentHooks*>(&hugetlb_)
                                         : &mmap_) {
    if (!c.trusted) hooks_.Mask(kUntrusted);
  }

  FaultyHooks& hooks() { return hooks_; }

  void Run(bool many_fail) {
    ServiceOptions options;
    options.hooks = &hooks_;
    options.governor = {.thread = false, .clock = &clock_};
    options.on_hook_failure_context = this;
    options.on_hook_failure = [](void*, const HookReport& report) {
      ADD_FAILURE() << report.call
                    << " failed, and was no lie: " << report.reason;
    };
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const RefusalReport& report) {
      ++static_cast<FailureScenario*>(self)->refusals_;
      EXPECT_EQ(report.failure, PageFailure::kOutOfMemory);
    };
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    Steps();
    if (::testing::Test::HasFatalFailure()) return;
    hooks_.FailNever();
    service_->domain().Verify();
    ExpectWorks();
    service_->domain().Verify();
    service_.reset();
    // Memory that could be neither used nor given back is lost.
    if (!many_fail) {
      EXPECT_EQ(memory_.mapped_bytes(), 0u);
    }
    EXPECT_THAT(memory_.violations(), ::testing::IsEmpty());
  }

 private:
  static FakeOs* Strict(FakeOs* os, Below below) {
    os->set_verify_purges(false);
    os->set_strict_overcommit(below == Below::kStrict);
    os->SimulateHugePool(size_t{1} << 30);
    return os;
  }

  // Null only after a hook failed.
  void* Check(void* p, size_t size) {
    if (p == nullptr) {
      EXPECT_GT(hooks_.failures(), 0u);
      return nullptr;
    }
    for (size_t at = 0; at < size; at += 4096) static_cast<char*>(p)[at] = 0x42;
    return p;
  }

  void Use(Arena* arena) {
    std::vector<void*> pieces;
    for (size_t size : {size_t{100}, size_t{9000}, size_t{70000}, kMiB}) {
      for (int i = 0; i < 3; ++i) {
        pieces.push_back(Check(arena->Allocate(size), size));
      }
    }
    pieces.push_back(Check(arena->AllocateAligned(20000, 8 * kMiB), 20000));
    Tcache tcache = arena->OpenTcache();
    for (int i = 0; i < 10; ++i) {
      tcache.Deallocate(Check(tcache.Allocate(30000), 30000));
    }
    Region region = arena->OpenRegion();
    for (int i = 0; i < 10; ++i) Check(region.Allocate(100000), 100000);
    region.Close();
    if (void* p = pieces.back()) {
      static_cast<void>(arena->ResizeInPlace(p, 200000));
    }
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (i % 4 != 0) arena->Deallocate(pieces[i]);
    }
  }

  void Steps() {
    auto first = service_->CreateArena({});
    auto second = service_->CreateArena({.decay = {.muzzy_decay_ms = 50}});
    ASSERT_TRUE(first.ok() && second.ok());
    Use(&*first);
    Use(&*second);
    for (PurgeMode mode :
         {PurgeMode::kUnused, PurgeMode::kIdle, PurgeMode::kEverything}) {
      ASSERT_TRUE(first->Purge(mode).ok());
      Use(&*first);
    }
    for (int i = 0; i < 6; ++i) {
      clock_.AdvanceMillis(4000);
      service_->Tick();
    }
    ASSERT_TRUE(second->Reset().ok());
    ASSERT_TRUE(second->SetMemory({.hooks = nullptr}).ok());
    Use(&*second);
    *first = Arena();
    auto third = service_->CreateArena({});
    ASSERT_TRUE(third.ok());
    for (size_t size : {size_t{500}, size_t{50000}, 3 * kMiB}) {
      const auto* const p = static_cast<char*>(third->Allocate(size));
      if (p == nullptr) continue;
      EXPECT_TRUE(p[0] == 0 && memcmp(p, p + 1, size - 1) == 0) << size;
    }
    Use(&*third);
  }

  void ExpectWorks() {
    const uint64_t refusals = refusals_;
    auto arena = service_->CreateArena({});
    ASSERT_TRUE(arena.ok());
    Use(&*arena);
    EXPECT_EQ(refusals_, refusals);
  }

  FakeOs memory_;
  MmapHooks mmap_;
  allocator::HugetlbHooks hugetlb_;
  FaultyHooks hooks_;
  FakeClock clock_;
  std::unique_ptr<MemoryService> service_;
  uint64_t refusals_ = 0;
};

class FailingHooksTest : public ::testing::TestWithParam<FailureCase> {};

TEST_P(FailingHooksTest, AnySingleFailureLeavesEverythingInOrder) {
  uint64_t n = 0;
  // Untrusted memory is read through, which takes its time.
  const uint64_t step = GetParam().trusted ? 1 : 4;
  for (bool failed = true; failed; n += step) {
    ASSERT_LT(n, 5000u);
    FailureScenario scenario(GetParam());
    scenario.hooks().FailNth(n);
    scenario.Run(false);
    failed = scenario.hooks().failures() > 0;
    ASSERT_FALSE(HasFailure()) << "call " << n;
  }
  EXPECT_GT(n, 20u);
}

TEST_P(FailingHooksTest, FailureFromAnyCallOnLeavesEverythingInOrder) {
  uint64_t n = 0;
  for (bool failed = true; failed; n += 11) {
    ASSERT_LT(n, 5000u);
    FailureScenario scenario(GetParam());
    scenario.hooks().FailFrom(n);
    scenario.Run(true);
    failed = scenario.hooks().failures() > 0;
    ASSERT_FALSE(HasFailure()) << "from call " << n;
  }
}

TEST_P(FailingHooksTest, ACallThatAlwaysFailsLeavesEverythingInOrder) {
  for (size_t call = 0; call < kHookCalls; ++call) {
    FailureScenario scenario(GetParam());
    scenario.hooks().FailFrom(0, static_cast<HookCall>(call));
    scenario.Run(true);
    ASSERT_FALSE(HasFailure()) << HookCallName(static_cast<HookCall>(call));
  }
}

TEST_P(FailingHooksTest, FailuresNowAndThenLeaveEverythingInOrder) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    FailureScenario scenario(GetParam());
    scenario.hooks().FailSometimes(0.1, seed);
    scenario.Run(true);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryProvider, FailingHooksTest,
                         ::testing::ValuesIn(kFailureCases),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

}  // namespace
}  // namespace acre::testing
