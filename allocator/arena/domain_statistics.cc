// What a domain tells of itself: what its metadata is for, and its locks.

#include <algorithm>
#include <array>
#include <cstddef>

#include "allocator/arena/domain.h"

namespace acre::allocator {

MetadataSizes Domain::metadata_sizes() const {
  MetadataSizes sizes = {.arenas = arenas_.held_bytes(),
                         .bins = bins_.held_bytes(),
                         .extents = extents_.pool().pool().held_bytes(),
                         .free_extents = free_extents_.held_bytes(),
                         .large = large_counters_.held_bytes(),
                         .decay = decays_.held_bytes(),
                         .tcaches = cache_states_.held_bytes(),
                         .regions = region_states_.held_bytes(),
                         .page_map = page_map().metadata_bytes(),
                         .ranges = sources_.metadata_bytes()};
  for (const MetadataPool& pool : slots_) sizes.tcaches += pool.held_bytes();
  return sizes;
}

std::array<MetadataPool*, Domain::kPools> Domain::Pools() noexcept {
  std::array<MetadataPool*, kPools> pools = {
      &arenas_, &bins_,         &large_counters_, &free_extents_,
      &decays_, &cache_states_, &region_states_};
  size_t n = kPools - kSlotSizes;
  for (MetadataPool& pool : slots_) pools[n++] = &pool;
  return pools;
}

std::array<const MetadataPool*, Domain::kPools> Domain::Pools() const noexcept {
  // The same ones, not to be changed.
  const auto pools = const_cast<Domain*>(this)->Pools();
  std::array<const MetadataPool*, kPools> same;
  std::copy(pools.begin(), pools.end(), same.begin());
  return same;
}

DomainLocks Domain::lock_counts() const noexcept {
  DomainLocks locks = {.sources = sources_.lock_counts(),
                       .ranges = sources_.ranges_lock_counts(),
                       .grants = sources_.grants_lock_counts(),
                       .page_map = extents_.map_lock_counts(),
                       .pools = extents_.pool_lock_counts(),
                       .governor = governor_.lock_counts(),
                       .total = total_.lock_counts()};
  for (const ControlMutex& mutex : control_) locks.control += mutex.counts();
  for (const MetadataPool* pool : Pools()) locks.pools += pool->lock_counts();
  return locks;
}

void Domain::ForgetLockCounts() noexcept {
  for (ControlMutex& mutex : control_) {
    MutexLock<LockRank::kArenaControl> lock(&mutex);
    mutex.ForgetCounts();
  }
  sources_.ForgetLockCounts();
  extents_.ForgetLockCounts();
  for (MetadataPool* pool : Pools()) pool->ForgetLockCounts();
  governor_.ForgetLockCounts();
  total_.ForgetLockCounts();
  ForEachArena([this](Arena& arena) {
    // It must not end meanwhile.
    MutexLock<LockRank::kArenaControl> lock(ControlOf(arena.index));
    if (arena.generation.load(std::memory_order_acquire) != 0) {
      arena.ForgetLockCounts();
    }
  });
}

}  // namespace acre::allocator
