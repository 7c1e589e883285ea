// Metadata from extent hooks: an Os whose reservations are grants, for a domain
// that shall have what describes memory in memory of a provider's, too (on a
// node of its own, say, or in hugepages). Requests carry the purpose kMetadata.
//
// Metadata is reserved in large pieces, of which a little is used, so it is for
// providers whose uncommitted or untouched memory costs nothing; where one
// refuses, the pools ask for half as much. Reserved memory must be readable,
// and zero: grants that are not zeroed are given back. Memory is returned only
// to trusted providers that can purge; to others it stays with its pool.
//
// Implements what metadata needs: Reserve, Commit, Map, Unmap, Purge. All else
// is refused.
//
// Thread-safe: one lock, not held while the hooks work.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_HOOKS_OS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_HOOKS_OS_H_

#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "allocator/base/mutex.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/hooks/grant_table.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class HooksOs final : public Os {
 public:
  // `table_os` has the list of grants. Neither is owned.
  HooksOs(ExtentHooks* hooks, Os* table_os) noexcept
      : hooks_(hooks), capabilities_(hooks->capabilities()), table_(table_os) {}

  void* Reserve(size_t size, size_t alignment) noexcept override;
  bool Commit(void* base, size_t size) noexcept override;
  void* Map(size_t size, size_t alignment) noexcept override;
  // Exactly one Reserve or Map.
  bool Unmap(void* base, size_t size) noexcept override;
  bool Purge(void* base, size_t size) noexcept override;

  bool Decommit(void*, size_t) noexcept override { return false; }
  bool PurgeLazily(void*, size_t) noexcept override { return false; }
  void* MapHuge(size_t, size_t) noexcept override { return nullptr; }
  bool AdviseHuge(void*, size_t, HugeAdvice) noexcept override { return false; }
  bool Collapse(void*, size_t) noexcept override { return false; }
  bool Populate(void*, size_t) noexcept override { return false; }
  bool Bind(void*, size_t, int, bool) noexcept override { return false; }
  bool StrictOvercommit() noexcept override { return false; }

 private:
  // What the table keeps of a grant besides its address.
  static constexpr size_t kCommitted = 1;
  static constexpr size_t kPinned = 2;

  using Lock = MutexLock<LockRank::kHookChain>;

  void* Take(size_t size, size_t alignment, bool commit) noexcept;
  bool Keep(const ExtentGrant& grant) noexcept;
  // What the table has of the grant that `base` lies in; 0 for none.
  size_t KindOf(const void* base) const noexcept;

  ExtentHooks* const hooks_;
  const ExtentCapabilities capabilities_;
  mutable Mutex<LockRank::kHookChain> mutex_;
  GrantTable table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_HOOKS_OS_H_
