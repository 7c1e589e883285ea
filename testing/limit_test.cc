// Hard limits, of a tenant and of the service: who is refused, what is
// reported, and that nobody else notices.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "allocator/base/text_buffer.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::testing {
namespace {

using allocator::PageFailure;

constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Refusal {
  RefusalReport report;
  std::string name;  // The report's is not kept.
};

class LimitTest : public ::testing::Test {
 protected:
  void Start(uint64_t service_limit = 0) {
    ServiceOptions options;
    options.hard_limit_bytes = service_limit;
    options.on_refusal_context = this;
    options.on_refusal = [](void* self, const RefusalReport& report) {
      static_cast<LimitTest*>(self)->refusals_.push_back(
          {report, report.arena_name});
    };
    auto service = MemoryService::Create(options);
    ASSERT_TRUE(service.ok()) << service.status();
    service_ = *std::move(service);
  }

  Arena NewArena(std::string_view name, uint64_t limit = 0) {
    auto arena =
        service_->CreateArena({.name = name, .hard_limit_bytes = limit});
    EXPECT_TRUE(arena.ok()) << arena.status();
    return *std::move(arena);
  }

  stats::ArenaStatistics Read(const Arena& arena) {
    stats::ArenaStatistics figures;
    EXPECT_TRUE(stats::ReadArena(service_->domain(), arena.index(),
                                 arena.generation(), &figures));
    return figures;
  }

  // Allocates until refused; returns what it got.
  std::vector<void*> Fill(Arena* arena, size_t size) {
    std::vector<void*> got;
    while (void* p = arena->Allocate(size)) {
      got.push_back(p);
      EXPECT_LE(arena->charged_bytes(), limit_of_filled_);
      if (HasNonfatalFailure()) break;
    }
    return got;
  }

  // The one report there is.
  Refusal TakeRefusal() {
    EXPECT_EQ(refusals_.size(), 1u);
    Refusal refusal = refusals_.empty() ? Refusal() : refusals_.back();
    refusals_.clear();
    return refusal;
  }

  std::unique_ptr<MemoryService> service_;
  std::vector<Refusal> refusals_;
  uint64_t limit_of_filled_ = UINT64_MAX;
};

void ExpectSame(const stats::ArenaStatistics& a,
                const stats::ArenaStatistics& b) {
  for (const auto& field : stats::kArenaFields) {
    EXPECT_EQ(a.*field.member, b.*field.member) << field.name;
  }
}

TEST_F(LimitTest, ARefusalNamesTheLimitTheRequestAndWhatHoldsTheMemory) {
  Start();
  Arena tenant = NewArena("tenant-7", 4 * kMiB);
  limit_of_filled_ = 4 * kMiB;
  Fill(&tenant, 100000);
  const Refusal refusal = TakeRefusal();
  const RefusalReport& report = refusal.report;
  EXPECT_EQ(refusal.name, "tenant-7");
  EXPECT_EQ(report.arena_index, tenant.index());
  EXPECT_EQ(report.failure, PageFailure::kArenaLimit);
  EXPECT_EQ(report.asked_bytes, 114688u) << "the size class of 100000";
  EXPECT_EQ(report.limit_bytes, 4 * kMiB);
  EXPECT_EQ(report.charged_bytes, tenant.charged_bytes());
  EXPECT_GT(report.charged_bytes + report.asked_bytes, report.limit_bytes);
  EXPECT_EQ(report.arena_charged_bytes,
            report.active_bytes + report.dirty_bytes + report.metadata_bytes);
  EXPECT_EQ(Read(tenant).refusals, 1u);
  EXPECT_EQ(Read(tenant).out_of_memory, 0u);

  allocator::TextBuffer<512> text;
  AppendRefusal(text, report);
  for (const char* part : {"hard limit 4 MiB", "asked 112 KiB", "active "}) {
    EXPECT_NE(std::string(text.view()).find(part), std::string::npos)
        << text.view();
  }
}

TEST_F(LimitTest, EveryWayToAllocateIsRefusedOnceAndCounted) {
  Start();
  Arena tenant = NewArena("tenant", kMiB);
  Tcache tcache = tenant.OpenTcache();
  Region region = tenant.OpenRegion();
  void* const large = tenant.Allocate(64 << 10);
  void* const small = tenant.Allocate(100);
  ASSERT_NE(region.Allocate(16), nullptr);
  ASSERT_TRUE(tenant.SetHardLimit(tenant.charged_bytes()).ok());
  const size_t size = 80000;
  EXPECT_EQ(tenant.Allocate(size), nullptr);
  EXPECT_EQ(tenant.AllocateAligned(size, 8192), nullptr);
  EXPECT_EQ(tenant.AllocateZeroed(size), nullptr);
  EXPECT_EQ(tenant.AllocateAtLeast(size).ptr, nullptr);
  EXPECT_EQ(tenant.Reallocate(large, 2 * size), nullptr);
  EXPECT_EQ(tcache.Allocate(size), nullptr);
  EXPECT_EQ(tcache.AllocateAligned(size, 8192), nullptr);
  EXPECT_EQ(tcache.AllocateZeroed(size), nullptr);
  EXPECT_EQ(tcache.AllocateAtLeast(size).usable, 0u);
  EXPECT_EQ(tcache.Reallocate(small, size), nullptr);
  EXPECT_EQ(region.Allocate(size), nullptr);
  EXPECT_EQ(service_->Reallocate(small, size), nullptr);
  EXPECT_EQ(refusals_.size(), 12u);
  EXPECT_EQ(Read(tenant).refusals, 12u);
  for (const Refusal& refusal : refusals_) {
    EXPECT_EQ(refusal.report.failure, PageFailure::kArenaLimit);
  }
  // What only tries to stay in place is no allocation that could be refused.
  EXPECT_FALSE(tenant.ResizeInPlace(large, 2 * size));
  EXPECT_EQ(refusals_.size(), 12u);
  service_->domain().Verify();
}

TEST_F(LimitTest, ATenantAtItsLimitIsNotNoticedByTheOthers) {
  Start();
  Arena greedy = NewArena("greedy", 2 * kMiB);
  Arena other = NewArena("other", 2 * kMiB);
  void* const kept = other.Allocate(5000);
  ASSERT_NE(kept, nullptr);
  const stats::ArenaStatistics before = Read(other);
  for (size_t size : {size_t{10}, size_t{5000}, size_t{1} << 20}) {
    Fill(&greedy, size);
  }
  ExpectSame(Read(other), before);
  limit_of_filled_ = 2 * kMiB;
  refusals_.clear();
  EXPECT_GT(Fill(&other, 5000).size(), 200u) << "its own limit is untouched";
  EXPECT_EQ(TakeRefusal().name, "other");
}

TEST_F(LimitTest, FreedMemoryServesAgainAtTheLimit) {
  Start();
  Arena tenant = NewArena("tenant", 4 * kMiB);
  std::vector<void*> pieces = Fill(&tenant, 3000);
  for (size_t i = 0; i < pieces.size(); i += 2) tenant.Deallocate(pieces[i]);
  refusals_.clear();
  for (size_t i = 0; i < pieces.size(); i += 2) {
    ASSERT_NE(tenant.Allocate(3000), nullptr) << i;
  }
  // All of it, as one piece of another class: dirty pages are given back.
  ASSERT_TRUE(tenant.Reset().ok());
  EXPECT_NE(tenant.Allocate(3 * kMiB), nullptr);
  EXPECT_TRUE(refusals_.empty());
}

TEST_F(LimitTest, ALimitLoweredBelowWhatIsHeldRefusesUntilEnoughCameBack) {
  Start();
  Arena tenant = NewArena("tenant");
  std::vector<void*> pieces;
  for (int i = 0; i < 16; ++i) pieces.push_back(tenant.Allocate(1 << 18));
  ASSERT_TRUE(tenant.SetHardLimit(kMiB).ok());
  EXPECT_EQ(tenant.Allocate(100), nullptr);
  for (int i = 0; i < 12; ++i) tenant.Deallocate(pieces[i]);
  EXPECT_EQ(tenant.Allocate(1 << 18), nullptr) << "1 MiB is in use still";
  tenant.Deallocate(pieces[12]);
  EXPECT_NE(tenant.Allocate(100), nullptr);
  ASSERT_TRUE(tenant.SetHardLimit(0).ok());
  EXPECT_NE(tenant.Allocate(1 << 23), nullptr);
}

TEST_F(LimitTest, TheServicesLimitHoldsForAllTenantsTogether) {
  constexpr uint64_t kTotal = 8 * kMiB;
  Start(kTotal);
  Arena first = NewArena("first");
  Arena second = NewArena("second");
  void* const kept = second.Allocate(100000);
  ASSERT_NE(kept, nullptr);
  Fill(&first, 50000);
  const Refusal refusal = TakeRefusal();
  EXPECT_EQ(refusal.name, "first");
  EXPECT_EQ(refusal.report.failure, PageFailure::kServiceLimit);
  EXPECT_EQ(refusal.report.limit_bytes, kTotal);
  EXPECT_EQ(refusal.report.charged_bytes, service_->domain().total().charged());
  EXPECT_EQ(refusal.report.arena_charged_bytes, first.charged_bytes());
  EXPECT_LE(service_->domain().total().charged(), kTotal);
  EXPECT_EQ(first.charged_bytes() + second.charged_bytes() +
                service_->system_arena().charged_bytes(),
            service_->domain().total().charged());
  // The other one is refused growth, and keeps the use of what it has.
  second.Deallocate(kept);
  EXPECT_EQ(second.Allocate(100000), kept);
  EXPECT_EQ(second.Allocate(100000), nullptr);
  EXPECT_EQ(TakeRefusal().name, "second");
  // What one gives back, the other may take.
  ASSERT_TRUE(first.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_NE(second.Allocate(4 * kMiB), nullptr);
  service_->domain().Verify();
}

TEST_F(LimitTest, AnArenaThatTheServicesLimitRefusesIsAnErrorWithTheNumbers) {
  Start(uint64_t{64} << 10);
  std::vector<Arena> arenas;
  absl::Status status;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    auto arena = service_->CreateArena({});
    status = arena.status();
    if (arena.ok()) arenas.push_back(*std::move(arena));
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(status.message().find("65536"), absl::string_view::npos) << status;
  arenas.pop_back();
  EXPECT_TRUE(service_->CreateArena({}).ok());
  service_->domain().Verify();
}

}  // namespace
}  // namespace acre::testing
