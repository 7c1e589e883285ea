#include "allocator/extent/grants.h"

#include <algorithm>

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

// A grant's ranges, page size and pinning in one word: addresses have 48 bits.
constexpr int kShiftAt = kAddressBits;
constexpr size_t kPinnedBit = size_t{1} << 63;
constexpr size_t kRangesMask = (size_t{1} << kShiftAt) - 1;

size_t Pack(const Grant& grant) {
  const auto shift = static_cast<size_t>(std::countr_zero(grant.page_size));
  const auto ranges = reinterpret_cast<size_t>(grant.ranges);
  ACRE_DCHECK((ranges & ~kRangesMask) == 0 && shift < 64);
  return ranges | shift << kShiftAt | (grant.pinned ? kPinnedBit : 0);
}

Grant Unpack(const GrantTable::Grant& packed) {
  return {
      .base = packed.base,
      .size = packed.size,
      .ranges = reinterpret_cast<SharedRanges*>(packed.member & kRangesMask),
      .pinned = (packed.member & kPinnedBit) != 0,
      .page_size = size_t{1} << ((packed.member & ~kPinnedBit) >> kShiftAt)};
}

}  // namespace

Grants::AddResult Grants::Add(const Grant& grant) noexcept {
  Lock lock(&mutex_);
  if (!table_.Promise()) return AddResult::kOutOfMemory;
  if (!table_.Insert({grant.base, grant.size, Pack(grant)})) {
    table_.Withdraw();
    return AddResult::kOverlaps;
  }
  count_.Add(1);
  return AddResult::kAdded;
}

void Grants::Remove(uintptr_t base, size_t size) noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant = table_.FindWhole(base, size);
  ACRE_CHECK(grant != nullptr);
  table_.Remove(grant);
  table_.Withdraw();
  count_.Sub(1);
}

bool Grants::PrepareSplit() noexcept {
  Lock lock(&mutex_);
  return table_.Promise();
}

void Grants::Split(uintptr_t base, size_t first) noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant = table_.Find(base, 1);
  ACRE_CHECK(grant != nullptr && grant->base == base && grant->size > first);
  table_.Split(grant, first);
  count_.Add(1);
}

void Grants::CancelSplit() noexcept {
  Lock lock(&mutex_);
  table_.Withdraw();
}

void Grants::Merge(uintptr_t base) noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant = table_.Find(base, 1);
  ACRE_CHECK(grant != nullptr && grant->base == base);
  table_.Merge(grant);
  count_.Sub(1);
}

Grant Grants::Find(uintptr_t address) const noexcept {
  Lock lock(&mutex_);
  const GrantTable::Grant* grant = table_.Find(address, 1);
  return grant == nullptr ? Grant{} : Unpack(*grant);
}

size_t Grants::metadata_bytes() const {
  return AlignUp(count_.Get() * sizeof(GrantTable::Grant), kPageSize);
}

size_t Grants::Copy(size_t first, std::span<Range> out,
                    bool* busy) const noexcept {
  if (!mutex_.TryLock()) {
    if (busy != nullptr) *busy = true;
    return 0;
  }
  const size_t n = table_.ForEachFrom(
      first, out.size(), [&](size_t i, const GrantTable::Grant& grant) {
        out[i] = {grant.base, grant.size};
      });
  mutex_.Unlock();
  return n;
}

}  // namespace acre::allocator
