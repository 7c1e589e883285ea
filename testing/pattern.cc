#include "testing/pattern.h"

#include <cstring>

namespace acre::testing {
namespace {

// SplitMix64's finaliser (Steele, Lea, Flood, 2014), without zero bytes.
uint64_t WordAt(uint64_t seed, size_t offset) {
  uint64_t x = seed + (offset / 8 + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return (x ^ (x >> 31)) | 0x0101010101010101u;
}

// Calls word(address, bytes, value) for each word of the pattern.
template <typename Word>
bool ForEachWord(const void* at, size_t size, uint64_t seed, Word word) {
  const char* const base = static_cast<const char*>(at);
  return ForEachWrittenRun(size, [&](size_t offset, size_t length) {
    for (size_t i = 0; i < length; i += 8) {
      const uint64_t value = WordAt(seed, offset + i);
      if (!word(base + offset + i, std::min<size_t>(8, length - i), value)) {
        return false;
      }
    }
    return true;
  });
}

}  // namespace

void FillPattern(void* at, size_t size, uint64_t seed) {
  ForEachWord(at, size, seed, [](const char* p, size_t n, uint64_t value) {
    memcpy(const_cast<char*>(p), &value, n);
    return true;
  });
}

bool HasPattern(const void* at, size_t size, uint64_t seed) {
  return ForEachWord(at, size, seed,
                     [](const char* p, size_t n, uint64_t value) {
                       return memcmp(p, &value, n) == 0;
                     });
}

bool IsZeroRun(const char* run, size_t length) {
  return length == 0 || (run[0] == 0 && memcmp(run, run + 1, length - 1) == 0);
}

bool IsZero(const void* at, size_t size) {
  return ForEachWrittenRun(size, [&](size_t offset, size_t length) {
    return IsZeroRun(static_cast<const char*>(at) + offset, length);
  });
}

}  // namespace acre::testing
