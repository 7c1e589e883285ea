// Which member of a HookChain granted which memory: records sorted by address,
// in memory of the Os that is reserved once and committed page by page.
//
// Room is promised before a member is asked, so that what was granted can
// always be recorded. Not thread-safe: the chain's lock guards it. O(log n) to
// find, O(n) to insert and remove; grants are few and large. Bytes throughout.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_GRANT_TABLE_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_GRANT_TABLE_H_

#include <cstddef>
#include <cstdint>

#include "allocator/os/os.h"

namespace acre::allocator {

class GrantTable {
 public:
  static constexpr size_t kMostGrants = 65536;

  struct Grant {
    uintptr_t base;
    size_t size;
    size_t member;

    uintptr_t end() const { return base + size; }
  };

  // Does not own the Os, which must live longer. Asks it for nothing yet.
  explicit GrantTable(Os* os) noexcept : os_(os) {}
  GrantTable(const GrantTable&) = delete;
  GrantTable& operator=(const GrantTable&) = delete;
  ~GrantTable();

  // Keeps room for one more grant, until Insert or Split uses it or Withdraw
  // gives it up. False when the table is full or the system refuses.
  bool Promise() noexcept;
  void Withdraw() noexcept;

  // False, and the room stays promised, where another grant has part of it.
  bool Insert(const Grant& grant) noexcept;
  // The grant that has all of [base, base + size); null when none has.
  const Grant* Find(uintptr_t base, size_t size) const noexcept;
  // The grant that is exactly this.
  const Grant* FindWhole(uintptr_t base, size_t size) const noexcept;
  // Its room is promised from now on.
  void Remove(const Grant* grant) noexcept;
  void Split(const Grant* grant, size_t first) noexcept;
  // With the one that follows.
  void Merge(const Grant* grant) noexcept;

  size_t size() const { return count_; }

  // Calls visit(size_t i, const Grant&) for up to `most` grants from number
  // `first` on, in order of address; returns how many.
  template <typename Visit>
  size_t ForEachFrom(size_t first, size_t most, Visit visit) const {
    size_t n = 0;
    for (; n < most && first + n < count_; ++n) visit(n, grants_[first + n]);
    return n;
  }

 private:
  // The first that ends after `address`.
  size_t IndexAt(uintptr_t address) const noexcept;
  void Open(size_t index, const Grant& grant) noexcept;
  void Close(size_t index) noexcept;

  Os* const os_;
  Grant* grants_ = nullptr;
  size_t count_ = 0;
  size_t promised_ = 0;
  size_t committed_bytes_ = 0;
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_GRANT_TABLE_H_
