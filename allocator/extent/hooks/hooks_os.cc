#include "allocator/extent/hooks/hooks_os.h"

#include <algorithm>

#include "allocator/base/units.h"

namespace acre::allocator {

bool HooksOs::Keep(const ExtentGrant& grant) noexcept {
  Lock lock(&mutex_);
  if (!table_.Promise()) return false;
  const size_t kind =
      (grant.committed ? kCommitted : 0) | (grant.pinned ? kPinned : 0);
  if (table_.Insert(
          {reinterpret_cast<uintptr_t>(grant.base), grant.size, kind})) {
    return true;
  }
  table_.Withdraw();
  return false;
}

size_t HooksOs::KindOf(const void* base) const noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant =
      table_.Find(reinterpret_cast<uintptr_t>(base), 1);
  return grant == nullptr ? 0 : grant->member;
}

void* HooksOs::Take(size_t size, size_t alignment, bool commit) noexcept {
  const size_t whole = AlignUp(size, kGrantGranularity);
  if (whole < size) return nullptr;
  const ExtentRequest request{
      .purpose = ExtentPurpose::kMetadata,
      .desired = whole,
      .required = whole,
      .alignment = std::max(alignment, kGrantGranularity),
      .commit = commit};
  ExtentGrant grant;
  if (!hooks_->Allocate(request, &grant) || grant.base == nullptr) {
    return nullptr;
  }
  const auto base = reinterpret_cast<uintptr_t>(grant.base);
  const bool fine = base % request.alignment == 0 && grant.size >= whole &&
                    grant.zeroed && (grant.committed || !commit) &&
                    (grant.committed || capabilities_.commit);
  if (fine && Keep(grant)) return grant.base;
  if (capabilities_.release) hooks_->Release(grant.base, grant.size);
  return nullptr;
}

void* HooksOs::Reserve(size_t size, size_t alignment) noexcept {
  return Take(size, alignment, /*commit=*/false);
}

void* HooksOs::Map(size_t size, size_t alignment) noexcept {
  return Take(size, alignment, /*commit=*/true);
}

bool HooksOs::Commit(void* base, size_t size) noexcept {
  return (KindOf(base) & kCommitted) != 0 || hooks_->Commit(base, size);
}

bool HooksOs::Unmap(void* base, size_t) noexcept {
  GrantTable::Grant grant;
  {
    // Out of the table first: once released, the address may be granted again.
    Lock lock(&mutex_);
    const GrantTable::Grant* found =
        table_.Find(reinterpret_cast<uintptr_t>(base), 1);
    if (found == nullptr) return false;
    grant = *found;
    table_.Remove(found);
    table_.Withdraw();
  }
  // What the provider does not take back stays its own.
  return capabilities_.release &&
         hooks_->Release(reinterpret_cast<void*>(grant.base), grant.size);
}

bool HooksOs::Purge(void* base, size_t size) noexcept {
  return capabilities_.purge_forcibly && capabilities_.trusted &&
         (KindOf(base) & kPinned) == 0 && hooks_->PurgeForcibly(base, size);
}

}  // namespace acre::allocator
