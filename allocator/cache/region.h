// Bump memory with the life of a query: allocations are laid one after the
// other in blocks of the arena and dropped all at once; none is freed by
// itself. Blocks are parked warm with the arena for the next region.
//
// Used by one thread at a time. Stale after its arena was reset or destroyed:
// allocations then return null.

#ifndef ACRE_ALLOCATOR_CACHE_REGION_H_
#define ACRE_ALLOCATOR_CACHE_REGION_H_

#include <cstddef>
#include <cstdint>

#include "allocator/arena/arena.h"
#include "allocator/arena/arena_caches.h"

namespace acre::allocator {

extern RegionState closed_region_state;

class Region {
 public:
  Region() noexcept : state_(&closed_region_state) {}
  Region(Arena* arena, uint32_t cache_generation) noexcept;

  // `alignment` is a power of two up to a page. Null at a limit, out of
  // memory, or when stale. Size 0 is served as size 1. O(1).
  void* Allocate(size_t size, size_t alignment) noexcept {
    size += size == 0;
    const uintptr_t at = state_->at;
    const size_t pad = -at & (alignment - 1);
    const size_t left = state_->end - at;
    if (pad <= left && size <= left - pad) [[likely]] {
      state_->at = at + pad + size;
      return reinterpret_cast<void*>(at + pad);
    }
    return AllocateSlow(size, alignment);
  }

  // Drops everything allocated so far; the region stays open. O(blocks).
  void Drop() noexcept;
  // Drops, and leaves a closed region. Idempotent.
  void Close() noexcept;

  bool valid() const noexcept {
    return arena_ != nullptr && arena_->cache_generation.load(
                                    std::memory_order_acquire) == generation_;
  }
  Arena* arena() const { return arena_; }
  // Bytes of the blocks it holds.
  uint64_t block_bytes() const { return state_->block_bytes; }

 private:
  void* AllocateSlow(size_t size, size_t alignment) noexcept;
  bool Bind() noexcept;
  bool bound() const { return state_ != &closed_region_state; }

  RegionState* state_;
  Arena* arena_ = nullptr;
  Domain* domain_ = nullptr;
  uint32_t generation_ = 0;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_CACHE_REGION_H_
