// Memory that passes from one tenant to another is zero, whatever hooks it is
// of and however it was let go: every kind of provider, with every capability
// missing and with lies told, against every way to let memory go.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "allocator/extent/hooks/hook_chain.h"
#include "allocator/extent/hooks/hugetlb_hooks.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/hooks/thp_hooks.h"
#include "engine_adapter/memory_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/fake_os.h"
#include "testing/faulty_hooks.h"
#include "testing/huge_pool.h"

namespace acre::testing {
namespace {

using allocator::ExtentCapabilities;
using allocator::ExtentGrant;
using allocator::ExtentRequest;

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr char kSecret = 0x5e;

// What a provider says it did and did not.
enum class Sham : uint8_t {
  kPurge,     // Purged and decommitted memory keeps its content.
  kRecommit,  // Memory committed again has somebody's content.
};

// Hooks over memory that is always committed, which commit and decommit in
// words only.
class ShamHooks final : public allocator::ExtentHooks {
 public:
  ShamHooks(allocator::ExtentHooks* below, Sham sham)
      : below_(below), sham_(sham) {}

  const char* name() const noexcept override { return "sham"; }
  ExtentCapabilities capabilities() const noexcept override {
    return {.release = true,
            .commit = true,
            .decommit = true,
            .purge_lazily = true,
            .purge_forcibly = true};
  }
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override {
    return below_->Allocate(request, grant);
  }
  bool Release(void* base, size_t size) noexcept override {
    return below_->Release(base, size);
  }
  bool Commit(void* base, size_t size) noexcept override {
    if (sham_ == Sham::kRecommit) memset(base, kSecret, size);
    return true;
  }
  bool Decommit(void*, size_t) noexcept override { return true; }
  bool PurgeLazily(void*, size_t) noexcept override { return true; }
  bool PurgeForcibly(void* base, size_t size) noexcept override {
    return sham_ == Sham::kPurge || below_->PurgeForcibly(base, size);
  }

 private:
  allocator::ExtentHooks* const below_;
  const Sham sham_;
};

enum class Kind : uint8_t {
  kMmap,
  kMmapStrict,
  kThp,
  kHugetlb,
  kHugetlbSimulated,
  kChain,
  kChainOfPinned,
  kUntrusted,
  kUntrustedStrict,
  kNoRelease,
  kNoCommitStrict,
  kNoDecommitStrict,
  kNoPurgeLazily,
  kNoPurgeForcibly,
  kNoPurge,
  kNoSplitPinned,
  kNoMergePinned,
  kPurgeRefused,
  kDecommitRefused,
  kReleaseRefused,
  kZeroedLie,
  kShamPurge,
  kShamRecommit,
};
constexpr std::pair<Kind, const char*> kKinds[] = {
    {Kind::kMmap, "Mmap"},
    {Kind::kMmapStrict, "MmapUnderStrictOvercommit"},
    {Kind::kThp, "Thp"},
    {Kind::kHugetlb, "Hugetlb"},
    {Kind::kHugetlbSimulated, "HugetlbSimulated"},
    {Kind::kChain, "Chain"},
    {Kind::kChainOfPinned, "ChainWithPinned"},
    {Kind::kUntrusted, "Untrusted"},
    {Kind::kUntrustedStrict, "UntrustedUnderStrictOvercommit"},
    {Kind::kNoRelease, "WithoutRelease"},
    {Kind::kNoCommitStrict, "WithoutCommit"},
    {Kind::kNoDecommitStrict, "WithoutDecommit"},
    {Kind::kNoPurgeLazily, "WithoutPurgeLazily"},
    {Kind::kNoPurgeForcibly, "WithoutPurgeForcibly"},
    {Kind::kNoPurge, "WithoutPurge"},
    {Kind::kNoSplitPinned, "PinnedWithoutSplit"},
    {Kind::kNoMergePinned, "PinnedWithoutMerge"},
    {Kind::kPurgeRefused, "RefusingPurge"},
    {Kind::kDecommitRefused, "RefusingDecommit"},
    {Kind::kReleaseRefused, "RefusingRelease"},
    {Kind::kZeroedLie, "LyingAboutZeroed"},
    {Kind::kShamPurge, "LyingAboutPurge"},
    {Kind::kShamRecommit, "LyingAboutCommit"},
};

// A provider of a kind, over memory of its own.
class Provider {
 public:
  explicit Provider(Kind kind) : kind_(kind) {
    // Untrusted memory is read, which maps the kernel's zero page.
    os_.set_verify_purges(false);
    os_.set_strict_overcommit(Strict());
    if (kind == Kind::kHugetlb) {
      pool_.emplace(64, kHugePage);
    } else {
      os_.SimulateHugePool(kind == Kind::kChainOfPinned ? 3 * kHugePage
                                                        : size_t{1} << 30);
    }
    mmap_.emplace(&os_);
    thp_.emplace(&os_);
    hugetlb_.emplace(&os_, kHugePage);
    allocator::ExtentHooks* const members[] = {
        kind == Kind::kChainOfPinned
            ? static_cast<allocator::ExtentHooks*>(&*hugetlb_)
            : &*thp_,
        &*mmap_};
    chain_.emplace(allocator::LinuxOs::Get(), members);
    faulty_.emplace(Pinned() ? static_cast<allocator::ExtentHooks*>(&*hugetlb_)
                             : &*mmap_);
    sham_.emplace(&*mmap_,
                  kind == Kind::kShamPurge ? Sham::kPurge : Sham::kRecommit);
    SetFaults();
  }

  // Why it is not to be had here; empty when it is.
  std::string reason() const {
    return pool_.has_value() ? pool_->reason() : std::string();
  }

  allocator::ExtentHooks* hooks() {
    switch (kind_) {
      case Kind::kMmap:
      case Kind::kMmapStrict:
        return &*mmap_;
      case Kind::kThp:
        return &*thp_;
      case Kind::kHugetlb:
      case Kind::kHugetlbSimulated:
        return &*hugetlb_;
      case Kind::kChain:
      case Kind::kChainOfPinned:
        return &*chain_;
      case Kind::kShamPurge:
      case Kind::kShamRecommit:
        return &*sham_;
      default:
        return &*faulty_;
    }
  }

  // What it lies about, it does so from now on.
  void BeginLies() {
    if (kind_ == Kind::kZeroedLie) faulty_->Lie(HookLie::kDirty);
  }
  void EndFailures() { faulty_->FailNever(); }

  bool is(Kind kind) const { return kind_ == kind; }
  bool lies() const {
    return is(Kind::kZeroedLie) || is(Kind::kShamPurge) ||
           is(Kind::kShamRecommit);
  }
  FakeOs& os() { return os_; }

 private:
  bool Strict() const {
    return is(Kind::kMmapStrict) || is(Kind::kUntrustedStrict) ||
           is(Kind::kNoCommitStrict) || is(Kind::kNoDecommitStrict) ||
           is(Kind::kDecommitRefused);
  }
  bool Pinned() const {
    return is(Kind::kNoSplitPinned) || is(Kind::kNoMergePinned);
  }

  void SetFaults() {
    const bool untrusted = is(Kind::kUntrusted) || is(Kind::kUntrustedStrict) ||
                           is(Kind::kZeroedLie);
    const bool no_purge = is(Kind::kNoPurge);
    faulty_->Mask(
        {.release = !is(Kind::kNoRelease),
         .commit = !is(Kind::kNoCommitStrict),
         .decommit = !is(Kind::kNoDecommitStrict) && !is(Kind::kNoCommitStrict),
         .purge_lazily = !is(Kind::kNoPurgeLazily) && !no_purge,
         .purge_forcibly = !is(Kind::kNoPurgeForcibly) && !no_purge,
         .split = !is(Kind::kNoSplitPinned),
         .merge = !is(Kind::kNoMergePinned),
         .trusted = !untrusted});
    if (is(Kind::kPurgeRefused)) faulty_->FailFrom(0, HookCall::kPurgeForcibly);
    if (is(Kind::kDecommitRefused)) {
      faulty_->FailSometimes(0.5, 7, HookCall::kDecommit);
    }
    if (is(Kind::kReleaseRefused)) faulty_->FailFrom(0, HookCall::kRelease);
  }

  const Kind kind_;
  std::optional<HugePool> pool_;
  FakeOs os_;
  std::optional<allocator::MmapHooks> mmap_;
  std::optional<allocator::ThpHooks> thp_;
  std::optional<allocator::HugetlbHooks> hugetlb_;
  std::optional<allocator::HookChain> chain_;
  std::optional<FaultyHooks> faulty_;
  std::optional<ShamHooks> sham_;
};

// How a tenant lets go of its memory.
enum class Way : uint8_t {
  kDestroy,
  kReset,
  kPurgeUnused,
  kPurgeIdle,
  kPurgeEverything,
  kMuzzyDecay,
  kShrink,
  kSweep,
  kSetMemory,
};
constexpr std::pair<Way, const char*> kWays[] = {
    {Way::kDestroy, "Destroy"},
    {Way::kReset, "Reset"},
    {Way::kPurgeUnused, "PurgeUnused"},
    {Way::kPurgeIdle, "PurgeIdle"},
    {Way::kPurgeEverything, "PurgeEverything"},
    {Way::kMuzzyDecay, "MuzzyDecay"},
    {Way::kShrink, "Shrink"},
    {Way::kSweep, "Sweep"},
    {Way::kSetMemory, "SetMemory"},
};

using Case =
    std::tuple<std::pair<Kind, const char*>, std::pair<Way, const char*>>;

class HooksIsolationTest : public ::testing::TestWithParam<Case> {
 protected:
  HooksIsolationTest() : provider_(std::get<0>(GetParam()).first) {}

  void SetUp() override {
    if (!provider_.reason().empty()) GTEST_SKIP() << provider_.reason();
    ServiceOptions options;
    options.governor = {.thread = false, .clock = &clock_};
    options.on_hook_failure_context = this;
    options.on_hook_failure = [](void* self, const allocator::HookReport&) {
      ++static_cast<HooksIsolationTest*>(self)->reports_;
    };
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
    neighbour_ = NewArena({});
    owner_ = NewArena({.dirty_decay_ms = 100, .muzzy_decay_ms = 100});
  }

  Arena NewArena(const DecayOptions& decay) {
    auto arena = service_->CreateArena(
        {.decay = decay, .memory = {.hooks = provider_.hooks()}});
    EXPECT_TRUE(arena.ok()) << arena.status();
    return *std::move(arena);
  }

  void* Write(void* p, size_t size) {
    EXPECT_NE(p, nullptr) << size;
    if (p != nullptr) memset(p, kSecret, size);
    return p;
  }

  // Small, large, of a region and of a tcache; lets go of the last two.
  void WriteSecrets() {
    for (size_t size : {size_t{64}, size_t{3000}, size_t{14336}, 300 * kKiB}) {
      for (int i = 0; i < 20; ++i) {
        pieces_.push_back(Write(owner_.Allocate(size), size));
      }
    }
    pieces_.push_back(Write(owner_.Allocate(6 * kMiB), 6 * kMiB));
    Region region = owner_.OpenRegion();
    for (int i = 0; i < 50; ++i) {
      Write(region.Allocate(40 * kKiB), 40 * kKiB);
    }
    Tcache tcache = owner_.OpenTcache();
    std::vector<void*> cached;
    for (int i = 0; i < 40; ++i) {
      cached.push_back(Write(tcache.Allocate(30 * kKiB), 30 * kKiB));
    }
    for (void* p : cached) tcache.Deallocate(p);
  }

  void FreeAll() {
    for (void* p : pieces_) owner_.Deallocate(p);
    pieces_.clear();
  }

  void Shrink() {
    void* const p = Write(owner_.Allocate(12 * kMiB), 12 * kMiB);
    ASSERT_TRUE(owner_.ResizeInPlace(p, 64 * kKiB));
    ASSERT_TRUE(owner_.Purge().ok());
  }

  // Pages inside slabs go, come back into use, and go for good.
  void Sweep() {
    constexpr size_t kSize = 200;
    std::vector<void*> kept;
    std::vector<void*> freed;
    for (int i = 0; i < 20000; ++i) {
      void* const p = Write(owner_.Allocate(kSize), kSize);
      (i % 20 == 0 ? kept : freed).push_back(p);
    }
    for (void* p : freed) owner_.Deallocate(p);
    ASSERT_TRUE(owner_.Purge(PurgeMode::kEverything).ok());
    for (void*& p : freed) p = Write(owner_.Allocate(kSize), kSize);
    for (void* p : freed) owner_.Deallocate(p);
    ASSERT_TRUE(owner_.Purge(PurgeMode::kEverything).ok());
    for (void* p : kept) owner_.Deallocate(p);
    ASSERT_TRUE(owner_.Purge(PurgeMode::kEverything).ok());
  }

  void LetGo(Way way) {
    WriteSecrets();
    switch (way) {
      case Way::kDestroy:
        owner_ = Arena();
        pieces_.clear();
        return;
      case Way::kReset:
        ASSERT_TRUE(owner_.Reset().ok());
        pieces_.clear();
        ASSERT_TRUE(owner_.Purge(PurgeMode::kUnused).ok());
        return;
      case Way::kMuzzyDecay:
        FreeAll();
        for (int i = 0; i < 60; ++i) {
          clock_.AdvanceMillis(10);
          service_->Tick();
        }
        return;
      case Way::kShrink:
        Shrink();
        return;
      case Way::kSweep:
        Sweep();
        return;
      case Way::kSetMemory:
        FreeAll();
        ASSERT_TRUE(owner_.SetMemory({}).ok());
        return;
      default:
        FreeAll();
        ASSERT_TRUE(owner_
                        .Purge(way == Way::kPurgeUnused ? PurgeMode::kUnused
                               : way == Way::kPurgeIdle
                                   ? PurgeMode::kIdle
                                   : PurgeMode::kEverything)
                        .ok());
    }
  }

  // Fails if anything but zero is there. Where lies are told there may be no
  // memory.
  void Inspect(const void* p, size_t size) {
    if (p == nullptr) {
      EXPECT_TRUE(provider_.is(Kind::kZeroedLie) ||
                  provider_.is(Kind::kHugetlb))
          << size;
      return;
    }
    const auto* const bytes = static_cast<const char*>(p);
    EXPECT_TRUE(bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0)
        << size << " bytes at " << p;
  }

  // Memory of an arena that never wrote any: all of it is another's or fresh.
  void LookAround(Arena* arena) {
    Tcache tcache = arena->OpenTcache();
    Region region = arena->OpenRegion();
    for (size_t size : {16, 700, 5000, 14336}) {
      for (int i = 0; i < 60; ++i) {
        Inspect(arena->Allocate(size), size);
        Inspect(arena->AllocateZeroed(size), size);
        Inspect(tcache.Allocate(size), size);
        Inspect(region.Allocate(size), size);
      }
    }
    for (size_t size : {20 * kKiB, 600 * kKiB, 3 * kMiB}) {
      void* const whole = arena->Allocate(size);
      Inspect(whole, whole == nullptr ? 1 : arena->UsableSize(whole));
      Inspect(arena->AllocateZeroed(size), size);
      Inspect(tcache.AllocateAligned(size, 16 * kKiB), size);
      Inspect(region.Allocate(size), size);
    }
  }

  // What is promised to be zero is, to the tenant that wrote the secret, too.
  void LookForPromised(Arena* arena) {
    for (size_t size : {size_t{100}, 20 * kKiB, 600 * kKiB, 3 * kMiB}) {
      for (int i = 0; i < 4; ++i) Inspect(arena->AllocateZeroed(size), size);
    }
  }

  Provider provider_;
  FakeClock clock_;
  std::unique_ptr<MemoryService> service_;
  Arena neighbour_;
  Arena owner_;
  std::vector<void*> pieces_;
  int reports_ = 0;
};

TEST_P(HooksIsolationTest, NoTenantSeesAnothersMemory) {
  LetGo(std::get<1>(GetParam()).first);
  if (HasFatalFailure()) return;
  service_->domain().Verify();
  provider_.BeginLies();
  LookAround(&neighbour_);
  Arena newcomer = NewArena({});
  LookAround(&newcomer);
  if (owner_.valid()) LookForPromised(&owner_);
  service_->domain().Verify();

  // Everything goes back to where it came from.
  provider_.EndFailures();
  for (Arena* arena : {&owner_, &neighbour_, &newcomer}) *arena = Arena();
  service_->domain().Verify();
  if (!provider_.is(Kind::kNoRelease)) {
    EXPECT_EQ(provider_.os().mapped_bytes(), 0u);
  }
  EXPECT_THAT(provider_.os().violations(), ::testing::IsEmpty());
  if (!provider_.lies()) {
    EXPECT_EQ(reports_, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryProviderAndWay, HooksIsolationTest,
                         ::testing::Combine(::testing::ValuesIn(kKinds),
                                            ::testing::ValuesIn(kWays)),
                         [](const auto& tested) {
                           return std::string(
                                      std::get<0>(tested.param).second) +
                                  std::get<1>(tested.param).second;
                         });

// Hugepages that cannot be purged do not keep the rest of an arena's unused
// memory from going.
TEST(ChainDecayTest, WhatIsUnusedGoesAlsoWherePartOfItIsPinned) {
  for (int64_t muzzy_decay_ms : {0, 100}) {
    FakeOs os;
    os.SimulateHugePool(4 * kHugePage);
    allocator::HugetlbHooks hugetlb(&os, kHugePage);
    allocator::MmapHooks mmap(&os);
    allocator::ExtentHooks* const members[] = {&hugetlb, &mmap};
    allocator::HookChain chain(allocator::LinuxOs::Get(), members);
    FakeClock clock;
    ServiceOptions options;
    options.governor = {.thread = false, .clock = &clock};
    auto service = *MemoryService::Create(options);
    Arena arena = *service->CreateArena(
        {.decay = {.dirty_decay_ms = 1000, .muzzy_decay_ms = muzzy_decay_ms},
         .memory = {.hooks = &chain}});
    std::vector<void*> all = {arena.Allocate(8 * kMiB)};
    for (int i = 0; i < 8; ++i) all.push_back(arena.Allocate(kMiB));
    for (void* p : all) arena.Deallocate(p);
    EXPECT_GE(arena.charged_bytes(), 16 * kMiB);
    for (int i = 0; i < 100; ++i) {
      clock.AdvanceMillis(50);
      service->Tick();
    }
    EXPECT_LT(arena.charged_bytes(), kMiB);
    service->domain().Verify();
  }
}

}  // namespace
}  // namespace acre::testing
