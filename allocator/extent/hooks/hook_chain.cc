#include "allocator/extent/hooks/hook_chain.h"

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

using Lock = MutexLock<LockRank::kHookChain>;

uintptr_t AddressOf(const void* p) { return reinterpret_cast<uintptr_t>(p); }

}  // namespace

HookChain::HookChain(Os* os, std::span<ExtentHooks* const> members) noexcept
    : table_(os) {
  ACRE_CHECK(!members.empty() && members.size() <= kMostMembers);
  for (ExtentHooks* hooks : members) members_[member_count_++].hooks = hooks;
}

ExtentCapabilities HookChain::capabilities() const noexcept {
  ExtentCapabilities any;
  any.trusted = true;
  for (size_t i = 0; i < member_count_; ++i) {
    const ExtentCapabilities can = members_[i].hooks->capabilities();
    any.release |= can.release;
    any.commit |= can.commit;
    any.decommit |= can.decommit;
    any.purge_lazily |= can.purge_lazily;
    any.purge_forcibly |= can.purge_forcibly;
    any.split |= can.split;
    any.merge |= can.merge;
    any.trusted &= can.trusted;
  }
  return any;
}

bool HookChain::Promise() noexcept {
  Lock lock(&mutex_);
  return table_.Promise();
}

void HookChain::Withdraw() noexcept {
  Lock lock(&mutex_);
  table_.Withdraw();
}

bool HookChain::Record(const ExtentGrant& grant, size_t member) noexcept {
  if (grant.base == nullptr || grant.size == 0) return false;
  Lock lock(&mutex_);
  return table_.Insert({AddressOf(grant.base), grant.size, member});
}

bool HookChain::Allocate(const ExtentRequest& request,
                         ExtentGrant* grant) noexcept {
  if (!Promise()) return false;
  for (size_t i = 0; i < member_count_; ++i) {
    Member& member = members_[i];
    ExtentGrant granted;
    if (member.hooks->Allocate(request, &granted) && Record(granted, i)) {
      member.grants.fetch_add(1, std::memory_order_relaxed);
      *grant = granted;
      return true;
    }
    member.fallbacks.fetch_add(1, std::memory_order_relaxed);
  }
  Withdraw();
  return false;
}

bool HookChain::Release(void* base, size_t size) noexcept {
  GrantTable::Grant grant;
  {
    // Out of the table first: once released, the addresses may be granted to
    // another thread at once.
    Lock lock(&mutex_);
    const GrantTable::Grant* found = table_.FindWhole(AddressOf(base), size);
    if (found == nullptr) return false;
    grant = *found;
    table_.Remove(found);
  }
  const bool released = members_[grant.member].hooks->Release(base, size);
  Lock lock(&mutex_);
  if (released) {
    table_.Withdraw();
  } else {
    table_.Insert(grant);
  }
  return released;
}

ExtentHooks* HookChain::MemberOf(const void* base, size_t size) const noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant = table_.Find(AddressOf(base), size);
  return grant == nullptr ? nullptr : members_[grant->member].hooks;
}

bool HookChain::Commit(void* base, size_t size) noexcept {
  ExtentHooks* hooks = MemberOf(base, size);
  return hooks != nullptr && hooks->Commit(base, size);
}

bool HookChain::Decommit(void* base, size_t size) noexcept {
  ExtentHooks* hooks = MemberOf(base, size);
  return hooks != nullptr && hooks->Decommit(base, size);
}

bool HookChain::PurgeLazily(void* base, size_t size) noexcept {
  ExtentHooks* hooks = MemberOf(base, size);
  return hooks != nullptr && hooks->PurgeLazily(base, size);
}

bool HookChain::PurgeForcibly(void* base, size_t size) noexcept {
  ExtentHooks* hooks = MemberOf(base, size);
  return hooks != nullptr && hooks->PurgeForcibly(base, size);
}

bool HookChain::Split(void* base, size_t size, size_t first) noexcept {
  const uintptr_t address = AddressOf(base);
  size_t member;
  {
    Lock lock(&mutex_);
    const GrantTable::Grant* grant = table_.FindWhole(address, size);
    if (grant == nullptr || first == 0 || first >= size) return false;
    member = grant->member;
    if (!table_.Promise()) return false;
  }
  const bool split = members_[member].hooks->Split(base, size, first);
  Lock lock(&mutex_);
  if (split) {
    table_.Split(table_.FindWhole(address, size), first);
  } else {
    table_.Withdraw();
  }
  return split;
}

bool HookChain::Merge(void* base, size_t first, size_t second) noexcept {
  const uintptr_t address = AddressOf(base);
  size_t member;
  {
    Lock lock(&mutex_);
    const GrantTable::Grant* a = table_.FindWhole(address, first);
    const GrantTable::Grant* b = table_.FindWhole(address + first, second);
    if (a == nullptr || b == nullptr || a->member != b->member) return false;
    member = a->member;
  }
  if (!members_[member].hooks->Merge(base, first, second)) return false;
  Lock lock(&mutex_);
  table_.Merge(table_.FindWhole(address, first));
  return true;
}

}  // namespace acre::allocator
