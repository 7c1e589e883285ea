#include "testing/fault_scenario.h"

#include <utility>

#include "absl/status/status.h"
#include "allocator/base/size_class.h"
#include "fmt/format.h"

namespace acre::testing {
namespace {

using allocator::PageFailure;

constexpr size_t kMiB = size_t{1} << 20;
// What pools may keep against thrashing: a block each.
constexpr uint64_t kKeptMetadata = uint64_t{16} * 64 * 1024;

}  // namespace

std::string FaultScenario::Run() {
  if (CreateService()) RunSteps();
  calls_ = os_->calls();
  os_->FailNever();
  if (service_ != nullptr) {
    if (model_.ok()) service_->domain().Verify();
    model_.CheckAllContent();
    ExpectWorks();
    EndService();
  }
  model_.Expect(os_->mappings() == 0,
                fmt::format("{} mappings are left", os_->mappings()));
  for (const std::string& violation : os_->violations()) {
    model_.Fail("system call: " + violation);
  }
  return model_.failure();
}

bool FaultScenario::CreateService() {
  ServiceOptions options;
  options.os = os_;
  // Time passes, and is made use of, between the steps.
  options.governor = {.thread = false, .clock = &clock_};
  options.on_refusal_context = this;
  options.on_refusal = [](void* self, const RefusalReport& report) {
    auto* scenario = static_cast<FaultScenario*>(self);
    ++scenario->refusals_;
    scenario->last_refusal_ = report.failure;
  };
  auto service = MemoryService::Create(options);
  if (!service.ok()) {
    model_.Expect(
        service.status().code() == absl::StatusCode::kResourceExhausted,
        service.status().ToString());
    return false;
  }
  service_ = *std::move(service);
  charged_at_start_ = service_->domain().total().charged();
  metadata_at_start_ = service_->domain().metadata_bytes();
  return true;
}

void FaultScenario::RunSteps() {
  std::optional<Tenancy> first = NewTenancy(0);
  std::optional<Tenancy> second = NewTenancy(0);
  std::optional<Tenancy> limited = NewTenancy(2 * kMiB);
  for (auto* tenancy : {&first, &second, &limited}) {
    if (!tenancy->has_value()) continue;
    AllocateSmall(&**tenancy);
    AllocateLarge(&**tenancy);
    GrowTcaches(&**tenancy);
    UseRegions(&**tenancy);
    FreeEveryOther();
    LetTimePass();
    ResizeAndPurge(&**tenancy);
  }
  if (first.has_value()) AllocateHuge(&*first);
  if (first.has_value()) ScatterExtents(&*first);
  FreeEveryOther();
  LetTimePass();
  if (second.has_value()) ScatterExtents(&*second);
  if (limited.has_value()) FillToLimit(&*limited);
  if (second.has_value()) ResetWhileInUse(&*second);
  if (first.has_value()) {
    model_.RemoveTenant(first->tenant);
    model_.Expect(first->arena.Destroy(DestroyPolicy::kDiscard).ok(),
                  "Destroy failed");
  }
  CrowdArenas();
  LetTimePass();
  first = NewTenancy(0);
  if (first.has_value()) AllocateLarge(&*first);
  model_.CheckAllContent();
  // The arenas go with what they hold.
  for (auto* tenancy : {&first, &second, &limited}) {
    if (tenancy->has_value()) model_.RemoveTenant((*tenancy)->tenant);
  }
}

std::optional<FaultScenario::Tenancy> FaultScenario::NewTenancy(
    uint64_t limit) {
  const uint64_t failures = os_->failures();
  auto arena = service_->CreateArena({.name = "", .hard_limit_bytes = limit});
  if (!arena.ok()) {
    model_.Expect(arena.status().code() == absl::StatusCode::kResourceExhausted,
                  arena.status().ToString());
    model_.Expect(os_->failures() > failures, "no arena for no reason");
    return std::nullopt;
  }
  return Tenancy{.arena = *std::move(arena),
                 .tenant = model_.NewTenant(),
                 .limited = limit != 0};
}

bool FaultScenario::Enter(const Tenancy& tenancy, void* p, size_t size,
                          size_t alignment, uint32_t region) {
  if (p != nullptr) {
    const size_t usable = region != 0 ? size : service_->UsableSize(p);
    model_.Add({.at = p,
                .size = size,
                .usable = usable,
                .free_size = usable,
                .tenant = tenancy.tenant,
                .region = region},
               alignment);
  } else {
    ++denied_;
    model_.Expect(refusals_ == refusals_seen_ + 1,
                  "no memory, but not one refusal report");
    model_.Expect(
        last_refusal_ == PageFailure::kOutOfMemory ||
            (tenancy.limited && last_refusal_ == PageFailure::kArenaLimit),
        "no memory, for another reason than documented");
  }
  refusals_seen_ = refusals_;
  return p != nullptr;
}

void FaultScenario::AllocateSmall(Tenancy* tenancy) {
  for (size_t c = 0; c < allocator::kSmallClasses; c += 5) {
    const size_t size =
        allocator::ClassSize(allocator::ClassIndex(static_cast<uint8_t>(c)));
    // Enough for slabs of more than one shape.
    for (int i = 0; i < 12; ++i) {
      Enter(*tenancy, tenancy->arena.Allocate(size), size);
    }
    Enter(*tenancy, tenancy->arena.AllocateZeroed(size), size);
    Enter(*tenancy, tenancy->arena.AllocateAligned(size, 512), size, 512);
  }
}

void FaultScenario::AllocateLarge(Tenancy* tenancy) {
  acre::Arena& arena = tenancy->arena;
  for (size_t size : {size_t{20000}, size_t{100000}, kMiB, 2 * kMiB}) {
    Enter(*tenancy, arena.Allocate(size), size);
    Enter(*tenancy, arena.AllocateZeroed(size), size);
    Enter(*tenancy, arena.AllocateAligned(size, size_t{64} << 10), size,
          size_t{64} << 10);
  }
}

// More than any mapping so far holds; and at an alignment that needs one of its
// own.
void FaultScenario::AllocateHuge(Tenancy* tenancy) {
  constexpr size_t kHuge = 20 * kMiB;
  constexpr size_t kAligned = size_t{32} << 10;
  constexpr size_t kAlignment = size_t{1} << 30;
  Enter(*tenancy, tenancy->arena.Allocate(kHuge), kHuge);
  Enter(*tenancy, tenancy->arena.AllocateAligned(kAligned, kAlignment),
        kAligned, kAlignment);
}

// More extents than a block of descriptors holds, where there is address space
// to cut them from: a cut then fails for want of a descriptor.
void FaultScenario::ScatterExtents(Tenancy* tenancy) {
  constexpr size_t kSize = 16384;
  constexpr size_t kTouched = 64;
  for (int i = 0; i < 560; ++i) {
    if (i % 4 == 0) {
      const size_t alignment = kSize << (i / 4 % 6);
      Enter(*tenancy, tenancy->arena.AllocateAligned(kSize, alignment),
            kTouched, alignment);
    } else {
      Enter(*tenancy, tenancy->arena.Allocate(kSize), kTouched);
    }
  }
}

void FaultScenario::GrowTcaches(Tenancy* tenancy) {
  for (int round = 0; round < 2; ++round) {
    acre::Tcache tcache = tenancy->arena.OpenTcache();
    acre::Tcache beside = tenancy->arena.OpenTcache();
    for (size_t size : {size_t{24}, size_t{200}, size_t{3000}, size_t{40000}}) {
      std::vector<void*> out;
      for (size_t i = 0; i < (size < 1000 ? 100 : 20); ++i) {
        void* const p = tcache.Allocate(size);
        if (Enter(*tenancy, p, size)) out.push_back(p);
      }
      // Half stays; the rest goes back through two caches.
      for (size_t i = 0; i < out.size(); i += 2) {
        model_.Remove(out[i]);
        (i % 4 == 0 ? tcache : beside).Deallocate(out[i]);
      }
    }
  }
}

void FaultScenario::UseRegions(Tenancy* tenancy) {
  acre::Region region = tenancy->arena.OpenRegion();
  for (int round = 0; round < 2; ++round) {
    const uint32_t id = ++last_region_;
    for (size_t size : {size_t{100}, size_t{30000}, size_t{150000}}) {
      for (int i = 0; i < 4; ++i) {
        Enter(*tenancy, region.Allocate(size), size, 16, id);
      }
    }
    model_.RemoveRegion(id);
    region.Drop();
  }
}

void FaultScenario::FreeEveryOther() {
  std::vector<void*> gone;
  for (size_t i = 0; i < model_.freeable_count(); i += 2) {
    gone.push_back(model_.Freeable(i).at);
  }
  for (void* p : gone) {
    model_.Remove(p);
    service_->Deallocate(p);
  }
}

void FaultScenario::ResizeAndPurge(Tenancy* tenancy) {
  for (size_t i = 0; i < model_.freeable_count(); i += 3) {
    const Allocation a = model_.Freeable(i);
    if (a.tenant != tenancy->tenant || a.usable < 16384) continue;
    const size_t size = i % 2 == 0 ? a.usable * 2 : a.usable / 2;
    void* p = a.at;
    if (i % 4 < 2) {
      p = tenancy->arena.Reallocate(a.at, size);
    } else if (!tenancy->arena.ResizeInPlace(a.at, size)) {
      p = nullptr;
    }
    refusals_seen_ = refusals_;
    if (p == nullptr) {
      model_.CheckContent(a);
      continue;
    }
    const size_t usable = service_->UsableSize(p);
    model_.Move(a.at, {.at = p,
                       .size = size,
                       .usable = usable,
                       .free_size = usable,
                       .tenant = a.tenant});
  }
  model_.Expect(tenancy->arena.Purge().ok(), "Purge failed");
}

void FaultScenario::FillToLimit(Tenancy* tenancy) {
  constexpr int kMost = 1000;
  int i = 0;
  while (i < kMost && Enter(*tenancy, tenancy->arena.Allocate(9000), 9000)) ++i;
  model_.Expect(i < kMost, "a hard limit did not hold");
  model_.Expect(tenancy->arena.SetHardLimit(0).ok(), "SetHardLimit failed");
  tenancy->limited = false;
  Enter(*tenancy, tenancy->arena.Allocate(9000), 9000);
}

void FaultScenario::ResetWhileInUse(Tenancy* tenancy) {
  acre::Tcache tcache = tenancy->arena.OpenTcache();
  acre::Region region = tenancy->arena.OpenRegion();
  const uint32_t id = ++last_region_;
  Enter(*tenancy, tcache.Allocate(300), 300);
  Enter(*tenancy, region.Allocate(300), 300, 16, id);
  model_.RemoveTenant(tenancy->tenant);
  model_.Expect(tenancy->arena.Reset().ok(), "Reset failed");
  model_.Expect(tcache.Allocate(300) == nullptr &&
                    region.Allocate(300) == nullptr &&
                    refusals_ == refusals_seen_,
                "stale handles gave memory or were refused it");
  AllocateSmall(tenancy);
}

// Pages decay, and arenas become idle.
void FaultScenario::LetTimePass() {
  for (int i = 0; i < 4; ++i) {
    clock_.AdvanceMillis(900);
    service_->Tick();
  }
}

// So many arenas and caches that pools take and return blocks.
void FaultScenario::CrowdArenas() {
  std::vector<Tenancy> crowd;
  std::vector<acre::Tcache> tcaches;
  for (int i = 0; i < 120; ++i) {
    std::optional<Tenancy> one = NewTenancy(0);
    if (!one.has_value()) continue;
    tcaches.push_back(one->arena.OpenTcache());
    if (i % 3 == 0) Enter(*one, tcaches.back().Allocate(100), 100);
    crowd.push_back(*std::move(one));
  }
  for (Tenancy& one : crowd) {
    model_.RemoveTenant(one.tenant);
    one.arena = acre::Arena();
  }
}

// Whatever failed before: now that nothing fails, everything must work.
void FaultScenario::ExpectWorks() {
  std::optional<Tenancy> tenancy = NewTenancy(0);
  model_.Expect(tenancy.has_value(), "no arena after the failures");
  if (!tenancy.has_value()) return;
  const uint64_t denied = denied_;
  AllocateSmall(&*tenancy);
  AllocateLarge(&*tenancy);
  GrowTcaches(&*tenancy);
  UseRegions(&*tenancy);
  model_.Expect(denied_ == denied, "no memory after the failures");
  model_.RemoveTenant(tenancy->tenant);
}

void FaultScenario::EndService() {
  model_.Expect(service_->system_arena().Purge().ok(), "Purge failed");
  if (model_.ok()) service_->domain().Verify();
  const allocator::Domain& domain = service_->domain();
  model_.Expect(domain.total().charged() == charged_at_start_,
                fmt::format("{} bytes are charged, {} at the start",
                            domain.total().charged(), charged_at_start_));
  const uint64_t mapped = domain.ranges().mapped_bytes();
  const uint64_t allowed = metadata_at_start_ + kKeptMetadata +
                           mapped / allocator::kPageSize * sizeof(uint64_t);
  model_.Expect(domain.metadata_bytes() <= allowed,
                fmt::format("{} bytes of metadata are left, {} at the start",
                            domain.metadata_bytes(), metadata_at_start_));
  // One is kept, and those that the system did not take back.
  model_.Expect(domain.ranges().mappings() <= 1 + os_->failures(OsCall::kUnmap),
                fmt::format("{} ranges are left", domain.ranges().mappings()));
  service_.reset();
}

}  // namespace acre::testing
