#include "allocator/arena/cache_memory.h"

#include <bit>
#include <cstring>
#include <new>

#include "allocator/arena/arena.h"
#include "allocator/arena/domain.h"
#include "allocator/base/check.h"
#include "allocator/cache/cache_policy.h"

namespace acre::allocator {

namespace {

constexpr ClassIndex ClassAt(size_t c) {
  return ClassIndex(static_cast<uint8_t>(c));
}

constexpr size_t SlotBytes(uint8_t shift) {
  return shift == 0 ? 0 : sizeof(void*) << shift;
}

// Calls visit(size_t class) for each class whose stack has slots.
template <typename Visit>
void ForEachUsed(const CacheState& state, Visit visit) {
  for (uint64_t left = state.used_classes.load(std::memory_order_relaxed);
       left != 0; left &= left - 1) {
    visit(static_cast<size_t>(std::countr_zero(left)));
  }
}

// Empty and full, without slots.
void ResetBin(CacheBin* bin) {
  bin->top.store(no_slots, std::memory_order_relaxed);
  bin->limit.store(no_slots, std::memory_order_relaxed);
  bin->slots.store(no_slots, std::memory_order_relaxed);
  bin->slot_shift = 0;
}

void FreeSlots(Domain* domain, Arena* charged, CacheState* state) {
  ForEachUsed(*state, [&](size_t c) {
    CacheBin& bin = state->bins[c];
    const uint8_t shift = bin.slot_shift;
    void** const slots = bin.slots.load(std::memory_order_relaxed);
    ResetBin(&bin);
    domain->slots(shift).Free(slots);
    charged->pages.ReleaseMetadata(SlotBytes(shift));
  });
  state->used_classes.store(0, std::memory_order_relaxed);
}

}  // namespace

CacheState* NewCache(Arena* arena) noexcept {
  if (!arena->pages.ChargeMetadata(sizeof(CacheState))) return nullptr;
  void* memory = arena->domain->cache_states().Allocate();
  if (memory == nullptr) {
    arena->pages.ReleaseMetadata(sizeof(CacheState));
    return nullptr;
  }
  auto* state = static_cast<CacheState*>(memory);
  // What a late reader of another arena's list may look at is atomic.
  for (size_t c = 0; c <= kCachedClasses; ++c) {
    CacheBin& bin = state->bins[c];
    ResetBin(&bin);
    const bool cached = c < kCachedClasses;
    bin.reciprocal = cached ? ReciprocalOf(ClassAt(c)) : 0;
    bin.tail = cached ? TailOf(ClassAt(c)) : UINT16_MAX;
    bin.fill_count =
        cached ? static_cast<uint8_t>(FirstFill(ClassAt(c))) : uint8_t{0};
  }
  state->owner_tag = arena->tag();
  state->allowed_bytes = 0;
  state->arena = arena;
  state->used_classes.store(0, std::memory_order_relaxed);
  state->next_parked = nullptr;
  state->parked_bytes.store(0, std::memory_order_relaxed);
  state->parked.store(false, std::memory_order_relaxed);
  state->closes = 0;
  state->next_victim = 0;
  state->ran_empty = 0;
  arena->caches.Add(state);
  return state;
}

bool ReserveSlots(CacheState* state, ClassIndex index,
                  size_t capacity) noexcept {
  CacheBin& bin = state->bins[Raw(index)];
  const uint8_t have = bin.slot_shift;
  const uint8_t shift = SlotShiftFor(capacity);
  if (have >= shift) return true;
  Arena* arena = state->arena;
  if (!arena->pages.ChargeMetadata(SlotBytes(shift))) return false;
  void** slots = static_cast<void**>(arena->domain->slots(shift).Allocate());
  if (slots == nullptr) {
    arena->pages.ReleaseMetadata(SlotBytes(shift));
    return false;
  }
  const size_t count = bin.count();
  const size_t capacity_before = bin.capacity();
  void** const old = bin.slots.load(std::memory_order_relaxed);
  memcpy(slots, old, (count + 1) * sizeof(void*));
  slots[0] = nullptr;
  bin.slots.store(slots, std::memory_order_relaxed);
  bin.SetCount(count);
  bin.SetCapacity(capacity_before);
  bin.slot_shift = shift;
  if (have != 0) {
    arena->domain->slots(have).Free(old);
    arena->pages.ReleaseMetadata(SlotBytes(have));
  }
  // After the stack has its slots, for who counts what is in it.
  state->used_classes.store(
      state->used_classes.load(std::memory_order_relaxed) | uint64_t{1}
                                                                << Raw(index),
      std::memory_order_release);
  return true;
}

void FlushOldest(Arena* arena, CacheState* state, ClassIndex index,
                 size_t n) noexcept {
  CacheBin& bin = state->bins[Raw(index)];
  const size_t count = bin.count();
  ACRE_DCHECK(n <= count);
  if (n == 0) return;
  void** const first = bin.slots.load(std::memory_order_relaxed) + 1;
  arena->FlushBatch(index, first, n);
  memmove(first, first + n, (count - n) * sizeof(void*));
  bin.SetCount(count - n);
}

void FlushCache(Arena* arena, CacheState* state) noexcept {
  ForEachUsed(*state, [&](size_t c) {
    FlushOldest(arena, state, ClassAt(c), state->bins[c].count());
  });
}

void FreeCache(Arena* arena, CacheState* state) noexcept {
  FreeSlots(arena->domain, arena, state);
  arena->domain->cache_states().Free(state);
  arena->pages.ReleaseMetadata(sizeof(CacheState));
}

void DetachCache(Arena* arena, CacheState* state) noexcept {
  FreeSlots(arena->domain, arena, state);
  state->owner_tag = kClosedTag;
  state->allowed_bytes = 0;
  state->arena = nullptr;
  arena->pages.ReleaseMetadata(sizeof(CacheState));
}

void FreeDetached(Domain* domain, CacheState* state) noexcept {
  domain->cache_states().Free(state);
}

size_t CacheMetadata(const CacheState& state) noexcept {
  size_t bytes = sizeof(CacheState);
  ForEachUsed(state,
              [&](size_t c) { bytes += SlotBytes(state.bins[c].slot_shift); });
  return bytes;
}

}  // namespace acre::allocator
