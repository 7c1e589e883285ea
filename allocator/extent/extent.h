// The descriptor of an extent: a run of pages that is handed out, split,
// coalesced and purged as one. Descriptors lie in a metadata pool, out of line
// of the memory they describe, so that no overrun of a user reaches them.
//
// Who may touch what: `owner_tag` may be read by anyone. Everything else of an
// extent belongs to whoever holds the lock of its owner: the page allocator's
// of the arena with that tag, or the shared ranges' for kRangesTag. While a
// slab is in use its bitmaps, region counts and heap links belong to its bin's
// lock instead.

#ifndef ACRE_ALLOCATOR_EXTENT_EXTENT_H_
#define ACRE_ALLOCATOR_EXTENT_EXTENT_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/base/pairing_heap.h"
#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "allocator/os/metadata_pool.h"

namespace acre::allocator {

enum class ExtentState : uint8_t {
  kActive,    // Handed out: a slab or a large allocation.
  kDirty,     // Free, with pages behind it that hold old content.
  kMuzzy,     // Free, with pages that the system may take, or has taken.
  kRetained,  // Free, zero, no pages behind it.
  kPurging,   // Free, its pages being given back outside the lock.
};

// Owners are known by tag in descriptors and in the page map. An arena's tag is
// its index + 1; tag 0 is nobody's: a descriptor not in use, an empty entry.
inline constexpr uint32_t kNobodyTag = 0;
// Address space that is mapped and that no arena holds (SharedRanges).
inline constexpr uint32_t kRangesTag = (uint32_t{1} << 22) - 1;

inline constexpr uint8_t kBlockStep = 7;
static_assert(kBlockStep >= kMaxSlabSteps);

struct alignas(128) Extent {
  uintptr_t base;
  PageCount pages;
  HeapLinks<Extent> heap;  // In an ExtentSet, or among a bin's open slabs.
  // Slabs only: pages given back while the slab lives, a bit a page. Regions
  // that touch one are neither free nor out: withheld.
  uint64_t released;
  uint32_t active_next;  // All active extents of the arena: index + 1.
  uint32_t active_prev;
  std::atomic<uint32_t> owner_tag;
  ClassIndex size_class;  // Of what is allocated here; kActive only.
  ExtentState state : 3;
  // Free, and reads as zero.
  bool zeroed : 1;
  // First of a mapping: never coalesced with what lies before it.
  bool mapping_head : 1;
  // Slabs: index into the class's SlabGeometry. Large: kBlockStep or 0.
  uint8_t slab_step : 3;
  // Bit-fields that touch are one memory location, and the next ones are
  // another lock's.
  uint16_t : 0;
  // Slabs only, as is all in this word.
  uint16_t free_regions : 10;
  uint16_t heap_index : 1;  // Which of its bin's heaps it belongs to.
  uint16_t sweeping : 1;    // In none: pages of it are being given back.
  // Free in the shared ranges only: not committed.
  uint16_t reserved : 1;
  // Slabs only: one bit a region, 1 is free.
  std::array<uint64_t, kMaxSlabRegions / 64> free_bits;

  uintptr_t end() const { return base + pages.bytes(); }
  void* address() const { return reinterpret_cast<void*>(base); }
  // A block of a bump region: active, but nothing that a user may free.
  bool is_block() const {
    return !IsSmall(size_class) && slab_step == kBlockStep;
  }
  const SlabShape& shape() const {
    return GeometryOf(size_class).shapes[slab_step];
  }
};
static_assert(sizeof(Extent) == 128);

// A copy of what statistics want to know of an extent.
struct ExtentView {
  uintptr_t base = 0;
  PageCount pages;
  uint32_t tag = kNobodyTag;
  ExtentState state = ExtentState::kRetained;
  ClassIndex size_class{};  // kActive only.
};

// Orders extents by address.
struct ExtentByAddress {
  static HeapLinks<Extent>& Links(Extent* extent) { return extent->heap; }
  static bool Less(const Extent* a, const Extent* b) {
    return a->base < b->base;
  }
};
using ExtentHeap = PairingHeap<Extent, ExtentByAddress>;

// All descriptors of a domain. An extent's index fits the page-map entry.
class ExtentPool {
 public:
  static constexpr size_t kMaxExtents = size_t{1} << 28;

  bool Init(Os* os) noexcept {
    return pool_.Init(os, sizeof(Extent), kMaxExtents);
  }

  // A descriptor without owner; null at out-of-memory.
  Extent* Allocate() noexcept {
    auto* extent = static_cast<Extent*>(pool_.Allocate());
    if (extent == nullptr) return nullptr;
    extent->owner_tag.store(kNobodyTag, std::memory_order_relaxed);
    extent->base = 0;
    extent->pages = PageCount();
    extent->heap = {};
    extent->released = 0;
    extent->active_next = 0;
    extent->active_prev = 0;
    extent->size_class = ClassIndex{0};
    extent->state = ExtentState::kRetained;
    extent->zeroed = false;
    extent->mapping_head = false;
    extent->slab_step = 0;
    extent->free_regions = 0;
    extent->heap_index = 0;
    extent->sweeping = 0;
    extent->reserved = 0;
    return extent;
  }

  void Free(Extent* extent) noexcept {
    extent->owner_tag.store(kNobodyTag, std::memory_order_relaxed);
    pool_.Free(extent);
  }

  Extent* At(uint32_t index) const {
    return reinterpret_cast<Extent*>(pool_.base() +
                                     size_t{index} * sizeof(Extent));
  }
  uint32_t IndexOf(const Extent* extent) const {
    return static_cast<uint32_t>(
        (reinterpret_cast<uintptr_t>(extent) - pool_.base()) / sizeof(Extent));
  }

  MetadataPool& pool() { return pool_; }
  const MetadataPool& pool() const { return pool_; }

 private:
  MetadataPool pool_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_EXTENT_H_
