// A region: bump memory for state that dies with the query. Allocations are
// laid one after the other and dropped all at once; none is freed by itself.
// Blocks come from the arena, count against its limit, and are parked warm for
// the next region.
//
// Thread-safety: one thread at a time. Complexity: Allocate is O(1) and inline;
// Drop is O(blocks). Errors: as for Tcache; nothing throws.

#ifndef ACRE_ENGINE_ADAPTER_REGION_H_
#define ACRE_ENGINE_ADAPTER_REGION_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "allocator/cache/region.h"

namespace acre {

class Region {
 public:
  // Closed: every allocation returns null.
  Region() noexcept = default;
  Region(Region&& other) noexcept
      : core_(std::exchange(other.core_, allocator::Region())) {}
  Region& operator=(Region&& other) noexcept {
    if (this != &other) {
      core_.Close();
      core_ = std::exchange(other.core_, allocator::Region());
    }
    return *this;
  }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() { core_.Close(); }

  // `alignment` is a power of two up to 4096.
  [[nodiscard]] void* Allocate(size_t size, size_t alignment = 16) noexcept {
    return core_.Allocate(size, alignment);
  }

  // Ends the life of everything allocated so far. The region stays open.
  void Drop() noexcept { core_.Drop(); }
  // Drops and closes. Idempotent; the destructor does the same.
  void Close() noexcept { core_.Close(); }

  // Whether allocations can succeed.
  bool valid() const noexcept { return core_.valid(); }
  // Bytes of the blocks held, used or not.
  uint64_t bytes() const noexcept { return core_.block_bytes(); }

 private:
  friend class ArenaRef;
  explicit Region(allocator::Region core) noexcept : core_(core) {}

  allocator::Region core_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_REGION_H_
