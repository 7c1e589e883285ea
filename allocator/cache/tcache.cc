#include "allocator/cache/tcache.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "allocator/arena/cache_memory.h"
#include "allocator/arena/domain.h"
#include "allocator/base/check.h"
#include "allocator/base/clock.h"
#include "allocator/cache/cache_policy.h"

namespace acre::allocator {
namespace {

// A look at what stays unused every so many closes.
constexpr uint8_t kClosesPerTrim = 64;

constexpr ClassIndex ClassAt(size_t c) {
  return ClassIndex{static_cast<uint8_t>(c)};
}

void SetCapacity(CacheState* state, ClassIndex index, size_t capacity) {
  CacheBin& bin = state->bins[Raw(index)];
  state->allowed_bytes =
      static_cast<uint32_t>(state->allowed_bytes + capacity * ClassSize(index) -
                            bin.capacity() * ClassSize(index));
  bin.SetCapacity(capacity);
}

}  // namespace

constinit CacheState closed_cache_state;

Tcache::Tcache(Arena* arena, uint32_t cache_generation) noexcept : Tcache() {
  if (arena == nullptr) return;
  arena_ = arena;
  domain_ = arena->domain;
  pages_ = domain_->page_map().view();
  generation_ = cache_generation;
}

// Takes a warm cache, or makes one. False when there is no memory for one: the
// tcache then works without.
bool Tcache::Bind() noexcept {
  if constexpr (kCheckedBuild) return false;
  CacheState* state = arena_->caches.TakeParked();
  if (state == nullptr) state = NewCache(arena_);
  if (state == nullptr) return false;
  state->opened_at_ns.store(SystemClock::CoarseNow(),
                            std::memory_order_relaxed);
  state_ = state;
  return true;
}

void* Tcache::AllocateSlow(size_t size) noexcept {
  if (!valid()) return nullptr;
  if (size > kMaxCachedSize) return arena_->Allocate(size);
  return AllocateClass(ClassOf(size));
}

void* Tcache::AllocateClass(ClassIndex index) noexcept {
  if (!bound() && !Bind()) return arena_->Allocate(ClassSize(index));
  CacheBin& bin = state_->bins[Raw(index)];
  const size_t count = bin.count();
  if (count == 0) return Refill(index);
  void* const ptr = *bin.top.load(std::memory_order_relaxed);
  bin.SetCount(count - 1);
  return ptr;
}

void* Tcache::Refill(ClassIndex index) noexcept {
  const size_t c = Raw(index);
  state_->ran_empty |= uint64_t{1} << c;
  if (!IsSmall(index)) return arena_->AllocateLarge(index, kPageSize, nullptr);
  CacheBin& bin = state_->bins[c];
  const size_t wanted = bin.fill_count;
  if (bin.capacity() < 2 * wanted) {
    AllowCapacity(index, NextCapacity(index, std::max(bin.capacity(), wanted)));
  }
  if (bin.capacity() == 0) return arena_->Allocate(ClassSize(index));
  // Not into the stack at once: the engine may be asked to make room meanwhile,
  // and free through this very cache.
  void* batch[UINT8_MAX];
  const size_t got =
      arena_->FillBatch(index, batch, std::min(wanted, bin.capacity()));
  if (got == 0) return nullptr;
  bin.fill_count = static_cast<uint8_t>(NextFill(wanted, MostCapacity(index)));
  const size_t count = bin.count();
  const size_t kept = std::min(got - 1, bin.capacity() - count);
  const size_t surplus = got - 1 - kept;
  // The last ones are the lowest, and the first to be used.
  memcpy(bin.slots.load(std::memory_order_relaxed) + 1 + count, batch + surplus,
         kept * sizeof(void*));
  bin.SetCount(count + kept);
  if (surplus != 0) arena_->FlushBatch(index, batch, surplus);
  return batch[got - 1];
}

// Raises a class's capacity within what one cache may hold, at the cost of
// other classes where it must.
bool Tcache::AllowCapacity(ClassIndex index, size_t capacity) noexcept {
  const size_t before = state_->bins[Raw(index)].capacity();
  if (capacity <= before) return false;
  const size_t bytes = (capacity - before) * ClassSize(index);
  const size_t limit = arena_->caches.tcache_limit();
  if (bytes > limit) return false;
  if (state_->allowed_bytes + bytes > limit) {
    TakeFromOthers(index, state_->allowed_bytes + bytes - limit);
    if (state_->allowed_bytes + bytes > limit) return false;
  }
  if (!ReserveSlots(state_, index, capacity)) return false;
  SetCapacity(state_, index, capacity);
  return true;
}

// Halves the capacity of other classes in turn until `bytes` are free.
void Tcache::TakeFromOthers(ClassIndex index, size_t bytes) noexcept {
  size_t taken = 0;
  for (size_t looked = 0; looked < kCachedClasses && taken < bytes; ++looked) {
    const size_t c = state_->next_victim;
    state_->next_victim = static_cast<uint8_t>((c + 1) % kCachedClasses);
    CacheBin& bin = state_->bins[c];
    const size_t capacity = bin.capacity();
    if (c == Raw(index) || capacity == 0) continue;
    const size_t count = bin.count();
    const size_t left = capacity / 2;
    if (count > left) FlushOldest(arena_, state_, ClassAt(c), count - left);
    SetCapacity(state_, ClassAt(c), left);
    taken += (capacity - left) * ClassSize(ClassAt(c));
  }
}

// Makes room for one region on a full stack. False when the class gets none.
bool Tcache::MakeRoom(ClassIndex index) noexcept {
  CacheBin& bin = state_->bins[Raw(index)];
  const size_t capacity = bin.capacity();
  if (AllowCapacity(index, NextCapacity(index, capacity))) return true;
  const size_t count = bin.count();
  if (capacity == 0) return false;
  FlushOldest(arena_, state_, index, std::max<size_t>(1, FlushCount(count)));
  return true;
}

void Tcache::DeallocateSlow(void* ptr) noexcept {
  if (ptr == nullptr) return;
  const auto address = reinterpret_cast<uintptr_t>(ptr);
  if (domain_ == nullptr) {
    // A closed tcache knows no domain that could report it.
    ACRE_CHECK(domain_ != nullptr && "Deallocate through a closed tcache");
  }
  const PageEntry entry = pages_.Lookup(address);
  Arena* owner = domain_->ArenaOfTag(entry.owner_tag());
  if (owner == nullptr) {
    domain_->Report(
        MisuseReport{.rule = MisuseRule::kNotAcres, .address = ptr});
    return;
  }
  if (owner != arena_ || !valid()) {
    if (owner != arena_) owner->foreign_frees.Add(1);
    owner->FreeVerified(ptr, entry);
    return;
  }
  const size_t c = entry.shown_class();
  if (c >= kCachedClasses || (!bound() && !Bind())) {
    owner->FreeVerified(ptr, entry);
    return;
  }
  CacheBin& bin = state_->bins[c];
  if (c < kSmallClasses ? !owner->IsRegion(entry, address)
                        : entry.OffsetInSlab(address) != 0) {
    owner->Report(MisuseRule::kInteriorPointer, ptr, ClassSize(ClassAt(c)));
    return;
  }
  if (*bin.top.load(std::memory_order_relaxed) == ptr) {
    owner->Report(MisuseRule::kDoubleFree, ptr, ClassSize(ClassAt(c)));
    return;
  }
  if (bin.count() >= bin.capacity() && !MakeRoom(ClassAt(c))) {
    owner->FreeVerified(ptr, entry);
    return;
  }
  void** const top = bin.top.load(std::memory_order_relaxed);
  top[1] = ptr;
  bin.top.store(top + 1, std::memory_order_relaxed);
}

void Tcache::DeallocateSizedSlow(void* ptr, size_t size) noexcept {
  if (ptr == nullptr) return;
  if (domain_ == nullptr) return DeallocateSlow(ptr);  // Does not come back.
  const size_t usable = UsableSize(ptr);
  if (usable == 0) return;  // Reported.
  if (size > kMaxSize || ClassSize(ClassOf(size)) != usable) {
    Arena* owner = domain_->OwnerOf(ptr);
    owner->Report(MisuseRule::kWrongSize, ptr, usable, size);
    return;
  }
  DeallocateSlow(ptr);
}

void* Tcache::AllocateAligned(size_t size, size_t alignment) noexcept {
  ClassIndex index;
  if (IsPowerOfTwo(alignment) && AlignedSmallClass(size, alignment, &index)) {
    return Allocate(ClassSize(index));
  }
  if (!valid()) return nullptr;
  return arena_->AllocateAligned(size, alignment);
}

void* Tcache::AllocateZeroed(size_t size) noexcept {
  // Large memory fresh from the system is zero; what is cached is warm, and
  // clearing it costs less than page faults.
  if (size > kMaxCachedSize ||
      (size > kMaxSmallSize && state_->bins[Raw(ClassOf(size))].count() == 0)) {
    return valid() ? arena_->AllocateZeroed(size) : nullptr;
  }
  void* p = Allocate(size);
  if (p != nullptr) memset(p, 0, size);
  return p;
}

size_t Tcache::UsableSize(const void* ptr) const noexcept {
  if (ptr == nullptr || domain_ == nullptr) return 0;
  return domain_->UsableSize(ptr);
}

bool Tcache::ResizeInPlace(void* ptr, size_t size) noexcept {
  return domain_ != nullptr && domain_->ResizeInPlace(ptr, size);
}

void* Tcache::Reallocate(void* ptr, size_t size) noexcept {
  if (ptr == nullptr) return Allocate(size);
  if (!valid()) return nullptr;
  return domain_->ReallocateWith(
      ptr, size, [this](size_t bytes) { return Allocate(bytes); },
      [this](void* old) { Deallocate(old); });
}

// Gives back a quarter of each stock that no query ran out of lately: it was
// more than was needed.
void Tcache::TrimUnused() noexcept {
  for (uint64_t left = state_->used_classes.load(std::memory_order_relaxed) &
                       ~state_->ran_empty;
       left != 0; left &= left - 1) {
    const ClassIndex index =
        ClassAt(static_cast<size_t>(std::countr_zero(left)));
    CacheBin& bin = state_->bins[Raw(index)];
    const size_t count = bin.count();
    if (count == 0) continue;
    const size_t capacity = bin.capacity();
    FlushOldest(arena_, state_, index, (count + 3) / 4);
    SetCapacity(state_, index, capacity - capacity / 4);
  }
  state_->ran_empty = 0;
}

void Tcache::Close() noexcept {
  CacheState* const state = state_;
  Arena* const arena = arena_;
  if (state != &closed_cache_state) {
    if (state->arena == nullptr) {
      FreeDetached(domain_, state);
    } else {
      if (++state->closes == kClosesPerTrim) {
        state->closes = 0;
        TrimUnused();
      }
      const uint64_t bytes = HoldingsOf(*state).bytes + CacheMetadata(*state);
      if (!arena->caches.Park(state, bytes)) {
        FlushCache(arena, state);
        arena->caches.Remove(state);
        FreeCache(arena, state);
      }
      arena->NoteUnused();
    }
  }
  *this = Tcache();
}

}  // namespace acre::allocator
