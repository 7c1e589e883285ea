// Address -> what lies there: a two-level radix tree over 48 bits of address,
// one 64-bit entry for each 4 KiB page. It plays the part of jemalloc's emap.
//
// Readers take no lock and may look up any address at any time, also one that
// was never Acre's (the answer is then the empty entry). Writers own the
// pages they describe: entries of an extent are written by the holder of the
// extent's lock. Which entries are set:
//   slab in use             every page
//   large allocation, or
//   free extent             first and last page
// All others are zero. Entries other than those of allocated regions carry
// kUncachedClass, so that a wrong pointer never looks like a cacheable one.
//
// A leaf covers 64 GiB: 128 MiB of address space, with memory only where
// mapped ranges are. That memory is accounted as what the ranges cover, 8 bytes
// a page, and goes back to the system with its range; the address space stays
// until the map dies, because a reader may be inside. Root entries without a
// leaf point to one that is all zeros, so that a look-up is two loads and one
// comparison.

#ifndef ACRE_ALLOCATOR_EXTENT_PAGE_MAP_H_
#define ACRE_ALLOCATOR_EXTENT_PAGE_MAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "allocator/os/os.h"

namespace acre::allocator {

// The class that an entry shows for everything that no tcache may hold.
inline constexpr size_t kUncachedClass = kCachedClasses;

// One entry. Layout, least significant bit first:
//    0..4   descriptor index, low 5 bits
//    5..11  size class; in position to be an offset into a tcache's bins
//   12..17  page's place in its slab; in position to be added to an address
//   18..40  descriptor index, high 23 bits
//   42..63  owner tag (see extent.h)
class PageEntry {
 public:
  static constexpr int kTagShift = 42;
  static constexpr int kClassShift = 5;
  static constexpr uint64_t kClassMask = uint64_t{127} << kClassShift;

  constexpr PageEntry() = default;
  explicit constexpr PageEntry(uint64_t raw) : raw_(raw) {}
  static constexpr PageEntry Make(uint32_t tag, uint32_t extent_index,
                                  size_t shown_class, size_t page_in_slab) {
    return PageEntry(
        uint64_t{tag} << kTagShift | uint64_t{extent_index >> 5} << 18 |
        uint64_t{page_in_slab} << 12 | uint64_t{shown_class} << kClassShift |
        (extent_index & 31));
  }

  constexpr uint64_t raw() const { return raw_; }
  constexpr bool empty() const { return raw_ == 0; }
  constexpr uint32_t owner_tag() const {
    return static_cast<uint32_t>(raw_ >> kTagShift);
  }
  constexpr size_t shown_class() const {
    return (raw_ & kClassMask) >> kClassShift;
  }
  // shown_class() << kClassShift.
  constexpr size_t shifted_class() const { return raw_ & kClassMask; }
  constexpr uint32_t extent_index() const {
    return static_cast<uint32_t>((raw_ >> 18) & 0x7fffff) << 5 |
           static_cast<uint32_t>(raw_ & 31);
  }
  // How far `address` lies behind the start of its slab, bytes.
  constexpr uint32_t OffsetInSlab(uintptr_t address) const {
    return static_cast<uint32_t>((raw_ & (uint64_t{kMaxSlabPages - 1} << 12)) +
                                 (address & (kPageSize - 1)));
  }

 private:
  uint64_t raw_ = 0;
};

class PageMap {
 public:
  static constexpr size_t kLeafBits = 24;
  static constexpr size_t kLeafEntries = size_t{1} << kLeafBits;
  static constexpr size_t kRootEntries =
      size_t{1} << (kAddressBits - kPageShift - kLeafBits);
  // Ranges are aligned to what one page of a leaf covers.
  static constexpr size_t kRangeAlignment =
      kPageSize / sizeof(uint64_t) * kPageSize;

  using Slot = std::atomic<uint64_t>;
  using Root = std::atomic<Slot*>;

  PageMap() = default;
  PageMap(const PageMap&) = delete;
  PageMap& operator=(const PageMap&) = delete;
  ~PageMap();

  bool Init(Os* os) noexcept;

  // Makes the entries of [base, base + size) writable. Both are multiples of
  // kRangeAlignment. False at out-of-memory, with nothing changed.
  bool AddRange(uintptr_t base, size_t size) noexcept;
  // Returns their memory; all must be empty.
  void RemoveRange(uintptr_t base, size_t size) noexcept;

  // What a reader needs, by value. A default view knows no address.
  class View {
   public:
    constexpr View() = default;
    explicit View(const Root* root) : root_(root), entries_(kRootEntries) {}

    // O(1): two loads. Any address.
    PageEntry Lookup(uintptr_t address) const {
      const uintptr_t leaf_index = address >> (kPageShift + kLeafBits);
      if (leaf_index >= entries_) [[unlikely]]
        return PageEntry();
      const Slot* leaf = root_[leaf_index].load(std::memory_order_acquire);
      return PageEntry(leaf[(address >> kPageShift) & (kLeafEntries - 1)].load(
          std::memory_order_relaxed));
    }

   private:
    const Root* root_ = nullptr;
    size_t entries_ = 0;
  };

  View view() const { return View(root_); }
  PageEntry Get(uintptr_t address) const { return view().Lookup(address); }

  // `address` must lie in an added range.
  void Set(uintptr_t address, PageEntry entry) {
    Slot* leaf = root_[address >> (kPageShift + kLeafBits)].load(
        std::memory_order_relaxed);
    leaf[(address >> kPageShift) & (kLeafEntries - 1)].store(
        entry.raw(), std::memory_order_relaxed);
  }

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kPageMap> lock(&mutex_);
    mutex_.ForgetCounts();
  }
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  // The root, and the leaf memory of all added ranges.
  size_t metadata_bytes() const { return metadata_bytes_.Get(); }

 private:
  Os* os_ = nullptr;
  Root* root_ = nullptr;
  Slot* no_leaf_ = nullptr;
  Mutex<LockRank::kPageMap> mutex_;  // Adding and removing ranges.
  Counter<size_t> metadata_bytes_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_PAGE_MAP_H_
