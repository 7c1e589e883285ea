#include "allocator/cache/region.h"

#include <algorithm>

#include "allocator/arena/domain.h"
#include "allocator/base/size_class.h"

namespace acre::allocator {
namespace {

// Blocks double with what the region holds, between these.
constexpr size_t kLeastBlock = size_t{32} << 10;
constexpr size_t kMostBlock = size_t{1} << 20;
// A request above this gets an extent of its own: in a block it would waste
// the rest of the one before.
constexpr size_t kMostInBlock = size_t{128} << 10;

}  // namespace

constinit RegionState closed_region_state{};

Region::Region(Arena* arena, uint32_t cache_generation) noexcept : Region() {
  if (arena == nullptr) return;
  arena_ = arena;
  domain_ = arena->domain;
  generation_ = cache_generation;
}

bool Region::Bind() noexcept {
  PageFailure failure;
  if (!arena_->ChargeMetadata(sizeof(RegionState), &failure)) {
    arena_->Refuse(sizeof(RegionState), failure);
    return false;
  }
  auto* state = static_cast<RegionState*>(domain_->region_states().Allocate());
  if (state == nullptr) {
    arena_->pages.ReleaseMetadata(sizeof(RegionState));
    arena_->Refuse(sizeof(RegionState), PageFailure::kOutOfMemory);
    return false;
  }
  *state = RegionState{};
  state->arena = arena_;
  arena_->caches.AddRegion(state);
  state_ = state;
  return true;
}

void* Region::AllocateSlow(size_t size, size_t alignment) noexcept {
  if (!valid() || !IsPowerOfTwo(alignment) || alignment > kPageSize) {
    return nullptr;
  }
  if (size > kMaxSize) {
    arena_->Refuse(size, PageFailure::kOutOfMemory);
    return nullptr;
  }
  if (!bound() && !Bind()) return nullptr;
  if (size > kMostInBlock) {
    Extent* extent = arena_->AllocateBlock(ClassOf(size), ClassOf(size));
    if (extent == nullptr) return nullptr;
    extent->heap.next = state_->oversized;
    state_->oversized = extent;
    state_->block_bytes += extent->pages.bytes();
    return extent->address();
  }
  Extent* block = arena_->caches.TakeBlock();
  if (block == nullptr || block->pages.bytes() < size + alignment) {
    if (block != nullptr) arena_->FreeBlocks(block);
    const size_t least = std::max(size, kLeastBlock);
    const size_t wanted =
        std::max(least, std::min<size_t>(state_->block_bytes, kMostBlock));
    block = arena_->AllocateBlock(ClassOf(wanted), ClassOf(least));
    if (block == nullptr) return nullptr;
  }
  block->heap.next = state_->blocks;
  state_->blocks = block;
  state_->block_bytes += block->pages.bytes();
  // Blocks begin at a page, so they are aligned for anything allowed here.
  state_->at = block->base + size;
  state_->end = block->end();
  return block->address();
}

void Region::Drop() noexcept {
  if (!bound()) return;
  RegionState* const state = state_;
  if (state->arena != nullptr) {
    arena_->FreeBlocks(state->oversized);
    arena_->FreeBlocks(arena_->caches.ParkBlocks(state->blocks));
    arena_->NoteUnused();
  }
  state->at = 0;
  state->end = 0;
  state->blocks = nullptr;
  state->oversized = nullptr;
  state->block_bytes = 0;
}

void Region::Close() noexcept {
  if (bound()) {
    Drop();
    if (state_->arena != nullptr) {
      arena_->caches.RemoveRegion(state_);
      arena_->pages.ReleaseMetadata(sizeof(RegionState));
    }
    domain_->region_states().Free(state_);
  }
  *this = Region();
}

}  // namespace acre::allocator
