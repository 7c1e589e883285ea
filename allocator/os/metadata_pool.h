// A pool of equally sized metadata objects in one reserved address range.
//
// Addresses are type-stable: memory that once held an object of the pool holds
// nothing else until the pool is gone, and stays readable even after it was
// returned to the system (it then reads as zero). Lock-free readers of the
// page map and of the arena table rely on it.
//
// Objects live in blocks of kBlockBytes. A block whose objects are all free
// goes back to the system, except one that is kept against thrashing, so the
// pool's memory follows what is live. Each object has an index (its place in
// the range) that fits 32 bits; index 0 is an object like any other.
//
// Thread-safe. Returns null when the system refuses memory or the reservation
// is full. O(1) apart from system calls, of which there is one per block taken
// or returned. They are made under the pool's lock: they are short, and a
// block's state must not be seen half-way.

#ifndef ACRE_ALLOCATOR_OS_METADATA_POOL_H_
#define ACRE_ALLOCATOR_OS_METADATA_POOL_H_

#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class MetadataPool {
 public:
  static constexpr size_t kBlockBytes = 64 * 1024;

  MetadataPool() = default;
  MetadataPool(const MetadataPool&) = delete;
  MetadataPool& operator=(const MetadataPool&) = delete;
  ~MetadataPool();

  // Reserves address space for up to `max_objects`; where the system refuses,
  // for half as many, down to one block. False when not even that is had.
  bool Init(Os* os, size_t object_size, size_t max_objects) noexcept;

  // An object whose memory is not cleared, except that memory never used
  // before, or returned to the system since, is zero.
  void* Allocate() noexcept;
  void Free(void* object) noexcept;

  void* At(uint32_t index) const {
    return reinterpret_cast<void*>(base_ + BlockBase(index / per_block_) +
                                   index % per_block_ * object_size_);
  }
  uint32_t IndexOf(const void* object) const {
    const size_t offset = reinterpret_cast<uintptr_t>(object) - base_;
    return static_cast<uint32_t>(offset / kBlockBytes * per_block_ +
                                 offset % kBlockBytes / object_size_);
  }
  // Object `index` lies at base() + index * object_size() when the size
  // divides a block, which users with a compile-time size make use of.
  uintptr_t base() const { return base_; }
  // Objects [0, extent) may have been allocated; none beyond was.
  uint32_t extent() const { return extent_.Get(); }
  // Whether any object of the block that `index` lies in is live. A reader
  // that walks all objects skips dead blocks with NextBlock.
  bool BlockIsLive(uint32_t index) const;
  uint32_t NextBlock(uint32_t index) const {
    return (index / per_block_ + 1) * per_block_;
  }

  size_t object_size() const { return object_size_; }
  size_t max_objects() const { return max_objects_; }
  size_t live_objects() const { return live_.Get(); }
  // Memory that the pool holds, in bytes: pages of blocks touched since they
  // were last returned to the system, and the pool's records of blocks.
  size_t held_bytes() const;

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kMetadataPool> lock(&mutex_);
    mutex_.ForgetCounts();
  }
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  // Aborts unless the block records agree with each other.
  void Verify() const noexcept;

 private:
  // State of a block, out of line so that objects fill the block. `free` links
  // object numbers + 1 within the block, through the objects' first two bytes.
  struct Block {
    uint16_t free_head;
    uint16_t free_count;  // On the list, or never used.
    uint16_t fresh;       // Objects from here on were never used.
    uint16_t pages;       // Touched since the block last was returned.
    uint32_t next, prev;  // Blocks with free objects; number + 1.
  };

  static size_t BlockBase(uint32_t block) { return block * kBlockBytes; }
  void Push(uint32_t block) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unlink(uint32_t block) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AddBlock() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool GrowCommitted(size_t block_count) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Os* os_ = nullptr;
  uintptr_t base_ = 0;
  Block* blocks_ = nullptr;
  size_t object_size_ = 0;
  uint32_t per_block_ = 0;
  uint32_t max_blocks_ = 0;
  size_t max_objects_ = 0;

  mutable Mutex<LockRank::kMetadataPool> mutex_;
  uint32_t used_blocks_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t committed_blocks_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t committed_records_ ABSL_GUARDED_BY(mutex_) = 0;  // Bytes.
  uint32_t partial_head_ ABSL_GUARDED_BY(mutex_) = 0;     // Number + 1.
  uint32_t empty_block_ ABSL_GUARDED_BY(mutex_) = 0;      // Number + 1.
  // Written under mutex_, read by anyone.
  Counter<uint32_t> extent_;
  Counter<size_t> live_;
  Counter<size_t> touched_pages_;
  Counter<size_t> record_bytes_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_OS_METADATA_POOL_H_
