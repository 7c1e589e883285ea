#include "allocator/extent/extent_set.h"

#include <bit>

#include "allocator/base/check.h"

namespace acre::allocator {

void ExtentSet::SetHeap(size_t page_class, const ExtentHeap& heap) {
  const uint64_t bit = uint64_t{1} << (page_class % 64);
  if (heap.empty()) {
    heads_[page_class] = 0;
    nonempty_[page_class / 64] &= ~bit;
  } else {
    heads_[page_class] = pool_->IndexOf(heap.Least()) + 1;
    nonempty_[page_class / 64] |= bit;
  }
}

void ExtentSet::Insert(Extent* extent) {
  const size_t page_class = PageClassFloor(extent->pages);
  ExtentHeap heap = HeapAt(page_class);
  heap.Insert(extent);
  SetHeap(page_class, heap);
  pages_.Add(extent->pages.raw());
  count_.Add(1);
}

void ExtentSet::Remove(Extent* extent) {
  const size_t page_class = PageClassFloor(extent->pages);
  ExtentHeap heap = HeapAt(page_class);
  heap.Remove(extent);
  SetHeap(page_class, heap);
  pages_.Sub(extent->pages.raw());
  count_.Sub(1);
}

size_t ExtentSet::NextClass(size_t from) const {
  for (size_t word = from / 64; word < kWords; ++word) {
    uint64_t bits = nonempty_[word];
    if (word == from / 64) bits &= ~uint64_t{0} << (from % 64);
    if (bits != 0) {
      return word * 64 + static_cast<size_t>(std::countr_zero(bits));
    }
  }
  return kPageClasses;
}

Extent* ExtentSet::Find(PageCount pages, size_t alignment) const {
  size_t page_class = NextClass(PageClassCeil(pages));
  if (alignment <= kPageSize) {
    return page_class == kPageClasses ? nullptr : HeapAt(page_class).Least();
  }
  // Whatever has room for the worst misplacement fits; below that it is luck,
  // worth a few looks because it saves address space.
  constexpr int kLooks = 16;
  const size_t surely =
      PageClassCeil(pages + PageCount(alignment / kPageSize - 1));
  for (; page_class < surely; page_class = NextClass(page_class + 1)) {
    Extent* found = nullptr;
    int looks = 0;
    HeapAt(page_class).ForEach([&](Extent* extent) {
      if (FitsAligned(*extent, pages, alignment)) found = extent;
      return found == nullptr && ++looks < kLooks;
    });
    if (found != nullptr) return found;
  }
  return page_class == kPageClasses ? nullptr : HeapAt(page_class).Least();
}

Extent* ExtentSet::Largest() const {
  for (size_t word = kWords; word-- > 0;) {
    if (nonempty_[word] == 0) continue;
    const size_t bit =
        63 - static_cast<size_t>(std::countl_zero(nonempty_[word]));
    return HeapAt(word * 64 + bit).Least();
  }
  return nullptr;
}

void ExtentSet::Verify(ExtentState state) const {
  uint64_t pages = 0;
  uint64_t count = 0;
  for (size_t c = 0; c < kPageClasses; ++c) {
    const ExtentHeap heap = HeapAt(c);
    ACRE_CHECK(heap.empty() == ((nonempty_[c / 64] >> (c % 64) & 1) == 0));
    heap.Verify();
    heap.ForEach([&](Extent* extent) {
      ACRE_CHECK(PageClassFloor(extent->pages) == c);
      ACRE_CHECK(extent->state == state);
      pages += extent->pages.raw();
      ++count;
      return true;
    });
  }
  ACRE_CHECK(pages == pages_.Get() && count == count_.Get());
}

}  // namespace acre::allocator
