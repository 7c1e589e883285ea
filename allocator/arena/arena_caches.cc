#include "allocator/arena/arena_caches.h"

#include "allocator/base/check.h"

namespace acre::allocator {

CacheState* ArenaCaches::TakeParked() noexcept {
  Lock lock(&mutex_);
  CacheState* state = parked_;
  if (state == nullptr) return nullptr;
  parked_ = state->next_parked;
  parked_cache_bytes_.Sub(state->parked_bytes.load(std::memory_order_relaxed));
  state->parked.store(false, std::memory_order_relaxed);
  state->parked_bytes.store(0, std::memory_order_relaxed);
  return state;
}

void ArenaCaches::Add(CacheState* state) noexcept {
  Lock lock(&mutex_);
  CacheState* first = all_.load(std::memory_order_relaxed);
  state->prev_of_all = nullptr;
  state->next_of_all.store(first, std::memory_order_relaxed);
  if (first != nullptr) first->prev_of_all = state;
  all_.store(state, std::memory_order_release);
}

bool ArenaCaches::Park(CacheState* state, uint64_t bytes) noexcept {
  Lock lock(&mutex_);
  turnover_.Add(1);
  if (parked_cache_bytes_.Get() + parked_block_bytes_.Get() + bytes >
      parked_limit()) {
    return false;
  }
  parked_cache_bytes_.Add(bytes);
  state->parked_bytes.store(bytes, std::memory_order_relaxed);
  state->parked.store(true, std::memory_order_relaxed);
  state->next_parked = parked_;
  parked_ = state;
  return true;
}

void ArenaCaches::UnlinkFromAll(CacheState* state) {
  version_.fetch_add(1, std::memory_order_acq_rel);
  CacheState* next = state->next_of_all.load(std::memory_order_relaxed);
  std::atomic<CacheState*>& link =
      state->prev_of_all == nullptr ? all_ : state->prev_of_all->next_of_all;
  link.store(next, std::memory_order_release);
  if (next != nullptr) next->prev_of_all = state->prev_of_all;
  version_.fetch_add(1, std::memory_order_release);
}

void ArenaCaches::Remove(CacheState* state) noexcept {
  Lock lock(&mutex_);
  UnlinkFromAll(state);
}

CacheState* ArenaCaches::RemoveAny() noexcept {
  Lock lock(&mutex_);
  CacheState* state = all_.load(std::memory_order_relaxed);
  if (state == nullptr) return nullptr;
  UnlinkFromAll(state);
  // The parked list is dropped as a whole: all caches are being removed.
  parked_ = nullptr;
  parked_cache_bytes_.Set(0);
  return state;
}

void ArenaCaches::AddRegion(RegionState* region) noexcept {
  Lock lock(&mutex_);
  region->prev = nullptr;
  region->next = regions_;
  if (regions_ != nullptr) regions_->prev = region;
  regions_ = region;
}

void ArenaCaches::RemoveRegion(RegionState* region) noexcept {
  Lock lock(&mutex_);
  if (region->prev != nullptr) {
    region->prev->next = region->next;
  } else {
    regions_ = region->next;
  }
  if (region->next != nullptr) region->next->prev = region->prev;
}

RegionState* ArenaCaches::RemoveAnyRegion() noexcept {
  Lock lock(&mutex_);
  RegionState* region = regions_;
  if (region == nullptr) return nullptr;
  regions_ = region->next;
  if (regions_ != nullptr) regions_->prev = nullptr;
  return region;
}

Extent* ArenaCaches::TakeBlock() noexcept {
  Lock lock(&mutex_);
  Extent* block = blocks_;
  if (block == nullptr) return nullptr;
  blocks_ = block->heap.next;
  block->heap.next = nullptr;
  parked_block_bytes_.Sub(block->pages.bytes());
  parked_blocks_.Sub(1);
  return block;
}

Extent* ArenaCaches::ParkBlocks(Extent* chain) noexcept {
  Lock lock(&mutex_);
  turnover_.Add(1);
  while (chain != nullptr) {
    const uint64_t bytes = chain->pages.bytes();
    if (parked_cache_bytes_.Get() + parked_block_bytes_.Get() + bytes >
        parked_limit()) {
      break;
    }
    Extent* next = chain->heap.next;
    chain->heap.next = blocks_;
    blocks_ = chain;
    parked_block_bytes_.Add(bytes);
    parked_blocks_.Add(1);
    chain = next;
  }
  return chain;
}

Extent* ArenaCaches::TakeAllBlocks() noexcept {
  Lock lock(&mutex_);
  Extent* chain = blocks_;
  blocks_ = nullptr;
  parked_block_bytes_.Set(0);
  parked_blocks_.Set(0);
  return chain;
}

bool ArenaCaches::CountAll(Counts* counts) const noexcept {
  *counts = {};
  return TryForEach([counts](const CacheState& state) {
    if (state.parked.load(std::memory_order_relaxed)) {
      counts->parked_tcaches += 1;
    } else {
      counts->open_tcaches += 1;
    }
    const CacheHoldings held = HoldingsOf(state);
    counts->cached_bytes += held.bytes;
    counts->cached_regions += held.regions;
  });
}

ArenaCaches::Counts ArenaCaches::counts() const noexcept {
  Counts counts;
  // Lists change only when caches go cold; a reader that still meets a change
  // each time reports the last attempt.
  for (int attempt = 0; attempt < 8 && !CountAll(&counts); ++attempt) {
  }
  const uint64_t blocks = parked_block_bytes_.Get();
  counts.cached_bytes += blocks;
  counts.parked_blocks = parked_blocks_.Get();
  counts.parked_bytes = parked_cache_bytes_.Get() + blocks;
  return counts;
}

}  // namespace acre::allocator
