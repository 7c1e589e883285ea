// The choice of where an arena's memory comes from.

#ifndef ACRE_ALLOCATOR_ARENA_ARENA_MEMORY_H_
#define ACRE_ALLOCATOR_ARENA_ARENA_MEMORY_H_

#include <cstdint>

#include "allocator/extent/extent_hooks.h"

namespace acre::allocator {

// Whether the kernel may back an arena with hugepages of its choice (THP).
enum class HugepageMode : uint8_t {
  kNever,    // Small pages only.
  kMadvise,  // Once the arena has outgrown a few MiB, for what it takes then.
  kAlways,   // From the start.
};

// Where an arena's memory comes from.
struct ArenaMemory {
  ExtentHooks* hooks = nullptr;  // Null: the domain's.
  // For arenas that name no hooks.
  HugepageMode hugepages = HugepageMode::kNever;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_ARENA_MEMORY_H_
