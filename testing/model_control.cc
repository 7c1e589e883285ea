// The control plane's operations of the model driver, and the checks at rest.

#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "stats/arena_statistics.h"
#include "testing/model_driver.h"

namespace acre::testing {

// All that a tenant had is gone; its handles are stale.
void ModelDriver::NoteDiscarded(ArenaSlot* slot) {
  model_.RemoveTenant(slot->tenant);
  ++slot->epoch;
}

void ModelDriver::Create() {
  const size_t at = 1 + choices_->Below(arenas_.size() - 1);
  ArenaSlot& slot = arenas_[at];
  if (slot.live) return;
  const std::string name = fmt::format("tenant-{}", at);
  const uint64_t limit =
      choices_->OneIn(3) ? (uint64_t{1} << (16 + choices_->Below(8))) : 0;
  const uint64_t failures = os_.failures();
  auto arena = service_->CreateArena(
      {.name = name,
       .hard_limit_bytes = limit,
       .parked_limit_bytes = choices_->OneIn(4) ? 0 : uint64_t{4} << 20,
       .tcache_limit_bytes =
           choices_->OneIn(4) ? uint64_t{32} << 10 : uint64_t{4} << 20});
  if (!arena.ok()) {
    model_.Expect(arena.status().code() == absl::StatusCode::kResourceExhausted,
                  "arena not created: " + arena.status().ToString());
    model_.Expect(service_limit_ != 0 || os_.failures() > failures,
                  "arena not created for no reason");
    return;
  }
  slot.owner = *std::move(arena);
  slot.ref = slot.owner.ref();
  slot.tenant = model_.NewTenant();
  slot.limit = limit;
  slot.live = true;
  ++slot.epoch;
  auto found = service_->FindArena(name);
  model_.Expect(found.ok() && *found == slot.ref, "the arena is not found");
}

void ModelDriver::Reset() {
  ArenaSlot& slot = PickLive();
  NoteDiscarded(&slot);
  model_.Expect(slot.ref.Reset().ok(), "Reset of a live arena failed");
}

void ModelDriver::DestroyIfEmpty() {
  const size_t at = 1 + choices_->Below(arenas_.size() - 1);
  ArenaSlot& slot = arenas_[at];
  if (!slot.live) return;
  const ReferenceModel::Sums alive = model_.SumsOf(slot.tenant);
  const uint64_t regions = RegionBytes(at);
  const bool empty = alive.count == 0 && regions == 0;
  if (empty) NoteDiscarded(&slot);
  const absl::Status status =
      slot.owner.Destroy(DestroyPolicy::kFailIfAllocated);
  model_.Expect(status.ok() == empty,
                "kFailIfAllocated: " + status.ToString() +
                    fmt::format(" with {} allocations", alive.count));
  slot.live = !status.ok();
  if (status.ok()) return;
  model_.Expect(status.code() == absl::StatusCode::kFailedPrecondition,
                status.ToString());
  const std::string numbers = fmt::format("of {} B", alive.bytes + regions);
  model_.Expect(status.message().find(numbers) != absl::string_view::npos,
                status.ToString() + " instead of " + numbers);
}

void ModelDriver::Discard() {
  const size_t at = 1 + choices_->Below(arenas_.size() - 1);
  ArenaSlot& slot = arenas_[at];
  if (!slot.live) return;
  NoteDiscarded(&slot);
  model_.Expect(slot.owner.Destroy(DestroyPolicy::kDiscard).ok(),
                "kDiscard failed");
  slot.live = false;
  model_.Expect(!slot.ref.valid() && slot.ref.Allocate(1) == nullptr &&
                    slot.ref.Reset().code() == absl::StatusCode::kNotFound,
                "the ref of a destroyed arena is not stale");
}

void ModelDriver::Purge() {
  ArenaSlot& slot = PickLive();
  const uint64_t failures = os_.failures();
  model_.Expect(slot.ref.Purge().ok(), "Purge of a live arena failed");
  stats::ArenaStatistics figures;
  stats::ReadArena(*slot.ref.live(), &figures);
  model_.Expect(figures.dirty + figures.muzzy == 0 || os_.failures() > failures,
                "unused pages are left after Purge");
  model_.Expect(figures.parked == 0 && figures.parked_tcaches == 0,
                "something is parked after Purge");
}

void ModelDriver::SetHardLimit() {
  ArenaSlot& slot = PickLive();
  const uint64_t charged = slot.ref.charged_bytes();
  const uint64_t limits[] = {0, charged, charged / 2 + 1,
                             charged + choices_->Below(uint64_t{1} << 20) + 1};
  slot.limit = limits[choices_->Below(std::size(limits))];
  model_.Expect(slot.ref.SetHardLimit(slot.limit).ok(), "SetHardLimit failed");
}

void ModelDriver::SetServiceLimit() {
  allocator::Quota& total = service_->domain().total();
  service_limit_ = choices_->OneIn(4)
                       ? total.charged() + choices_->Below(uint64_t{4} << 20)
                       : 0;
  total.set_limit(service_limit_ == 0 ? allocator::Quota::kUnlimited
                                      : service_limit_);
}

void ModelDriver::LetTimePass() {
  clock_.AdvanceMillis(choices_->Below(3000));
  service_->Tick();
}

void ModelDriver::SetDecay() {
  constexpr int64_t kTimes[] = {-1, 0, 1, 100, 2000};
  ArenaSlot& slot = PickLive();
  const DecayOptions options{
      .dirty_decay_ms = kTimes[choices_->Below(std::size(kTimes))],
      .muzzy_decay_ms = kTimes[choices_->Below(std::size(kTimes))],
      .most_dirty_bytes = choices_->OneIn(4) ? choices_->Below(1 << 20) : 0};
  model_.Expect(slot.ref.SetDecay(options).ok(), "SetDecay failed");
}

void ModelDriver::PurgeAll() {
  constexpr PurgeMode kModes[] = {PurgeMode::kUnused, PurgeMode::kIdle,
                                  PurgeMode::kEverything};
  service_->PurgeAll(kModes[choices_->Below(std::size(kModes))]);
}

void ModelDriver::ChangeFailures() {
  if (!options_.system_fails) return;
  switch (choices_->Below(5)) {
    case 0:
      os_.FailSometimes(0.3, choices_->Below(256));
      break;
    case 1:
      os_.FailNth(choices_->Below(4));
      break;
    case 2:
      os_.FailSometimes(1, 0, OsCall::kPurge);
      break;
    case 3:
      os_.FailSometimes(0.5, choices_->Below(256), OsCall::kUnmap);
      break;
    default:
      os_.FailNever();
      break;
  }
}

void ModelDriver::CheckArena(const ArenaSlot& slot) {
  stats::ArenaStatistics figures;
  stats::ReadArena(*slot.ref.live(), &figures);
  const auto at = static_cast<size_t>(&slot - arenas_.data());
  const uint64_t regions = RegionBytes(at);
  const ReferenceModel::Sums sums = model_.SumsOf(slot.tenant);
  model_.Expect(
      figures.active == figures.allocated + figures.cached + figures.slack,
      fmt::format("{}: active {} != allocated {} + cached {} + slack {}",
                  figures.name, figures.active, figures.allocated,
                  figures.cached, figures.slack));
  model_.Expect(
      figures.charged ==
          figures.active + figures.dirty + figures.muzzy + figures.metadata,
      fmt::format("{}: charged {} != active {} + dirty {} + muzzy {} + "
                  "metadata {}",
                  figures.name, figures.charged, figures.active, figures.dirty,
                  figures.muzzy, figures.metadata));
  model_.Expect(
      figures.allocated == sums.bytes + regions,
      fmt::format("{}: allocated {}, but the model has {} + {}", figures.name,
                  figures.allocated, sums.bytes, regions));
  model_.Expect(figures.allocations >= sums.count &&
                    (regions != 0 || figures.allocations == sums.count),
                fmt::format("{}: {} allocations, but the model has {}",
                            figures.name, figures.allocations, sums.count));
  uint64_t cached = 0;
  for (const TcacheSlot& tcache : tcaches_) {
    if (tcache.open && tcache.arena == at) {
      cached += tcache.tcache.cached_bytes();
    }
  }
  model_.Expect(figures.cached >= cached, "less is cached than tcaches hold");
  model_.Expect(figures.parked_tcaches > 0 || figures.parked > 0 ||
                    figures.cached == cached,
                "more is cached than tcaches hold");
}

void ModelDriver::CheckBooks() {
  service_->domain().Verify();
  uint64_t live = 0;
  for (const ArenaSlot& slot : arenas_) {
    if (!slot.live) continue;
    ++live;
    CheckArena(slot);
  }
  const stats::ServiceStatistics figures =
      stats::ReadService(service_->domain());
  model_.Expect(figures.arena_count == live, "the number of arenas is wrong");
  model_.Expect(figures.charged == figures.arenas.charged,
                "the service is charged with another sum than its arenas");
  model_.Expect(figures.misuses == 0, "right use was reported as misuse");
  model_.CheckAllContent();
  for (const std::string& violation : os_.violations()) {
    model_.Fail("system call: " + violation);
  }
}

void ModelDriver::EndEverything() {
  CheckBooks();
  os_.FailNever();
  // In an order that leaves some handles stale and some not.
  for (RegionSlot& slot : regions_) slot.region.Close();
  for (size_t i = 0; i < tcaches_.size(); i += 2) tcaches_[i].tcache.Close();
  for (ArenaSlot& slot : arenas_) {
    if (slot.live) NoteDiscarded(&slot);
    if (&slot != &arenas_[0]) slot.owner = acre::Arena();
    slot.live = &slot == &arenas_[0];
  }
  model_.Expect(arenas_[0].ref.Reset().ok() && arenas_[0].ref.Purge().ok(),
                "the system arena cannot be emptied");
  for (RegionSlot& slot : regions_) slot.open = false;
  for (TcacheSlot& slot : tcaches_) slot.open = false;
  CheckBooks();
  for (TcacheSlot& slot : tcaches_) slot.tcache.Close();
  service_->domain().Verify();
  service_.reset();
  model_.Expect(os_.mappings() == 0,
                fmt::format("{} mappings are left", os_.mappings()));
  for (const std::string& violation : os_.violations()) {
    model_.Fail("system call: " + violation);
  }
}

}  // namespace acre::testing
