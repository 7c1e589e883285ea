// Free extents of one kind (an arena's dirty ones, its retained ones, the
// process's shared ones), filed by page class: best fit by class, lowest
// address within a class. Owns nothing; guarded by the lock of its user.

#ifndef ACRE_ALLOCATOR_EXTENT_EXTENT_SET_H_
#define ACRE_ALLOCATOR_EXTENT_EXTENT_SET_H_

#include <array>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/size_class.h"
#include "allocator/extent/extent.h"

namespace acre::allocator {

class ExtentSet {
 public:
  void Init(const ExtentPool* pool) { pool_ = pool; }

  void Insert(Extent* extent);
  void Remove(Extent* extent);

  // The best extent that holds `pages` at `alignment` (a power of two of at
  // least a page), still in the set; null when there is none. O(1) for page
  // alignment; otherwise it looks at a bounded number of candidates of each
  // class before it asks for one that fits wherever it lies.
  Extent* Find(PageCount pages, size_t alignment) const;

  // The lowest extent of the greatest class; null when empty.
  Extent* Largest() const;

  bool empty() const { return count_.Get() == 0; }
  PageCount pages() const { return PageCount(pages_.Get()); }
  uint64_t count() const { return count_.Get(); }

  template <typename Visit>  // void(Extent*)
  void ForEach(Visit visit) const {
    for (size_t c = 0; c < kPageClasses; ++c) {
      HeapAt(c).ForEach([&](Extent* extent) {
        visit(extent);
        return true;
      });
    }
  }

  // Calls visit(Extent*) with extents of at least `pages`, of the best-fitting
  // class first, until it returns false.
  template <typename Visit>
  void ForEachFitting(PageCount pages, Visit visit) const {
    bool more = true;
    for (size_t c = NextClass(PageClassCeil(pages)); more && c < kPageClasses;
         c = NextClass(c + 1)) {
      HeapAt(c).ForEach([&](Extent* extent) {
        more = visit(extent);
        return more;
      });
    }
  }

  // Aborts unless every extent is filed where it belongs and the sums agree.
  void Verify(ExtentState state) const;

 private:
  static constexpr size_t kWords = (kPageClasses + 63) / 64;

  ExtentHeap HeapAt(size_t page_class) const {
    const uint32_t head = heads_[page_class];
    return ExtentHeap(head == 0 ? nullptr : pool_->At(head - 1));
  }
  void SetHeap(size_t page_class, const ExtentHeap& heap);
  // The first class >= from that has extents; kPageClasses when none.
  size_t NextClass(size_t from) const;

  const ExtentPool* pool_ = nullptr;
  std::array<uint64_t, kWords> nonempty_{};
  std::array<uint32_t, kPageClasses> heads_{};  // Descriptor index + 1.
  Counter<uint64_t> pages_;
  Counter<uint64_t> count_;
};

// Whether `extent` holds `pages` at `alignment`.
inline bool FitsAligned(const Extent& extent, PageCount pages,
                        size_t alignment) {
  const uintptr_t base = AlignUp(extent.base, alignment);
  return base >= extent.base && base + pages.bytes() <= extent.end();
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_EXTENT_SET_H_
