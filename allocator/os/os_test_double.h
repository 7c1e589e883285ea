// The kernel with faults to order, for unit tests: counts what is asked for
// and refuses what it is told to. Thread-safe as far as LinuxOs is; the faults
// are set while no other thread asks.

#ifndef ACRE_ALLOCATOR_OS_OS_TEST_DOUBLE_H_
#define ACRE_ALLOCATOR_OS_OS_TEST_DOUBLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "allocator/base/units.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class OsTestDouble final : public Os {
 public:
  // Requests above these many bytes are refused.
  size_t most_reserve = SIZE_MAX;
  size_t most_commit = SIZE_MAX;
  size_t most_map = SIZE_MAX;
  bool refuse_purge = false;

  // Calls that succeeded.
  std::atomic<size_t> reserves{0};
  std::atomic<size_t> commits{0};
  std::atomic<size_t> maps{0};
  std::atomic<size_t> unmaps{0};
  std::atomic<size_t> purges{0};
  // Address space of what is mapped or reserved now.
  std::atomic<size_t> held_bytes{0};

  void* Reserve(size_t size, size_t alignment) noexcept override {
    if (size > most_reserve) return nullptr;
    return Count(LinuxOs::Get()->Reserve(size, alignment), size, &reserves);
  }
  bool Commit(void* base, size_t size) noexcept override {
    if (size > most_commit || !LinuxOs::Get()->Commit(base, size)) return false;
    ++commits;
    return true;
  }
  void* Map(size_t size, size_t alignment) noexcept override {
    if (size > most_map) return nullptr;
    return Count(LinuxOs::Get()->Map(size, alignment), size, &maps);
  }
  void Unmap(void* base, size_t size) noexcept override {
    LinuxOs::Get()->Unmap(base, size);
    held_bytes -= size;
    ++unmaps;
  }
  bool Purge(void* base, size_t size) noexcept override {
    if (refuse_purge) {
      // A call that fails may have gone part of the way.
      memset(base, 0, kPageSize);
      return false;
    }
    if (!LinuxOs::Get()->Purge(base, size)) return false;
    ++purges;
    return true;
  }

 private:
  void* Count(void* base, size_t size, std::atomic<size_t>* calls) {
    if (base == nullptr) return nullptr;
    held_bytes += size;
    ++*calls;
    return base;
  }
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_OS_OS_TEST_DOUBLE_H_
