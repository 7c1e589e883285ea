#include "stats/writers/heap_calls.h"

#include <atomic>
#include <cstddef>

namespace {

constinit std::atomic<uint64_t> heap_calls{0};

}  // namespace

// glibc's own names for what is replaced below.
extern "C" {
void* __libc_malloc(size_t size);                      // NOLINT
void* __libc_calloc(size_t n, size_t size);            // NOLINT
void* __libc_realloc(void* ptr, size_t size);          // NOLINT
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT

void* malloc(size_t size) {
  ++heap_calls;
  return __libc_malloc(size);
}

void* calloc(size_t n, size_t size) {
  ++heap_calls;
  return __libc_calloc(n, size);
}

void* realloc(void* ptr, size_t size) {
  ++heap_calls;
  return __libc_realloc(ptr, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  ++heap_calls;
  return __libc_memalign(alignment, size);
}
}  // extern "C"

namespace acre::stats {

uint64_t HeapCalls() { return heap_calls; }

}  // namespace acre::stats
