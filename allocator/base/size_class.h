// Size classes: jemalloc's spacing. 8, 16, 32, 48, 64, 80, 96, 112, 128, then
// four classes to each doubling, so that rounding up wastes at most 20% of
// what is handed out. Classes below 16 KiB are small (36 of them: regions of
// slabs); the rest are large (an extent each, in whole pages).
// Source of the spacing: jemalloc's include/jemalloc/internal/sc.h.
//
// Everything here is constexpr; a constant size folds to a constant class.
// tools print the table that SlabGeometry describes; docs/size_classes.md is
// that print.

#ifndef ACRE_ALLOCATOR_BASE_SIZE_CLASS_H_
#define ACRE_ALLOCATOR_BASE_SIZE_CLASS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "allocator/base/units.h"

namespace acre::allocator {

inline constexpr size_t kSmallClasses = 36;
inline constexpr size_t kMaxSmallSize = 14336;
// The greatest size that can be asked for: half the user address space. A
// greater request is refused before any arithmetic on it can overflow.
inline constexpr size_t kMaxSize = size_t{1} << 46;
// The greatest alignment that can be asked for.
inline constexpr size_t kMaxAlignment = size_t{1} << 30;

// The class of a size in (128, kMaxSize]; by arithmetic.
constexpr size_t ClassAbove128(size_t size) {
  const size_t s = size - 1;
  const size_t lg = 63 - static_cast<size_t>(std::countl_zero(s));
  return 9 + (lg - 7) * 4 + ((s >> (lg - 2)) & 3);
}

// The class of any size up to kMaxSize; by arithmetic. Size 0 has class 0.
constexpr ClassIndex ComputeClass(size_t size) {
  if (size <= 8) return ClassIndex{0};
  if (size <= 128) return ClassIndex(static_cast<uint8_t>((size + 15) / 16));
  return ClassIndex(static_cast<uint8_t>(ClassAbove128(size)));
}

constexpr size_t ComputeClassSize(size_t index) {
  if (index == 0) return 8;
  if (index <= 8) return index * 16;
  const size_t group = (index - 9) / 4;
  return (size_t{128} << group) + ((index - 9) % 4 + 1) * (size_t{32} << group);
}

inline constexpr size_t kClasses = Raw(ComputeClass(kMaxSize)) + 1;

// Classes that a tcache may hold: all small ones and large ones up to 1 MiB.
inline constexpr size_t kMaxCachedSize = size_t{1} << 20;
inline constexpr size_t kCachedClasses = Raw(ComputeClass(kMaxCachedSize)) + 1;

namespace internal {

constexpr size_t kLookupShift = 3;
constexpr size_t kLookupEntries = (kMaxSmallSize >> kLookupShift) + 1;

constexpr std::array<uint8_t, kLookupEntries> MakeLookup() {
  std::array<uint8_t, kLookupEntries> table{};
  for (size_t i = 0; i < kLookupEntries; ++i) {
    table[i] = static_cast<uint8_t>(ComputeClass(i << kLookupShift));
  }
  return table;
}

constexpr std::array<size_t, kClasses> MakeSizes() {
  std::array<size_t, kClasses> sizes{};
  for (size_t i = 0; i < kClasses; ++i) sizes[i] = ComputeClassSize(i);
  return sizes;
}

inline constexpr auto kClassLookup = MakeLookup();
inline constexpr auto kClassSizes = MakeSizes();

}  // namespace internal

constexpr bool IsSmall(ClassIndex index) { return Raw(index) < kSmallClasses; }

// The class of a size up to kMaxSize. O(1); a table for small sizes.
constexpr ClassIndex ClassOf(size_t size) {
  if (size <= kMaxSmallSize) [[likely]] {
    return ClassIndex(internal::kClassLookup[(size + 7) >> 3]);
  }
  return ClassIndex(static_cast<uint8_t>(ClassAbove128(size)));
}

constexpr size_t ClassSize(ClassIndex index) {
  return internal::kClassSizes[Raw(index)];
}

// The smallest class whose regions all have `alignment`, a power of two up to
// a page, and hold `size` bytes. Returns false when no small class does; then
// the allocation is a large one. No class has alignment 0.
constexpr bool AlignedSmallClass(size_t size, size_t alignment,
                                 ClassIndex* index) {
  if (alignment > kPageSize || size > kMaxSmallSize) return false;
  for (size_t c = Raw(ClassOf(size)); c < kSmallClasses; ++c) {
    if ((ComputeClassSize(c) & (alignment - 1)) == 0) {
      *index = ClassIndex(static_cast<uint8_t>(c));
      return true;
    }
  }
  return false;
}

// The class size of an allocation of `size` bytes at `alignment`; `size` itself
// when there is none.
constexpr size_t AlignedClassSize(size_t size, size_t alignment) {
  ClassIndex index{};
  if (AlignedSmallClass(size, alignment, &index)) {
    return ComputeClassSize(Raw(index));
  }
  if (size > kMaxSize) return size;
  const size_t large = size > kMaxSmallSize ? size : kMaxSmallSize + 1;
  return ComputeClassSize(Raw(ComputeClass(large)));
}

// ceil(2^32 / size). For offsets below 2^18 and small classes it divides
// exactly: offset / size == (offset * reciprocal) >> 32, and the low half of
// the product is below `reciprocal` exactly when the division leaves no rest
// (Lemire, Kaser, Kurz, "Faster remainder by direct computation", 2019). For
// large cached classes offsets are below a page, and the same test accepts
// only zero.
constexpr uint32_t ClassReciprocal(ClassIndex index) {
  const uint64_t size = ComputeClassSize(Raw(index));
  return static_cast<uint32_t>(((uint64_t{1} << 32) + size - 1) / size);
}

// --- Slabs ------------------------------------------------------------------

// A slab has at most this many regions (its bitmap lies in the descriptor) and
// pages (the page-map entry has six bits for a page's place in its slab).
inline constexpr size_t kMaxSlabRegions = 512;
inline constexpr size_t kMaxSlabPages = 64;
inline constexpr size_t kMaxSlabSteps = 7;

struct SlabShape {
  uint8_t pages = 0;
  uint16_t regions = 0;
};

// The shapes that slabs of one class take. A bin's first slabs take the first
// shape, the smallest with little waste; as the bin grows its new slabs take
// later shapes, so that a small tenant costs little and a big one refills
// rarely.
struct SlabGeometry {
  uint8_t steps = 0;
  std::array<SlabShape, kMaxSlabSteps> shapes{};
};

constexpr SlabGeometry MakeSlabGeometry(size_t size) {
  SlabGeometry geometry;
  auto add = [&](size_t pages) {
    const size_t regions = pages * kPageSize / size;
    geometry.shapes[geometry.steps++] = {static_cast<uint8_t>(pages),
                                         static_cast<uint16_t>(regions)};
  };
  size_t first = 1;
  while (first * kPageSize < size ||
         (first * kPageSize % size) * 8 > first * kPageSize) {
    ++first;
  }
  add(first);
  // From here on, multiples of the least run of pages that wastes nothing.
  for (size_t pages = std::lcm(size, kPageSize) / kPageSize;
       pages <= kMaxSlabPages && pages * kPageSize / size <= kMaxSlabRegions &&
       geometry.steps < kMaxSlabSteps;
       pages *= 2) {
    if (pages > first) add(pages);
  }
  return geometry;
}

namespace internal {

constexpr std::array<SlabGeometry, kSmallClasses> MakeGeometries() {
  std::array<SlabGeometry, kSmallClasses> table{};
  for (size_t i = 0; i < kSmallClasses; ++i) {
    table[i] = MakeSlabGeometry(ComputeClassSize(i));
  }
  return table;
}

constexpr std::array<uint32_t, kCachedClasses> MakeReciprocals() {
  std::array<uint32_t, kCachedClasses> table{};
  for (size_t i = 0; i < kCachedClasses; ++i) {
    table[i] = ClassReciprocal(ClassIndex(static_cast<uint8_t>(i)));
  }
  return table;
}

inline constexpr auto kGeometries = MakeGeometries();
inline constexpr auto kReciprocals = MakeReciprocals();

}  // namespace internal

constexpr const SlabGeometry& GeometryOf(ClassIndex index) {
  return internal::kGeometries[Raw(index)];
}

// Where the regions of the class's first slab shape end, if that is not the end
// of the slab; UINT16_MAX otherwise, and for large classes. No larger shape
// leaves anything behind its regions.
constexpr uint16_t TailOf(ClassIndex index) {
  if (!IsSmall(index)) return UINT16_MAX;
  const SlabShape& first = GeometryOf(index).shapes[0];
  const size_t end = first.regions * ComputeClassSize(Raw(index));
  return end == first.pages * kPageSize ? UINT16_MAX
                                        : static_cast<uint16_t>(end);
}

constexpr uint32_t ReciprocalOf(ClassIndex index) {
  return internal::kReciprocals[Raw(index)];
}

// --- Page classes
// -------------------------------------------------------------

// Extents are kept by the size class of their pages: 1 to 8 pages have a class
// each, then four to each doubling. Unlike objects, a free extent is filed
// under the greatest class that it can satisfy.
inline constexpr size_t kPageClasses = 140;

// The least page class that any extent of `pages` or more is filed at or above.
constexpr size_t PageClassCeil(PageCount pages) {
  const uint64_t n = pages.raw();
  if (n <= 8) return n - 1;
  const uint64_t s = n - 1;
  const size_t lg = 63 - static_cast<size_t>(std::countl_zero(s));
  return 8 + (lg - 3) * 4 + ((s >> (lg - 2)) & 3);
}

constexpr PageCount PageClassPages(size_t index) {
  if (index < 8) return PageCount(index + 1);
  const size_t group = (index - 8) / 4;
  return PageCount((uint64_t{8} << group) +
                   ((index - 8) % 4 + 1) * (uint64_t{2} << group));
}

constexpr size_t PageClassFloor(PageCount pages) {
  const size_t ceil = PageClassCeil(pages);
  return PageClassPages(ceil) == pages ? ceil : ceil - 1;
}

static_assert(kMaxSmallSize == ComputeClassSize(kSmallClasses - 1));
static_assert(ComputeClassSize(kSmallClasses) == 16384);
static_assert(PageClassFloor(PageCount(uint64_t{1} << 36)) < kPageClasses);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_SIZE_CLASS_H_
