// Units of the allocator: bytes are size_t, everything counted in pages or in
// size classes has a type of its own, so that one cannot be passed for another.

#ifndef ACRE_ALLOCATOR_BASE_UNITS_H_
#define ACRE_ALLOCATOR_BASE_UNITS_H_

#include <compare>
#include <cstddef>
#include <cstdint>

namespace acre::allocator {

inline constexpr size_t kPageShift = 12;
inline constexpr size_t kPageSize = size_t{1} << kPageShift;
inline constexpr size_t kCacheLine = 64;

// User addresses of x86-64 and AArch64 with four-level page tables.
inline constexpr size_t kAddressBits = 48;

// A number of 4 KiB pages.
class PageCount {
 public:
  constexpr PageCount() = default;
  explicit constexpr PageCount(uint64_t pages) : pages_(pages) {}

  // The least number of pages that hold `bytes`. `bytes` must not be within a
  // page of SIZE_MAX.
  static constexpr PageCount Ceil(size_t bytes) {
    return PageCount((bytes + kPageSize - 1) >> kPageShift);
  }

  constexpr uint64_t raw() const { return pages_; }
  constexpr size_t bytes() const { return pages_ << kPageShift; }

  constexpr auto operator<=>(const PageCount&) const = default;
  constexpr PageCount operator+(PageCount o) const {
    return PageCount(pages_ + o.pages_);
  }
  constexpr PageCount operator-(PageCount o) const {
    return PageCount(pages_ - o.pages_);
  }
  constexpr PageCount& operator+=(PageCount o) {
    pages_ += o.pages_;
    return *this;
  }
  constexpr PageCount& operator-=(PageCount o) {
    pages_ -= o.pages_;
    return *this;
  }

 private:
  uint64_t pages_ = 0;
};

// Index of a size class; see size_class.h.
enum class ClassIndex : uint8_t {};

constexpr size_t Raw(ClassIndex index) { return static_cast<size_t>(index); }

// `value` rounded up to a multiple of `alignment`, a power of two.
constexpr uintptr_t AlignUp(uintptr_t value, size_t alignment) {
  return (value + alignment - 1) & ~(uintptr_t{alignment} - 1);
}

constexpr uintptr_t PageBase(uintptr_t address) {
  return address & ~(uintptr_t{kPageSize} - 1);
}

constexpr bool IsPowerOfTwo(size_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_UNITS_H_
