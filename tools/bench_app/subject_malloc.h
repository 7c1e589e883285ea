// The arenas and caches of an allocator that has none: malloc and free.
//
// Shared by the glibc and gperftools subjects; which malloc is called is
// decided by what the worker is linked with. Thread-safe as malloc is.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_MALLOC_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_MALLOC_H_

#include <cstddef>
#include <cstdlib>

#include "tools/bench_app/opaque.h"

namespace acre::bench {

// `Policy` has Purge() and FreeSized(pointer, size).
template <typename Policy>
class MallocArena {
 public:
  void* Allocate(size_t size) { return std::malloc(size); }
  void Deallocate(void* pointer) { std::free(pointer); }
  void Purge() { Policy::Purge(); }
};

template <typename Policy>
class MallocCache {
 public:
  explicit MallocCache(MallocArena<Policy>&) {}
  void* Allocate(size_t size) {
    void* pointer = std::malloc(size);
    Escape(pointer);  // the compiler knows malloc and would elide pairs
    return pointer;
  }
  void Deallocate(void* pointer) { std::free(pointer); }
  void DeallocateSized(void* pointer, size_t size) {
    Policy::FreeSized(pointer, size);
  }
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_MALLOC_H_
