// Memory of one NUMA node: each grant of other hooks is bound to the node
// before anybody uses it. One of these for each node, and the arenas of the
// node on it.
//
// Where binding fails the grant goes back and the request is refused; hooks
// that cannot release keep what they granted then. A strict binding takes pages
// from no other node, even when the node has none left: touching the memory
// may then kill the process.
//
// Thread-safe. Owns neither the Os nor the hooks below, which must live longer.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_NUMA_HOOKS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_NUMA_HOOKS_H_

#include <cstddef>
#include <cstdint>

#include "allocator/extent/extent_hooks.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class NumaHooks final : public ExtentHooks {
 public:
  NumaHooks(Os* os, ExtentHooks* below, int node, bool strict) noexcept
      : os_(os), below_(below), node_(node), strict_(strict) {}

  const char* name() const noexcept override { return "numa"; }
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
  ExtentHooks* const below_;
  const int node_;
  const bool strict_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_NUMA_HOOKS_H_
