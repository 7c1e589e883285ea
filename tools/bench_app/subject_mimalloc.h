// mimalloc as a subject: a heap is both a tenant's arena and a query's scope.
//
// A heap belongs to the thread that made it; others may free its blocks but
// not allocate from it, so a Cache is a heap of its own on the thread that
// opens it. Closing a Cache deletes its heap, which keeps live blocks alive;
// a Query's heap and an Arena's are destroyed with all that is in them.

#ifndef ACRE_TOOLS_BENCH_APP_SUBJECT_MIMALLOC_H_
#define ACRE_TOOLS_BENCH_APP_SUBJECT_MIMALLOC_H_

#include <mimalloc.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::bench {

class MimallocHeap {
 public:
  MimallocHeap() : heap_(mi_heap_new()) {}
  MimallocHeap(const MimallocHeap&) = delete;
  MimallocHeap& operator=(const MimallocHeap&) = delete;

  void* Allocate(size_t size) { return mi_heap_malloc(heap_, size); }
  void Deallocate(void* pointer) { mi_free(pointer); }
  void DeallocateSized(void* pointer, size_t size) {
    mi_free_size(pointer, size);
  }
  mi_heap_t* heap() { return heap_; }

 protected:
  ~MimallocHeap() = default;

 private:
  mi_heap_t* heap_;
};

// Discards what it still holds when it goes.
class MimallocArena : public MimallocHeap {
 public:
  ~MimallocArena() { mi_heap_destroy(heap()); }
  void Purge() { mi_collect(/*force=*/true); }
};

class MimallocCache : public MimallocHeap {
 public:
  explicit MimallocCache(MimallocArena&) {}
  ~MimallocCache() { mi_heap_delete(heap()); }
};

// Deleting a heap hands even its empty pages to the thread's main heap, which
// keeps them until it allocates of the same size; destroying it is cheaper.
class MimallocQuery : public MimallocHeap {
 public:
  explicit MimallocQuery(MimallocArena&) {}
  ~MimallocQuery() { mi_heap_destroy(heap()); }
};

struct MimallocSubject {
  static constexpr std::string_view kName = "mimalloc";
  static constexpr bool kHasArenas = true;
  static constexpr size_t kMaxArenas = 100'000;
  using Arena = MimallocArena;
  using Cache = MimallocCache;
  using Query = MimallocQuery;
  using Bulk = MimallocQuery;

  static void RefreshStatistics() {}
  // mimalloc 2 keeps no statistics per heap; walking the heap's areas is the
  // cheapest way to ask how much one holds.
  static uint64_t ReadAllocated(MimallocArena& arena) {
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
