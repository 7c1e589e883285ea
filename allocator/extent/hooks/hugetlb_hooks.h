// Memory in hugepages of the system's pool (hugetlb), reserved for it when it
// is granted: in memory for good, never split up by the kernel, never swapped.
// The operator fills the pool; where it is empty Allocate fails, so that most
// will want something after this in a HookChain.
//
// Grants are whole hugepages: sizes are rounded up to page_size. An alignment
// above that takes up to as much more of the pool for a moment.
//
// Thread-safe; without state but for the Os, which it does not own and which
// must live longer.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_HUGETLB_HOOKS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_HUGETLB_HOOKS_H_

#include <cstddef>

#include "allocator/extent/extent_hooks.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class HugetlbHooks final : public ExtentHooks {
 public:
  // `page_size`: bytes, of a size that the system has a pool of; on x86-64
  // 2 MiB or 1 GiB.
  HugetlbHooks(Os* os, size_t page_size) noexcept;

  const char* name() const noexcept override { return "hugetlb"; }
  ExtentCapabilities capabilities() const noexcept override;
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override;
  // False for anything but whole hugepages.
  bool Release(void* base, size_t size) noexcept override;
  bool Split(void* base, size_t size, size_t first) noexcept override;
  bool Merge(void* base, size_t first, size_t second) noexcept override;

 private:
  void* Map(size_t size, size_t alignment) noexcept;

  Os* const os_;
  const size_t page_size_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_HUGETLB_HOOKS_H_
