// An STL allocator over an arena, for containers that are not pmr's:
//
//   std::vector<Row, acre::ArenaAllocator<Row>> rows(
//       acre::ArenaAllocator<Row>(tenant.ref()));
//
// Stateful: it names an arena. Two are equal when they name the same one, and
// then each frees what the other gave. Moving and swapping containers hands
// their memory over, arena and all, in O(1). Copying never changes a tenant:
// what is copy-assigned lands in the arena that the target was made for, and a
// copy-constructed container lives where its source does, unless it is given
// another allocator. There is no default: a container must be told its tenant.
//
// Thread-safety and complexity are the arena's: any thread, a lock for small
// sizes. A refused allocation is std::bad_alloc; a size whose bytes overflow is
// std::bad_array_new_length. The arena must outlive the container.

#ifndef ACRE_ENGINE_ADAPTER_STD_ARENA_ALLOCATOR_H_
#define ACRE_ENGINE_ADAPTER_STD_ARENA_ALLOCATOR_H_

#include <cstddef>
#include <limits>
#include <new>
#include <type_traits>

#include "engine_adapter/arena.h"

namespace acre {

template <typename T>
class ArenaAllocator {
 public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  explicit ArenaAllocator(ArenaRef arena) noexcept : arena_(arena) {}
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): containers rebind.
  ArenaAllocator(const ArenaAllocator<U>& other) noexcept
      : arena_(other.arena()) {}

  [[nodiscard]] T* allocate(size_t n) {
    if (n > std::numeric_limits<size_t>::max() / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    void* ptr = arena_.AllocateAligned(n * sizeof(T), alignof(T));
    if (ptr == nullptr) throw std::bad_alloc();
    return static_cast<T*>(ptr);
  }

  void deallocate(T* ptr, size_t n) noexcept {
    arena_.Deallocate(ptr, n * sizeof(T), alignof(T));
  }

  ArenaRef arena() const noexcept { return arena_; }

  template <typename U>
  friend bool operator==(const ArenaAllocator& a, const ArenaAllocator<U>& b) {
    return a.arena() == b.arena();
  }

 private:
  ArenaRef arena_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_STD_ARENA_ALLOCATOR_H_
