// Memory that the kernel may back with hugepages of its own choice (THP): as
// MmapHooks, but at 2 MiB and advised for hugepages. For arenas that stay
// dense: a 4 KiB page that is purged out of a hugepage costs the kernel a
// split.
//
// Where the kernel refuses the advice (THP is "never"), the grant is good all
// the same, in normal pages, and is counted.
//
// Thread-safe. Does not own the Os, which must live longer. Fails only where
// mapping does.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_THP_HOOKS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_THP_HOOKS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/extent/extent_hooks.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class ThpHooks final : public ExtentHooks {
 public:
  static constexpr size_t kHugePage = size_t{2} << 20;

  explicit ThpHooks(Os* os) noexcept
      : os_(os), reserve_(os->StrictOvercommit()) {}

  const char* name() const noexcept override { return "thp"; }
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

  // Grants and commits for which the kernel took no advice.
  uint64_t advice_refused() const {
    return advice_refused_.load(std::memory_order_relaxed);
  }

 private:
  bool Advise(void* base, size_t size) noexcept;

  Os* const os_;
  const bool reserve_;  // Grants are reservations.
  std::atomic<uint64_t> advice_refused_{0};
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_THP_HOOKS_H_
