#include "allocator/os/metadata_pool.h"

#include <algorithm>

#include "allocator/base/check.h"
#include "allocator/base/units.h"

namespace acre::allocator {
namespace {

using Lock = MutexLock<LockRank::kMetadataPool>;

uint16_t ReadLink(const void* object) {
  return __atomic_load_n(static_cast<const uint16_t*>(object),
                         __ATOMIC_RELAXED);
}
void WriteLink(void* object, uint16_t link) {
  // Lock-free readers may look at a freed object; its first word tells them
  // nothing, but they must not race with a plain store.
  __atomic_store_n(static_cast<uint16_t*>(object), link, __ATOMIC_RELAXED);
}

}  // namespace

MetadataPool::~MetadataPool() {
  if (base_ == 0) return;
  os_->Unmap(reinterpret_cast<void*>(base_), size_t{max_blocks_} * kBlockBytes);
  os_->Unmap(blocks_, AlignUp(size_t{max_blocks_} * sizeof(Block), kPageSize));
}

bool MetadataPool::Init(Os* os, size_t object_size,
                        size_t max_objects) noexcept {
  ACRE_CHECK(object_size >= 64 && kBlockBytes / object_size < UINT16_MAX);
  os_ = os;
  object_size_ = object_size;
  per_block_ = static_cast<uint32_t>(kBlockBytes / object_size);
  size_t blocks = std::max<size_t>(1, max_objects / per_block_);
  for (;; blocks /= 2) {
    if (blocks == 0) return false;
    void* objects = os->Reserve(blocks * kBlockBytes, kBlockBytes);
    if (objects == nullptr) continue;
    void* records =
        os->Reserve(AlignUp(blocks * sizeof(Block), kPageSize), kPageSize);
    if (records == nullptr) {
      os->Unmap(objects, blocks * kBlockBytes);
      continue;
    }
    base_ = reinterpret_cast<uintptr_t>(objects);
    blocks_ = static_cast<Block*>(records);
    break;
  }
  max_blocks_ = static_cast<uint32_t>(blocks);
  max_objects_ = blocks * per_block_;
  return true;
}

size_t MetadataPool::held_bytes() const {
  return touched_pages_.Get() * kPageSize + record_bytes_.Get();
}

bool MetadataPool::BlockIsLive(uint32_t index) const {
  const Block& block = blocks_[index / per_block_];
  return __atomic_load_n(&block.free_count, __ATOMIC_RELAXED) < per_block_;
}

void MetadataPool::Push(uint32_t number) {
  Block& block = blocks_[number];
  block.prev = 0;
  block.next = partial_head_;
  if (partial_head_ != 0) blocks_[partial_head_ - 1].prev = number + 1;
  partial_head_ = number + 1;
}

void MetadataPool::Unlink(uint32_t number) {
  Block& block = blocks_[number];
  if (block.prev != 0) {
    blocks_[block.prev - 1].next = block.next;
  } else {
    partial_head_ = block.next;
  }
  if (block.next != 0) blocks_[block.next - 1].prev = block.prev;
  block.next = 0;
  block.prev = 0;
}

// Commits in steps that grow, to keep system calls rare.
bool MetadataPool::GrowCommitted(size_t block_count) noexcept {
  size_t target = std::min<size_t>(
      max_blocks_,
      std::max<size_t>(block_count, committed_blocks_ + committed_blocks_ / 4));
  const size_t records = AlignUp(target * sizeof(Block), kPageSize);
  if (records > committed_records_) {
    if (!os_->Commit(reinterpret_cast<char*>(blocks_) + committed_records_,
                     records - committed_records_)) {
      return false;
    }
    committed_records_ = records;
  }
  if (!os_->Commit(
          reinterpret_cast<void*>(base_ + BlockBase(committed_blocks_)),
          (target - committed_blocks_) * kBlockBytes)) {
    return false;
  }
  committed_blocks_ = static_cast<uint32_t>(target);
  return true;
}

bool MetadataPool::AddBlock() noexcept {
  if (used_blocks_ == max_blocks_) return false;
  if (used_blocks_ == committed_blocks_ && !GrowCommitted(used_blocks_ + 1)) {
    return false;
  }
  const uint32_t number = used_blocks_++;
  Block& block = blocks_[number];
  block.fresh = 0;
  block.free_head = 0;
  block.pages = 0;
  __atomic_store_n(&block.free_count, static_cast<uint16_t>(per_block_),
                   __ATOMIC_RELAXED);
  Push(number);
  extent_.Set(used_blocks_ * per_block_);
  record_bytes_.Set(AlignUp(used_blocks_ * sizeof(Block), kPageSize));
  return true;
}

void* MetadataPool::Allocate() noexcept {
  Lock lock(&mutex_);
  if (partial_head_ == 0 && !AddBlock()) return nullptr;
  const uint32_t number = partial_head_ - 1;
  Block& block = blocks_[number];
  if (empty_block_ == number + 1) empty_block_ = 0;
  uint32_t slot;
  char* const start = reinterpret_cast<char*>(base_ + BlockBase(number));
  if (block.free_head != 0) {
    slot = block.free_head - 1u;
    block.free_head = ReadLink(start + slot * object_size_);
  } else {
    slot = block.fresh++;
    const size_t pages = PageCount::Ceil(block.fresh * object_size_).raw();
    if (pages > block.pages) {
      touched_pages_.Add(pages - block.pages);
      block.pages = static_cast<uint16_t>(pages);
    }
  }
  __atomic_store_n(&block.free_count,
                   static_cast<uint16_t>(block.free_count - 1),
                   __ATOMIC_RELAXED);
  if (block.free_count == 0) Unlink(number);
  live_.Add(1);
  return start + slot * object_size_;
}

void MetadataPool::Free(void* object) noexcept {
  Lock lock(&mutex_);
  const uint32_t index = IndexOf(object);
  const uint32_t number = index / per_block_;
  ACRE_DCHECK(number < used_blocks_ && At(index) == object);
  Block& block = blocks_[number];
  WriteLink(object, block.free_head);
  block.free_head = static_cast<uint16_t>(index % per_block_ + 1);
  __atomic_store_n(&block.free_count,
                   static_cast<uint16_t>(block.free_count + 1),
                   __ATOMIC_RELAXED);
  live_.Sub(1);
  if (block.free_count == 1) Push(number);
  if (block.free_count < per_block_) return;
  // The block that is kept is the one that is used next. The one kept before
  // goes. A refused purge only delays that: the block stays usable and is
  // counted until it succeeds. Its links are dropped either way, because the
  // purge may have gone part of the way.
  const uint32_t gone = empty_block_;
  empty_block_ = number + 1;
  if (gone == 0) return;
  Block& older = blocks_[gone - 1];
  older.free_head = 0;
  older.fresh = 0;
  if (os_->Purge(reinterpret_cast<void*>(base_ + BlockBase(gone - 1)),
                 kBlockBytes)) {
    touched_pages_.Sub(older.pages);
    older.pages = 0;
  }
}

void MetadataPool::Verify() const noexcept {
  Lock lock(&mutex_);
  size_t live = 0;
  size_t pages = 0;
  size_t with_free = 0;
  for (uint32_t n = 0; n < used_blocks_; ++n) {
    const Block& block = blocks_[n];
    ACRE_CHECK(block.free_count <= per_block_ && block.fresh <= per_block_);
    live += per_block_ - block.free_count;
    pages += block.pages;
    with_free += block.free_count > 0;
    size_t listed = 0;
    for (uint32_t at = block.free_head; at != 0; ++listed) {
      ACRE_CHECK(at <= block.fresh && listed <= per_block_);
      at = ReadLink(reinterpret_cast<void*>(base_ + BlockBase(n) +
                                            size_t{at - 1} * object_size_));
    }
    ACRE_CHECK(listed + (per_block_ - block.fresh) == block.free_count);
  }
  ACRE_CHECK(live == live_.Get());
  ACRE_CHECK(pages == touched_pages_.Get());
  size_t linked = 0;
  for (uint32_t at = partial_head_; at != 0; at = blocks_[at - 1].next) {
    ACRE_CHECK(blocks_[at - 1].free_count > 0);
    ++linked;
  }
  ACRE_CHECK(linked == with_free);
}

}  // namespace acre::allocator
