// The memory of caches: making, growing, emptying and freeing a CacheState.
// All of it is metadata of the arena, charged to it; all of it can fail.

#ifndef ACRE_ALLOCATOR_ARENA_CACHE_MEMORY_H_
#define ACRE_ALLOCATOR_ARENA_CACHE_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/size_class.h"
#include "allocator/cache/cache_state.h"

namespace acre::allocator {

struct Arena;
class Domain;

// An empty cache of the arena, in its list; null at a limit or out of memory.
CacheState* NewCache(Arena* arena) noexcept;

// Makes room for `capacity` regions of a class in its stack. False at a limit
// or out of memory; the stack is unchanged then.
bool ReserveSlots(CacheState* state, ClassIndex index,
                  size_t capacity) noexcept;

// Gives back the `n` oldest regions of a class.
void FlushOldest(Arena* arena, CacheState* state, ClassIndex index,
                 size_t n) noexcept;
// Gives back everything. The stacks keep their slots.
void FlushCache(Arena* arena, CacheState* state) noexcept;

// Frees the memory of an empty cache, or of one whose content was discarded.
// It is in no list.
void FreeCache(Arena* arena, CacheState* state) noexcept;

// The arena gives up an open cache: it becomes stale, holds nothing, and
// belongs to its user alone, who frees it with FreeDetached.
void DetachCache(Arena* arena, CacheState* state) noexcept;
void FreeDetached(Domain* domain, CacheState* state) noexcept;

// Bytes of metadata that a cache takes.
size_t CacheMetadata(const CacheState& state) noexcept;

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_CACHE_MEMORY_H_
