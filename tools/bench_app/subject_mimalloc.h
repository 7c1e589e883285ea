// mimalloc as a subject: a heap is both a tenant's arena and a query's scope.
//
// A heap belongs to the thread that made it; others may free its blocks but
// not allocate from it, so a Cache is a heap of its own on the thread that
// opens it. Closing a Cache deletes its heap, which keeps live blocks alive.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_MIMALLOC_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_MIMALLOC_H_

#include <mimalloc.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::bench {

// A heap that discards its blocks when it goes.
class MimallocScope {
 public:
  MimallocScope() : heap_(mi_heap_new()) {}
  ~MimallocScope() { mi_heap_destroy(heap_); }
  MimallocScope(const MimallocScope&) = delete;
  MimallocScope& operator=(const MimallocScope&) = delete;

  void* Allocate(size_t size) { return mi_heap_malloc(heap_, size); }
  void Deallocate(void* pointer) { mi_free(pointer); }
  void Purge() { mi_collect(/*force=*/true); }
  mi_heap_t* heap() { return heap_; }

 private:
  mi_heap_t* heap_;
};

class MimallocCache {
 public:
  explicit MimallocCache(MimallocScope&) : heap_(mi_heap_new()) {}
  ~MimallocCache() { mi_heap_delete(heap_); }
  MimallocCache(const MimallocCache&) = delete;
  MimallocCache& operator=(const MimallocCache&) = delete;

  void* Allocate(size_t size) { return mi_heap_malloc(heap_, size); }
  void Deallocate(void* pointer) { mi_free(pointer); }
  void DeallocateSized(void* pointer, size_t size) {
    mi_free_size(pointer, size);
  }

 private:
  mi_heap_t* heap_;
};

class MimallocBulk : public MimallocScope {
 public:
  explicit MimallocBulk(MimallocScope&) {}
};

struct MimallocSubject {
  static constexpr std::string_view kName = "mimalloc";
  static constexpr bool kHasArenas = true;
  static constexpr size_t kMaxArenas = 100'000;
  using Arena = MimallocScope;
  using Cache = MimallocCache;
  using Bulk = MimallocBulk;

  static void RefreshStatistics() {}
  // mimalloc 2 keeps no statistics per heap; walking the heap's areas is the
  // cheapest way to ask how much one holds.
  static uint64_t ReadAllocated(MimallocScope& arena) {
    uint64_t bytes = 0;
    mi_heap_visit_blocks(
        arena.heap(), /*visit_all_blocks=*/false,
        [](const mi_heap_t*, const mi_heap_area_t* area, void*, size_t,
           void* sum) {
          *static_cast<uint64_t*>(sum) += area->used * area->block_size;
          return true;
        },
        &bytes);
    return bytes;
  }
};

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_SUBJECT_MIMALLOC_H_
