// Address space that all arenas of a domain share: grown in few, large
// mappings, so that the number of arenas does not show in the number of the
// process's VMAs. What is taken from here is zero, and only zero pages may be
// given back: this is where memory crosses from one arena to another.
//
// Mappings start small and grow in proportion to what is mapped. A mapping
// that is free as a whole is unmapped, except for one that is kept against
// thrashing.
//
// Thread-safe. O(log n) apart from system calls, which are made under the
// lock: they map or unmap address space without touching pages.

#ifndef ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_
#define ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/units.h"
#include "allocator/extent/extent.h"
#include "allocator/extent/extent_map.h"
#include "allocator/extent/extent_set.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class SharedRanges {
 public:
  SharedRanges() = default;
  SharedRanges(const SharedRanges&) = delete;
  SharedRanges& operator=(const SharedRanges&) = delete;
  ~SharedRanges();

  bool Init(Os* os, ExtentMap* extents) noexcept;

  // A zeroed extent for the owner `tag`, retained, of at least `least` pages
  // at `alignment`, and of `wanted` where that is to be had at no cost. Null
  // at out-of-memory.
  Extent* Take(uint32_t tag, PageCount least, PageCount wanted,
               size_t alignment) noexcept;
  // Takes back a zeroed extent that is in no set, with its descriptor.
  void Give(Extent* extent) noexcept;

  // Address space mapped, and the part that no arena holds. Bytes.
  size_t mapped_bytes() const { return mapped_.Get(); }
  size_t free_bytes() const { return free_.pages().bytes(); }
  size_t mappings() const { return mapping_count_.Get(); }
  // Memory of the list of mappings. Bytes.
  size_t metadata_bytes() const;

  void Verify() const noexcept;

  struct Mapping {
    uintptr_t base;
    size_t size;
  };
  // Copies mappings from number `first` on; returns how many. A mapping made or
  // unmapped between two calls may be missed or met twice.
  size_t CopyMappings(size_t first, std::span<Mapping> out) const noexcept;

 private:
  static constexpr size_t kMaxMappings = 16384;

  Extent* FindOrMap(PageCount least, PageCount wanted, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Extent* MapMore(PageCount least, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Trim(Extent* extent, PageCount pages, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertMerged(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UnmapIfWhole(Extent* extent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ReserveRecords() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Os* os_ = nullptr;
  ExtentMap* extents_ = nullptr;
  Mapping* mappings_ = nullptr;

  mutable Mutex<LockRank::kRanges> mutex_;
  ExtentSet free_;
  // A free extent that is a whole mapping and is kept; null when none is.
  Extent* kept_ ABSL_GUARDED_BY(mutex_) = nullptr;
  size_t committed_records_ ABSL_GUARDED_BY(mutex_) = 0;
  Counter<size_t> mapping_count_;
  Counter<size_t> mapped_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_SHARED_RANGES_H_
