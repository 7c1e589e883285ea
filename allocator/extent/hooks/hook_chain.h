// Hooks that fall back to other hooks: each request goes to the members in
// order until one grants it. For example hugetlb, then THP, then normal pages.
//
// What became of a grant goes to the member that granted it. capabilities() is
// what some member can do; a call on memory of a member that cannot do it
// returns false, which Acre takes as refused for that grant. Trusted where all
// members are. Grants of different members never merge.
//
// A member's answer that leads nowhere (no memory, or memory that a grant in
// use has) counts as a refusal, and is not given back: it is somebody else's.
//
// Thread-safe: a lock of its own guards the table of grants, and is not held
// while a member works. Owns neither the Os nor the members, which must live
// longer. Allocate fails when all members refuse, or when the table of
// GrantTable::kMostGrants is full or cannot grow; no member is asked then.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOKS_HOOK_CHAIN_H_
#define ACRE_ALLOCATOR_EXTENT_HOOKS_HOOK_CHAIN_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/base/mutex.h"
#include "allocator/extent/extent_hooks.h"
#include "allocator/extent/hooks/grant_table.h"
#include "allocator/os/os.h"

namespace acre::allocator {

class HookChain final : public ExtentHooks {
 public:
  static constexpr size_t kMostMembers = 4;

  // The Os is for the table alone. One to kMostMembers members, copied.
  HookChain(Os* os, std::span<ExtentHooks* const> members) noexcept;

  const char* name() const noexcept override { return "chain"; }
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

  // Since construction, by the member's place in the chain.
  size_t members() const { return member_count_; }
  uint64_t grants(size_t member) const {
    return members_[member].grants.load(std::memory_order_relaxed);
  }
  // Requests that it refused: what went on to the next one.
  uint64_t fallbacks(size_t member) const {
    return members_[member].fallbacks.load(std::memory_order_relaxed);
  }

 private:
  struct Member {
    ExtentHooks* hooks = nullptr;
    std::atomic<uint64_t> grants{0};
    std::atomic<uint64_t> fallbacks{0};
  };

  bool Promise() noexcept;
  void Withdraw() noexcept;
  bool Record(const ExtentGrant& grant, size_t member) noexcept;
  // The hooks that granted all of [base, base + size); null when none did.
  ExtentHooks* MemberOf(const void* base, size_t size) const noexcept;

  size_t member_count_ = 0;
  std::array<Member, kMostMembers> members_;
  mutable Mutex<LockRank::kHookChain> mutex_;
  GrantTable table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOKS_HOOK_CHAIN_H_
