// A tcache: the cache of free memory that one query owns.
//
//   acre::Tcache tcache = arena.OpenTcache();
//   void* p = tcache.Allocate(1000);
//   tcache.Deallocate(p);
//   // The destructor closes it: what it holds is parked, warm, with the arena.
//
// Thread-safety: one thread at a time; it may be handed from thread to thread.
// A tcache must be closed before its service is gone.
//
// Complexity: opening and closing an unused tcache are a few stores.
// Allocate and Deallocate of sizes up to 1 MiB are O(1), inline, without lock
// or atomic read-modify-write, except when a stack runs empty or full; then a
// batch moves between it and the arena.
//
// Errors: an allocation returns null when a limit refuses it (the service's
// refusal handler has been told why), when the system has no memory, when
// size > 64 TiB, or when the tcache is closed or stale (its arena was reset or
// destroyed). Misuse that is detected (see docs/one_allocation.md for what is,
// and when) is reported, then the process aborts, or the memory is leaked, as
// the service is configured. No call throws.
//
// Size 0 is served like size 1. Memory from one arena may be freed through any
// tcache of the same service: it goes back to its owner.

#ifndef ACRE_ENGINE_ADAPTER_TCACHE_H_
#define ACRE_ENGINE_ADAPTER_TCACHE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "allocator/cache/tcache.h"

namespace acre {

// A pointer and the bytes that may be used at it; {nullptr, 0} on failure.
struct AllocationResult {
  void* ptr = nullptr;
  size_t usable = 0;
};

class Tcache {
 public:
  // Closed: every allocation returns null.
  Tcache() noexcept = default;
  Tcache(Tcache&& other) noexcept
      : core_(std::exchange(other.core_, allocator::Tcache())) {}
  Tcache& operator=(Tcache&& other) noexcept {
    if (this != &other) {
      core_.Close();
      core_ = std::exchange(other.core_, allocator::Tcache());
    }
    return *this;
  }
  Tcache(const Tcache&) = delete;
  Tcache& operator=(const Tcache&) = delete;
  ~Tcache() { core_.Close(); }

  [[nodiscard]] void* Allocate(size_t size) noexcept {
    return core_.Allocate(size);
  }
  // `alignment` is a power of two up to 1 GiB; null otherwise.
  [[nodiscard]] void* AllocateAligned(size_t size, size_t alignment) noexcept {
    return core_.AllocateAligned(size, alignment);
  }
  // All `size` bytes read as zero. Memory fresh from the system is not cleared
  // a second time.
  [[nodiscard]] void* AllocateZeroed(size_t size) noexcept {
    return core_.AllocateZeroed(size);
  }
  [[nodiscard]] AllocationResult AllocateAtLeast(size_t size) noexcept {
    void* const ptr = core_.Allocate(size);
    if (ptr == nullptr) return {};
    return {ptr, allocator::ClassSize(allocator::ClassOf(size))};
  }

  // Null `ptr` allocates. On null the old allocation is untouched. Content up
  // to the lesser size is kept; the new memory is this arena's, except when the
  // allocation could stay where it was. Size 0 is served like size 1.
  [[nodiscard]] void* Reallocate(void* ptr, size_t size) noexcept {
    return core_.Reallocate(ptr, size);
  }
  // Whether `ptr` now has room for `size` where it is. Large allocations grow
  // into free neighbours and shrink; small ones stay within their size class.
  [[nodiscard]] bool ResizeInPlace(void* ptr, size_t size) noexcept {
    return core_.ResizeInPlace(ptr, size);
  }
  // Bytes that may be used at `ptr`; 0 for null.
  [[nodiscard]] size_t UsableSize(const void* ptr) const noexcept {
    return core_.UsableSize(ptr);
  }

  // Null is allowed.
  void Deallocate(void* ptr) noexcept { core_.Deallocate(ptr); }
  // `size` is what was asked for, or what AllocateAtLeast said. A size of
  // another class is misuse and detected.
  void Deallocate(void* ptr, size_t size) noexcept {
    core_.Deallocate(ptr, size);
  }
  // For what AllocateAligned gave: `size` and `alignment` as they were asked
  // for.
  void Deallocate(void* ptr, size_t size, size_t alignment) noexcept {
    core_.Deallocate(ptr, allocator::AlignedClassSize(size, alignment));
  }

  // Idempotent.
  void Close() noexcept { core_.Close(); }

  // Whether allocations can succeed.
  bool valid() const noexcept { return core_.valid(); }
  // Bytes held for later allocations.
  uint64_t cached_bytes() const noexcept { return core_.CachedBytes(); }

 private:
  friend class ArenaRef;
  explicit Tcache(allocator::Tcache core) noexcept : core_(core) {}

  allocator::Tcache core_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_TCACHE_H_
