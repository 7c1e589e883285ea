#include "allocator/extent/hooks/grant_table.h"

#include <algorithm>

#include "allocator/base/check.h"
#include "allocator/base/units.h"

namespace acre::allocator {
namespace {

constexpr size_t kTableBytes =
    GrantTable::kMostGrants * sizeof(GrantTable::Grant);
static_assert(kTableBytes % kPageSize == 0);

}  // namespace

GrantTable::~GrantTable() {
  if (grants_ != nullptr) os_->Unmap(grants_, kTableBytes);
}

bool GrantTable::Promise() noexcept {
  if (grants_ == nullptr) {
    grants_ = static_cast<Grant*>(os_->Reserve(kTableBytes, kPageSize));
    if (grants_ == nullptr) return false;
  }
  const size_t grants = count_ + promised_ + 1;
  if (grants > kMostGrants) return false;
  if (grants * sizeof(Grant) > committed_bytes_) {
    if (!os_->Commit(reinterpret_cast<char*>(grants_) + committed_bytes_,
                     kPageSize)) {
      return false;
    }
    committed_bytes_ += kPageSize;
  }
  ++promised_;
  return true;
}

void GrantTable::Withdraw() noexcept {
  ACRE_DCHECK(promised_ > 0);
  --promised_;
}

size_t GrantTable::IndexAt(uintptr_t address) const noexcept {
  return static_cast<size_t>(
      std::upper_bound(
          grants_, grants_ + count_, address,
          [](uintptr_t a, const Grant& grant) { return a < grant.end(); }) -
      grants_);
}

void GrantTable::Open(size_t index, const Grant& grant) noexcept {
  ACRE_DCHECK(promised_ > 0);
  std::copy_backward(grants_ + index, grants_ + count_, grants_ + count_ + 1);
  grants_[index] = grant;
  ++count_;
  --promised_;
}

void GrantTable::Close(size_t index) noexcept {
  std::copy(grants_ + index + 1, grants_ + count_, grants_ + index);
  --count_;
}

bool GrantTable::Insert(const Grant& grant) noexcept {
  const size_t index = IndexAt(grant.base);
  if (index < count_ && grants_[index].base < grant.end()) return false;
  Open(index, grant);
  return true;
}

const GrantTable::Grant* GrantTable::Find(uintptr_t base,
                                          size_t size) const noexcept {
  const size_t index = IndexAt(base);
  if (index == count_) return nullptr;
  const Grant& grant = grants_[index];
  const bool inside = grant.base <= base && size <= grant.end() - base;
  return inside ? &grant : nullptr;
}

const GrantTable::Grant* GrantTable::FindWhole(uintptr_t base,
                                               size_t size) const noexcept {
  const Grant* grant = Find(base, size);
  return grant != nullptr && grant->base == base && grant->size == size
             ? grant
             : nullptr;
}

void GrantTable::Remove(const Grant* grant) noexcept {
  Close(static_cast<size_t>(grant - grants_));
  ++promised_;
}

void GrantTable::Split(const Grant* grant, size_t first) noexcept {
  const size_t index = static_cast<size_t>(grant - grants_);
  const Grant second = {grant->base + first, grant->size - first,
                        grant->member};
  grants_[index].size = first;
  Open(index + 1, second);
}

void GrantTable::Merge(const Grant* grant) noexcept {
  const size_t index = static_cast<size_t>(grant - grants_);
  ACRE_DCHECK(index + 1 < count_ && grants_[index + 1].base == grant->end());
  grants_[index].size += grants_[index + 1].size;
  Close(index + 1);
}

}  // namespace acre::allocator
