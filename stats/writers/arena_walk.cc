#include "stats/writers/arena_walk.h"

#include <atomic>

namespace acre::stats {

bool ArenaWalk::Read(const allocator::Arena& arena) noexcept {
  arena_ = {};
  ReadArena(arena, &arena_);
  bin_count_ = ReadBins(arena, &bins_);
  large_count_ = ReadLarge(arena, &large_);
  dirty_decay_ms_ = arena.decay_settings.dirty_ms.load();
  muzzy_decay_ms_ = arena.decay_settings.muzzy_ms.load();
  // Gone meanwhile, or another arena by now: the figures are neither's.
  return arena_.generation != 0 &&
         arena_.generation == arena.generation.load(std::memory_order_acquire);
}

bool ArenaWalk::Next() noexcept {
  while (const allocator::Arena* arena = domain_.NextArena(&next_)) {
    if (!Read(*arena)) continue;
    AddTo(arena_, &service_.arenas);
    ++service_.arena_count;
    return true;
  }
  return false;
}

ServiceStatistics ArenaWalk::Service(Locking locking) const noexcept {
  ServiceStatistics service = service_;
  CompleteService(domain_, locking, &service);
  return service;
}

}  // namespace acre::stats
