// Memory in normal pages, mapped from the system: the provider that Acre uses
// unless told otherwise.
//
// Where the system counts writable mappings against a limit
// (Os::StrictOvercommit), grants are reservations that Acre commits piece by
// piece; elsewhere they are usable at once, and there is nothing to decommit.
//
// Thread-safe; without state but for the Os, which it does not own and which
// must live longer. Fails only where the Os does.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_MMAP_HOOKS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_MMAP_HOOKS_H_

#include <cstddef>

#include "allocator/extent/extent_hooks.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class MmapHooks final : public ExtentHooks {
 public:
  explicit MmapHooks(Os* os) noexcept
      : os_(os), reserve_(os->StrictOvercommit()) {}

  const char* name() const noexcept override { return "mmap"; }
  ExtentCapabilities capabilities() const noexcept override;
  bool Allocate(const ExtentRequest& request,
                ExtentGrant* grant) noexcept override;
  bool Release(void* base, size_t size) noexcept override;
  bool Commit(void* base, size_t size) noexcept override;
  bool Decommit(void* base, size_t size) noexcept override;
  bool PurgeLazily(void* base, size_t size) noexcept override;
  bool PurgeForcibly(void* base, size_t size) noexcept override;
  bool Split(void* base, size_t size, size_t first) noexcept override;
  bool Merge(void* base, size_t first, size_t second) noexcept override;

 private:
  Os* const os_;
  const bool reserve_;  // Grants are reservations.
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_MMAP_HOOKS_H_
