// std::pmr::memory_resource over an arena, a tcache and a region, so that
// standard containers live in a tenant:
//
//   acre::TcacheResource memory(&tcache);
//   std::pmr::vector<Row> rows(&memory);
//
// A refused allocation is std::bad_alloc, as the standard requires of a
// memory_resource; the container is then as it was, as far as its own
// guarantees go. Each resource refers to what it was made from, which must
// outlive it and every container that uses it. Thread-safety and complexity are
// those of what it refers to: an ArenaResource may be shared by threads, the
// others serve one thread at a time. Alignment goes up to 1 GiB, for a region
// up to 4096; beyond that it is std::bad_alloc.

#ifndef ACRE_ENGINE_ADAPTER_STD_MEMORY_RESOURCE_H_
#define ACRE_ENGINE_ADAPTER_STD_MEMORY_RESOURCE_H_

#include <cstddef>
#include <memory_resource>

#include "engine_adapter/arena.h"
#include "engine_adapter/region.h"
#include "engine_adapter/tcache.h"

namespace acre {

// Equal to another resource of the same arena.
class ArenaResource final : public std::pmr::memory_resource {
 public:
  explicit ArenaResource(ArenaRef arena) noexcept : arena_(arena) {}

  ArenaRef arena() const noexcept { return arena_; }

 private:
  void* do_allocate(size_t bytes, size_t alignment) override;
  void do_deallocate(void* ptr, size_t bytes, size_t alignment) override;
  bool do_is_equal(
      const std::pmr::memory_resource& other) const noexcept override;

  const ArenaRef arena_;
};

// Equal to another resource of the same tcache.
class TcacheResource final : public std::pmr::memory_resource {
 public:
  explicit TcacheResource(Tcache* tcache) noexcept : tcache_(tcache) {}

 private:
  void* do_allocate(size_t bytes, size_t alignment) override;
  void do_deallocate(void* ptr, size_t bytes, size_t alignment) override;
  bool do_is_equal(
      const std::pmr::memory_resource& other) const noexcept override;

  Tcache* const tcache_;
};

// Deallocation does nothing: memory comes back when the region is dropped.
// Equal to another resource of the same region.
class RegionResource final : public std::pmr::memory_resource {
 public:
  explicit RegionResource(Region* region) noexcept : region_(region) {}

 private:
  void* do_allocate(size_t bytes, size_t alignment) override;
  void do_deallocate(void* ptr, size_t bytes, size_t alignment) override;
  bool do_is_equal(
      const std::pmr::memory_resource& other) const noexcept override;

  Region* const region_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_STD_MEMORY_RESOURCE_H_
