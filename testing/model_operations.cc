// The data plane's operations of the model driver.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "allocator/base/size_class.h"
#include "testing/model_driver.h"

namespace acre::testing {
namespace {

using allocator::ClassOf;
using allocator::ClassSize;
using allocator::kMaxSize;

// What an allocation of `size` may use; 0 where no allocation can be had.
size_t ClassBytes(size_t size) {
  return size > kMaxSize ? 0 : ClassSize(ClassOf(size));
}

// The alignment that every allocation of `size` has.
size_t NaturalAlignment(size_t size) { return size <= 8 ? 8 : 16; }

}  // namespace

void ModelDriver::Allocate() {
  const Door door = PickDoor();
  const size_t size = PickSize();
  const Before before = Now();
  void* const p =
      Through(door, [&](auto& handle) { return handle.Allocate(size); });
  Finish(door, before, {p, ClassBytes(size)}, size, size,
         NaturalAlignment(size), false);
}

void ModelDriver::AllocateZeroed() {
  const Door door = PickDoor();
  const size_t size = PickSize();
  const Before before = Now();
  void* const p =
      Through(door, [&](auto& handle) { return handle.AllocateZeroed(size); });
  Finish(door, before, {p, ClassBytes(size)}, size, size,
         NaturalAlignment(size), true);
}

void ModelDriver::AllocateAtLeast() {
  const Door door = PickDoor();
  const size_t size = PickSize();
  const Before before = Now();
  const AllocationResult result =
      Through(door, [&](auto& handle) { return handle.AllocateAtLeast(size); });
  model_.Expect(result.usable == (result.ptr == nullptr ? 0 : ClassBytes(size)),
                "AllocateAtLeast does not say the size class");
  // All of it may be written, and any size of the class be given back.
  const size_t used = result.ptr == nullptr ? size : result.usable;
  Finish(door, before, result, used, choices_->OneIn(2) ? size : used,
         NaturalAlignment(size), false);
}

void ModelDriver::AllocateAligned() {
  const Door door = PickDoor();
  const size_t size = PickSize();
  const size_t shift =
      choices_->OneIn(6) ? choices_->Below(33) : choices_->Below(13);
  size_t alignment = size_t{1} << shift;
  if (choices_->OneIn(32)) alignment += choices_->Below(2) * 2 + 1;
  const bool allowed = allocator::IsPowerOfTwo(alignment) &&
                       alignment <= allocator::kMaxAlignment;
  const Before before = Now();
  void* const p = Through(door, [&](auto& handle) {
    return handle.AllocateAligned(size, alignment);
  });
  if (!allowed) {
    model_.Expect(p == nullptr && refusals_ == before.refusals,
                  "an alignment that is not allowed was served or counted");
    return;
  }
  const size_t usable = p == nullptr ? 0 : service_->UsableSize(p);
  // A refusal is for the pages that hold it.
  const size_t asked = p == nullptr && alignment > allocator::kPageSize
                           ? std::max<size_t>(size, 16384)
                           : size;
  Finish(door, before, {p, usable}, asked == size ? size : asked, usable,
         std::max(alignment, NaturalAlignment(size)), false);
}

void ModelDriver::Free() {
  if (model_.freeable_count() == 0) return;
  const Allocation a =
      model_.Freeable(choices_->Below(model_.freeable_count()));
  const Door door = PickDoor();
  model_.Remove(a.at);
  // The system arena's ref stands in for handles that name no arena at all.
  if (door.tcache == nullptr && !door.stale && choices_->OneIn(3)) {
    service_->Deallocate(a.at);
  } else if (door.tcache != nullptr || door.arena->ref != ArenaRef()) {
    Through(door, [&](auto& handle) { handle.Deallocate(a.at); });
  } else {
    service_->Deallocate(a.at);
  }
}

void ModelDriver::FreeSized() {
  if (model_.freeable_count() == 0) return;
  const Allocation a =
      model_.Freeable(choices_->Below(model_.freeable_count()));
  Door door = PickDoor();
  if (door.tcache == nullptr && door.stale) door.arena = &arenas_[0];
  model_.Remove(a.at);
  Through(door, [&](auto& handle) { handle.Deallocate(a.at, a.free_size); });
}

void ModelDriver::Reallocate() {
  if (model_.freeable_count() == 0) return;
  const Allocation a =
      model_.Freeable(choices_->Below(model_.freeable_count()));
  const Door door = PickDoor();
  const size_t size = PickSize();
  const Before before = Now();
  void* const p = Through(
      door, [&](auto& handle) { return handle.Reallocate(a.at, size); });
  if (p == nullptr) {
    model_.CheckContent(a);
    if (!door.stale) CheckRefusal(*door.arena, before, size);
    return;
  }
  model_.Expect(!door.stale, "a stale handle reallocated");
  const Tenant tenant = p == a.at ? a.tenant : door.arena->tenant;
  model_.Move(a.at, {.at = p,
                     .size = size,
                     .usable = service_->UsableSize(p),
                     .free_size = size,
                     .tenant = tenant});
}

void ModelDriver::ReallocateByAddress() {
  if (model_.freeable_count() == 0) return;
  const Allocation a =
      model_.Freeable(choices_->Below(model_.freeable_count()));
  const size_t size = PickSize();
  const Before before = Now();
  void* const p = service_->Reallocate(a.at, size);
  if (p == nullptr) {
    model_.CheckContent(a);
    for (const ArenaSlot& slot : arenas_) {
      if (slot.live && slot.tenant == a.tenant) {
        CheckRefusal(slot, before, size);
      }
    }
    return;
  }
  model_.Move(a.at, {.at = p,
                     .size = size,
                     .usable = service_->UsableSize(p),
                     .free_size = size,
                     .tenant = a.tenant});
}

void ModelDriver::ResizeInPlace() {
  if (model_.freeable_count() == 0) return;
  const Allocation a =
      model_.Freeable(choices_->Below(model_.freeable_count()));
  const Door door = PickDoor();
  const size_t size = choices_->OneIn(2)
                          ? PickSize()
                          : a.usable / 2 + choices_->Below(a.usable);
  const Before before = Now();
  const bool resized = Through(
      door, [&](auto& handle) { return handle.ResizeInPlace(a.at, size); });
  model_.Expect(refusals_ == before.refusals,
                "resizing in place counted as an allocation");
  const size_t usable = service_->UsableSize(a.at);
  if (!resized) {
    model_.Expect(usable == a.usable, "a resize that failed changed the size");
    model_.CheckContent(a);
    return;
  }
  model_.Expect(usable == ClassBytes(size), "resized to another size class");
  model_.Move(a.at, {.at = a.at,
                     .size = size,
                     .usable = usable,
                     .free_size = size,
                     .tenant = a.tenant});
}

void ModelDriver::OpenTcache() {
  TcacheSlot& slot = tcaches_[choices_->Below(tcaches_.size())];
  slot.arena = choices_->Below(arenas_.size());
  const ArenaSlot& arena = arenas_[slot.arena];
  slot.epoch = arena.epoch;
  // Closes what was there.
  slot.tcache = arena.ref.OpenTcache();
  slot.open = arena.live;
  model_.Expect(slot.tcache.valid() == arena.live,
                "a tcache is valid exactly if its arena is live");
}

void ModelDriver::CloseTcache() {
  TcacheSlot& slot = tcaches_[choices_->Below(tcaches_.size())];
  slot.tcache.Close();
  slot.open = false;
  model_.Expect(!slot.tcache.valid() && slot.tcache.Allocate(1) == nullptr,
                "a closed tcache gave memory");
}

// Queries that come and go: so many that the caches that they leave warm are
// trimmed of what none of them needs.
void ModelDriver::CycleTcaches() {
  ArenaSlot& slot = PickLive();
  const uint64_t queries = choices_->Below(150);
  const size_t size = choices_->Below(5000);
  for (uint64_t i = 0; i < queries; ++i) {
    acre::Tcache tcache = slot.ref.OpenTcache();
    for (uint64_t n = i % 8 == 0 ? 20 : 2; n > 0; --n) {
      if (void* const p = tcache.Allocate(size)) tcache.Deallocate(p);
    }
  }
}

void ModelDriver::AllocateInRegion() {
  RegionSlot& slot = regions_[choices_->Below(regions_.size())];
  if (!slot.open) {
    slot.arena = choices_->Below(arenas_.size());
    slot.epoch = arenas_[slot.arena].epoch;
    slot.region = arenas_[slot.arena].ref.OpenRegion();
    slot.id = ++last_region_;
    slot.open = true;
  }
  const size_t size = PickSize();
  const size_t alignment = size_t{1} << choices_->Below(13);
  ArenaSlot& arena = arenas_[slot.arena];
  const bool stale = IsStale(slot.arena, slot.epoch);
  const Before before = Now();
  void* const p = slot.region.Allocate(size, alignment);
  if (p == nullptr) {
    if (!stale) CheckRefusal(arena, before, std::max<size_t>(size, 32768));
    return;
  }
  model_.Expect(!stale, "a stale region gave memory");
  model_.Add({.at = p,
              .size = size,
              .usable = std::max<size_t>(size, 1),
              .tenant = arena.tenant,
              .region = slot.id},
             alignment);
}

void ModelDriver::DropRegion() {
  RegionSlot& slot = regions_[choices_->Below(regions_.size())];
  if (!slot.open) return;
  model_.RemoveRegion(slot.id);
  slot.region.Drop();
  model_.Expect(slot.region.bytes() == 0, "a dropped region holds blocks");
}

void ModelDriver::CloseRegion() {
  RegionSlot& slot = regions_[choices_->Below(regions_.size())];
  if (!slot.open) return;
  model_.RemoveRegion(slot.id);
  slot.region.Close();
  slot.open = false;
}

}  // namespace acre::testing
