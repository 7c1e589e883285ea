// An explicit tcache: the cache of free regions that one query owns, bound to
// one arena, used by one thread at a time.
//
//   Allocate(size)   class by table, pop from the class's stack
//     AllocateSlow     binds a warm cache on first use, fills from the bin
//   Deallocate(ptr)  class and owner from the page map, push
//     DeallocateSlow   foreign arenas, full stacks, misuse
//
// The fast paths take no lock, do no atomic read-modify-write and look up no
// thread-local variable. A pointer is pushed only after the page map has shown
// that it belongs to this arena and is the start of a region; the top of the
// stack is compared, so that freeing a pointer twice in a row is seen at once
// (other double frees are seen when the stack is flushed). In the checked build
// tcaches keep nothing: every operation goes to the bin, whose bitmap knows.
//
// A tcache that has not been used owns nothing: opening and closing it are a
// few stores. When the arena is reset or destroyed the cache becomes stale:
// allocations return null, and frees go to the owner the page map shows.

#ifndef ACRE_ALLOCATOR_CACHE_TCACHE_H_
#define ACRE_ALLOCATOR_CACHE_TCACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "allocator/arena/arena.h"
#include "allocator/base/size_class.h"
#include "allocator/cache/cache_state.h"
#include "allocator/extent/page_map.h"

namespace acre::allocator {

// What an unused or closed tcache points to: every stack is empty and full, so
// each operation takes the slow path. Never written.
extern CacheState closed_cache_state;

namespace internal {

constexpr auto MakeBinOffsets() {
  std::array<uint16_t, kLookupEntries> table{};
  for (size_t i = 0; i < kLookupEntries; ++i) {
    table[i] = static_cast<uint16_t>(kClassLookup[i] << PageEntry::kClassShift);
  }
  return table;
}
// Where the bin of a small size lies in CacheState::bins, in bytes; by the
// size in words, rounded up.
inline constexpr auto kBinOffsets = MakeBinOffsets();

}  // namespace internal

class Tcache {
 public:
  Tcache() noexcept : state_(&closed_cache_state) {}
  // For the arena as it is now; O(1). A null arena gives a closed tcache.
  explicit Tcache(Arena* arena, uint32_t cache_generation) noexcept;

  // No destructor and shallow copies: the owner (engine_adapter's Tcache)
  // closes it exactly once.

  void* Allocate(size_t size) noexcept {
    size_t offset;  // Of the class's bin; folds for a constant size.
    if (__builtin_constant_p(size) && size <= kMaxCachedSize) {
      offset = Raw(ClassOf(size)) << PageEntry::kClassShift;
    } else if (size <= kMaxSmallSize) [[likely]] {
      offset = internal::kBinOffsets[(size + 7) >> internal::kLookupShift];
    } else if (size <= kMaxCachedSize) {
      offset = ClassAbove128(size) << PageEntry::kClassShift;
    } else {
      return AllocateSlow(size);
    }
    CacheBin& bin = *BinAt(offset);
    void** const top = bin.top.load(std::memory_order_relaxed);
    void* const ptr = *top;
    if (ptr == nullptr) [[unlikely]]
      return AllocateSlow(size);
    bin.top.store(top - 1, std::memory_order_relaxed);
    // The class's next allocation is likely to be touched as this one is; by
    // then it is in the first-level cache. Under the last one lies the guard.
    __builtin_prefetch(top[-1], 1);
    return ptr;
  }

  void Deallocate(void* ptr) noexcept {
    const auto address = reinterpret_cast<uintptr_t>(ptr);
    const PageEntry entry = pages_.Lookup(address);
    if (!TryPush(entry, address)) [[unlikely]]
      DeallocateSlow(ptr);
  }

  // `size` must have the size class that the allocation was asked for with.
  void Deallocate(void* ptr, size_t size) noexcept {
    const auto address = reinterpret_cast<uintptr_t>(ptr);
    const PageEntry entry = pages_.Lookup(address);
    if (size <= kMaxCachedSize && entry.shown_class() == Raw(ClassOf(size)) &&
        TryPush(entry, address)) [[likely]] {
      return;
    }
    DeallocateSizedSlow(ptr, size);
  }

  void* AllocateAligned(size_t size, size_t alignment) noexcept;
  void* AllocateZeroed(size_t size) noexcept;
  // Usable bytes of an allocation of any arena of the domain; 0 for null, and
  // with a report for what is none.
  size_t UsableSize(const void* ptr) const noexcept;
  // New memory comes from this arena; a null result leaves the old as it was.
  void* Reallocate(void* ptr, size_t size) noexcept;
  // True if the allocation now has room for `size` where it is.
  bool ResizeInPlace(void* ptr, size_t size) noexcept;

  // Parks what it holds with the arena and leaves a closed tcache. Idempotent.
  void Close() noexcept;

  // Whether allocations can succeed: open, and the arena neither reset nor
  // destroyed since.
  bool valid() const noexcept {
    return arena_ != nullptr && arena_->cache_generation.load(
                                    std::memory_order_acquire) == generation_;
  }
  Arena* arena() const { return arena_; }
  // Bytes it holds for later allocations.
  uint64_t CachedBytes() const noexcept { return HoldingsOf(*state_).bytes; }

 private:
  CacheBin* BinAt(size_t offset) const {
    return reinterpret_cast<CacheBin*>(reinterpret_cast<char*>(state_->bins) +
                                       offset);
  }

  bool TryPush(PageEntry entry, uintptr_t address) noexcept {
    if (entry.owner_tag() != state_->owner_tag) [[unlikely]]
      return false;
    CacheBin& bin = *BinAt(entry.shifted_class());
    // A rest of the division by the class means not the start of a region.
    const uint32_t offset = entry.OffsetInSlab(address);
    const uint32_t rest = offset * bin.reciprocal;
    void** const top = bin.top.load(std::memory_order_relaxed);
    void* const ptr = reinterpret_cast<void*>(address);
    if (rest >= bin.reciprocal || static_cast<uint16_t>(offset) == bin.tail ||
        top >= bin.limit.load(std::memory_order_relaxed) || *top == ptr)
        [[unlikely]] {
      return false;
    }
    top[1] = ptr;
    bin.top.store(top + 1, std::memory_order_relaxed);
    return true;
  }

  void* AllocateSlow(size_t size) noexcept;
  void* AllocateClass(ClassIndex index) noexcept;
  void* Refill(ClassIndex index) noexcept;
  void DeallocateSlow(void* ptr) noexcept;
  void DeallocateSizedSlow(void* ptr, size_t size) noexcept;
  bool Bind() noexcept;
  bool MakeRoom(ClassIndex index) noexcept;
  bool AllowCapacity(ClassIndex index, size_t capacity) noexcept;
  void TakeFromOthers(ClassIndex index, size_t bytes) noexcept;
  void TrimUnused() noexcept;

  bool bound() const { return state_ != &closed_cache_state; }

  CacheState* state_;
  PageMap::View pages_;
  Arena* arena_ = nullptr;
  Domain* domain_ = nullptr;
  uint32_t generation_ = 0;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_CACHE_TCACHE_H_
