// Content that tells, wherever it is looked at, whether it is what was written:
// each 8-byte word depends on a seed and on its place, and no byte is zero.
//
// Up to 16 KiB every byte is written and checked; of what is longer the first
// 16 KiB and the start of further pages (of every 16th only past 128 KiB), so
// that a large allocation does not cost its size in time and memory. Pure
// functions of the memory they are given; safe on any thread.

#ifndef ACRE_TESTING_PATTERN_H_
#define ACRE_TESTING_PATTERN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace acre::testing {

// Calls visit(offset, length) for each run of [0, size) that is written, until
// it returns false; false then.
template <typename Visit>
bool ForEachWrittenRun(size_t size, Visit visit) {
  constexpr size_t kWhole = size_t{16} << 10;
  constexpr size_t kPage = 4096;
  constexpr size_t kDense = size_t{128} << 10;
  constexpr size_t kRun = 64;
  if (!visit(size_t{0}, std::min(size, kWhole))) return false;
  for (size_t at = kWhole; at < size; at += at < kDense ? kPage : 16 * kPage) {
    if (!visit(at, std::min(kRun, size - at))) return false;
  }
  return true;
}

void FillPattern(void* at, size_t size, uint64_t seed);

// Whether the first `size` bytes are those of a pattern of at least that size.
bool HasPattern(const void* at, size_t size, uint64_t seed);

// Whether every byte is zero.
bool IsZeroRun(const char* run, size_t length);

// Whether the runs that a pattern would write are all zero.
bool IsZero(const void* at, size_t size);

}  // namespace acre::testing

#endif  // ACRE_TESTING_PATTERN_H_
