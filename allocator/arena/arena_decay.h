// What an arena that has unused pages keeps while they decay. Taken from a pool
// when the governor first visits the arena, and given back when nothing unused
// is left: idle arenas have none.

#ifndef ACRE_ALLOCATOR_ARENA_ARENA_DECAY_H_
#define ACRE_ALLOCATOR_ARENA_ARENA_DECAY_H_

#include <atomic>
#include <cstdint>

#include "allocator/page/decay.h"

namespace acre::allocator {

// Guarded by the arena's control lock.
struct ArenaDecay {
  Decay dirty;
  Decay muzzy;
  // The times that the two were started with; 0 when not started.
  int64_t dirty_ms = 0;
  int64_t muzzy_ms = 0;
  // What the arena's counters of use amounted to at the last visit, and since
  // when that has been so.
  uint64_t activity = 0;
  uint64_t active_at_ns = 0;
  // Dirty pages that are due could not be given back at the last visit.
  bool stuck = false;
};

// Changed at any time, by any thread.
struct DecaySettings {
  std::atomic<int64_t> dirty_ms;
  std::atomic<int64_t> muzzy_ms;
  // Dirty pages above this go without waiting for their time.
  std::atomic<uint64_t> most_dirty_bytes;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_ARENA_ARENA_DECAY_H_
