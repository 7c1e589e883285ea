// All grants of a domain's hooks: which addresses are Acre's, whose ranges they
// belong to and what backs them. The one authority on what a provider granted:
// a grant that overlaps another one is refused here.
//
// Thread-safe; one lock. O(log n) to find, O(n) to change; grants are few and
// large.

#ifndef ACRE_ALLOCATOR_EXTENT_GRANTS_H_
#define ACRE_ALLOCATOR_EXTENT_GRANTS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/base/thread_annotations.h"
#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/units.h"
#include "allocator/extent/hooks/grant_table.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class SharedRanges;

struct Grant {
  uintptr_t base = 0;
  size_t size = 0;
  SharedRanges* ranges = nullptr;  // Null: there is no such grant.
  bool pinned = false;
  size_t page_size = kPageSize;

  uintptr_t end() const { return base + size; }
};

class Grants {
 public:
  explicit Grants(Os* os) noexcept : table_(os) {}

  // False where it overlaps another one, or at out-of-memory.
  enum class AddResult : uint8_t { kAdded, kOverlaps, kOutOfMemory };
  AddResult Add(const Grant& grant) noexcept;
  // A grant that is exactly [base, base + size).
  void Remove(uintptr_t base, size_t size) noexcept;
  // Room for a split is taken first: false at out-of-memory. Follow with
  // Split, or with CancelSplit.
  bool PrepareSplit() noexcept;
  void Split(uintptr_t base, size_t first) noexcept;
  void CancelSplit() noexcept;
  // The grant at `base` with the one that follows it.
  void Merge(uintptr_t base) noexcept;

  // The grant that `address` lies in; one with null ranges when in none.
  Grant Find(uintptr_t address) const noexcept;

  LockCounts lock_counts() const { return mutex_.counts(); }
  void ForgetLockCounts() noexcept {
    MutexLock<LockRank::kGrants> lock(&mutex_);
    mutex_.ForgetCounts();
  }
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }

  size_t count() const { return count_.Get(); }
  // Memory of the table. Bytes.
  size_t metadata_bytes() const;

  struct Range {
    uintptr_t base;
    size_t size;
  };
  // Copies grants from number `first` on; returns how many. One made or given
  // back between two calls may be missed or met twice. Where the lock is not to
  // be had there are none, and *busy is set.
  size_t Copy(size_t first, std::span<Range> out,
              bool* busy = nullptr) const noexcept;

 private:
  using Lock = MutexLock<LockRank::kGrants>;

  mutable Mutex<LockRank::kGrants> mutex_;
  GrantTable table_ ABSL_GUARDED_BY(mutex_);
  Counter<size_t> count_;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_GRANTS_H_
