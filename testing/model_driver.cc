#include "testing/model_driver.h"

#include <cstring>
#include <limits>
#include <utility>

#include "allocator/base/size_class.h"
#include "fmt/format.h"
#include "stats/arena_statistics.h"

namespace acre::testing {

using allocator::ClassOf;
using allocator::ClassSize;
using allocator::PageFailure;

const ModelDriver::Weighted ModelDriver::kOperations[] = {
    {&ModelDriver::Allocate, 60, "Allocate"},
    {&ModelDriver::AllocateAligned, 10, "AllocateAligned"},
    {&ModelDriver::AllocateZeroed, 10, "AllocateZeroed"},
    {&ModelDriver::AllocateAtLeast, 6, "AllocateAtLeast"},
    {&ModelDriver::Free, 50, "Free"},
    {&ModelDriver::FreeSized, 20, "FreeSized"},
    {&ModelDriver::Reallocate, 16, "Reallocate"},
    {&ModelDriver::ReallocateByAddress, 4, "ReallocateByAddress"},
    {&ModelDriver::ResizeInPlace, 10, "ResizeInPlace"},
    {&ModelDriver::OpenTcache, 8, "OpenTcache"},
    {&ModelDriver::CloseTcache, 6, "CloseTcache"},
    {&ModelDriver::CycleTcaches, 1, "CycleTcaches"},
    {&ModelDriver::AllocateInRegion, 20, "AllocateInRegion"},
    {&ModelDriver::DropRegion, 3, "DropRegion"},
    {&ModelDriver::CloseRegion, 3, "CloseRegion"},
    {&ModelDriver::Create, 4, "Create"},
    {&ModelDriver::Reset, 2, "Reset"},
    {&ModelDriver::DestroyIfEmpty, 2, "DestroyIfEmpty"},
    {&ModelDriver::Discard, 2, "Discard"},
    {&ModelDriver::Purge, 4, "Purge"},
    {&ModelDriver::SetHardLimit, 4, "SetHardLimit"},
    {&ModelDriver::SetServiceLimit, 2, "SetServiceLimit"},
    {&ModelDriver::ChangeFailures, 2, "ChangeFailures"},
    {&ModelDriver::CheckBooks, 2, "CheckBooks"},
    {&ModelDriver::LetTimePass, 6, "LetTimePass"},
    {&ModelDriver::SetDecay, 2, "SetDecay"},
    {&ModelDriver::PurgeAll, 1, "PurgeAll"},
};

ModelDriver::ModelDriver(Choices* choices, const ModelOptions& options)
    : choices_(choices), options_(options) {
  ServiceOptions service_options;
  service_options.os = &os_;
  // Time passes, and is made use of, when the driver says so.
  service_options.governor = {.thread = false, .clock = &clock_};
  service_options.on_refusal_context = this;
  service_options.on_refusal = [](void* self, const RefusalReport& report) {
    auto* driver = static_cast<ModelDriver*>(self);
    ++driver->refusals_;
    driver->last_refusal_ = report;
  };
  auto service = MemoryService::Create(service_options);
  if (!service.ok()) {
    model_.Fail(service.status().ToString());
    return;
  }
  service_ = *std::move(service);
  arenas_[0].ref = service_->system_arena();
  arenas_[0].tenant = model_.NewTenant();
  arenas_[0].live = true;
}

ModelDriver::~ModelDriver() = default;

std::string ModelDriver::Run(size_t steps) {
  size_t step = 0;
  for (; step < steps && !choices_->done() && model_.ok(); ++step) Step();
  if (model_.ok()) {
    running_ = "the end";
    EndEverything();
  }
  if (model_.ok()) return "";
  return fmt::format("step {}, {}: {}", step, running_, model_.failure());
}

void ModelDriver::Step() {
  uint64_t total = 0;
  for (const Weighted& operation : kOperations) total += operation.weight;
  uint64_t at = choices_->Below(total);
  for (const Weighted& operation : kOperations) {
    if (at < operation.weight) {
      running_ = operation.name;
      (this->*operation.run)();
      return;
    }
    at -= operation.weight;
  }
}

// Sizes where something changes: classes and their neighbours, pages, what no
// system has.
size_t ModelDriver::PickSize() {
  // So much is out at once that a fuzzer's machine can hold it.
  constexpr uint64_t kMostLive = uint64_t{512} << 20;
  const uint64_t kind = choices_->Below(64);
  if (kind < 24 || model_.live_bytes() > kMostLive) return choices_->Below(520);
  if (kind < 36) return choices_->Below(20000);
  if (kind < 48) {
    const auto index = static_cast<uint8_t>(choices_->Below(62));
    return ClassSize(allocator::ClassIndex{index}) - 1 + choices_->Below(3);
  }
  if (kind < 58) return choices_->Below(size_t{256} << 10);
  if (kind < 62) return choices_->Below(size_t{4} << 20);
  if (kind < 63) return size_t{1} << (20 + choices_->Below(9));
  constexpr size_t kTooLarge[] = {
      std::numeric_limits<size_t>::max(),
      std::numeric_limits<size_t>::max() - 4095,
      std::numeric_limits<size_t>::max() / 2 + 1,
      allocator::kMaxSize + 1,
  };
  return kTooLarge[choices_->Below(std::size(kTooLarge))];
}

ModelDriver::Door ModelDriver::PickDoor() {
  if (choices_->Below(3) != 0) {
    TcacheSlot& slot = tcaches_[choices_->Below(tcaches_.size())];
    if (slot.open) {
      return {&slot.tcache, &arenas_[slot.arena],
              IsStale(slot.arena, slot.epoch)};
    }
  }
  ArenaSlot& slot = arenas_[choices_->Below(arenas_.size())];
  return {nullptr, &slot, !slot.live};
}

ModelDriver::ArenaSlot& ModelDriver::PickLive() {
  ArenaSlot& slot = arenas_[choices_->Below(arenas_.size())];
  return slot.live ? slot : arenas_[0];
}

uint64_t ModelDriver::RegionBytes(size_t arena) const {
  uint64_t bytes = 0;
  for (const RegionSlot& slot : regions_) {
    if (slot.open && slot.arena == arena && !IsStale(slot.arena, slot.epoch)) {
      bytes += slot.region.bytes();
    }
  }
  return bytes;
}

void ModelDriver::Finish(const Door& door, const Before& before,
                         AllocationResult result, size_t size, size_t free_size,
                         size_t alignment, bool zeroed) {
  if (result.ptr == nullptr) {
    if (door.stale) {
      model_.Expect(refusals_ == before.refusals,
                    "a stale handle caused a refusal report");
    } else {
      CheckRefusal(*door.arena, before, size);
    }
    return;
  }
  model_.Expect(!door.stale, "a stale handle gave memory");
  model_.Expect(refusals_ == before.refusals,
                "memory was given, and a refusal reported");
  model_.Expect(service_->UsableSize(result.ptr) == result.usable,
                "UsableSize differs from what was said");
  model_.Add({.at = result.ptr,
              .size = size,
              .usable = result.usable,
              .free_size = free_size,
              .tenant = door.arena->tenant},
             alignment, zeroed);
}

// Exactly one report, of the arena that was asked, with a reason that holds.
void ModelDriver::CheckRefusal(const ArenaSlot& slot, const Before& before,
                               size_t size) {
  // Descriptors, a bin, what an arena needs first: metadata is charged, too.
  constexpr uint64_t kMostMetadata = 8192;
  model_.Expect(
      refusals_ == before.refusals + 1,
      fmt::format("{} refusal reports for null", refusals_ - before.refusals));
  const RefusalReport& report = last_refusal_;
  model_.Expect(report.arena_index == slot.ref.index() &&
                    slot.ref.name() == report.arena_name,
                "the refusal names another arena");
  if (report.failure == PageFailure::kOutOfMemory) {
    model_.Expect(
        size > allocator::kMaxSize || os_.failures() > before.failures,
        "out of memory, though the system refused nothing");
    return;
  }
  const bool own = report.failure == PageFailure::kArenaLimit;
  const uint64_t limit = own ? slot.limit : service_limit_;
  model_.Expect(limit != 0 && report.limit_bytes == limit,
                "refused by a limit that is not set");
  model_.Expect(size <= allocator::kMaxSize, "a limit refused the impossible");
  if (!model_.ok()) return;
  const allocator::ClassIndex size_class = ClassOf(size);
  const uint64_t needed =
      allocator::IsSmall(size_class)
          ? allocator::GeometryOf(size_class).shapes[0].pages *
                allocator::kPageSize
          : ClassSize(size_class);
  stats::ArenaStatistics figures;
  stats::ReadArena(*slot.ref.live(), &figures);
  model_.Expect(figures.parked_tcaches == 0 && figures.parked == 0,
                "refused while the arena kept warm what nobody uses");
  // The arena's dirty pages must have been reclaimed, as far as the system
  // took them.
  const bool refused_purge = os_.failures() > before.failures;
  const uint64_t dirty = refused_purge ? 0 : report.dirty_bytes;
  const uint64_t held = report.charged_bytes - dirty;
  model_.Expect(
      held + needed + kMostMetadata > limit,
      fmt::format("{} bytes refused with {} of {} charged and {} dirty", size,
                  report.charged_bytes, limit, report.dirty_bytes));
}

}  // namespace acre::testing
