#include "allocator/extent/page_map.h"

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

constexpr size_t kLeafBytes = PageMap::kLeafEntries * sizeof(PageMap::Slot);
constexpr size_t kRootBytes = PageMap::kRootEntries * sizeof(PageMap::Root);
constexpr size_t kLeafCovers = PageMap::kLeafEntries * kPageSize;

// Calls part(leaf index, first byte in the leaf, bytes) for what each leaf
// holds of the entries of [base, base + size), until it returns false.
template <typename Part>
bool ForEachPart(uintptr_t base, size_t size, Part part) {
  for (uintptr_t at = base; at < base + size;) {
    const size_t leaf = at / kLeafCovers;
    const uintptr_t leaf_end = (leaf + 1) * kLeafCovers;
    const uintptr_t end = leaf_end < base + size ? leaf_end : base + size;
    constexpr size_t kEntry = sizeof(PageMap::Slot);
    if (!part(leaf, (at >> kPageShift) % PageMap::kLeafEntries * kEntry,
              ((end - at) >> kPageShift) * kEntry)) {
      return false;
    }
    at = end;
  }
  return true;
}

}  // namespace

PageMap::~PageMap() {
  if (root_ != nullptr) {
    for (size_t i = 0; i < kRootEntries; ++i) {
      Slot* leaf = root_[i].load(std::memory_order_relaxed);
      if (leaf != no_leaf_) os_->Unmap(leaf, kLeafBytes);
    }
    os_->Unmap(root_, kRootBytes);
  }
  if (no_leaf_ != nullptr) os_->Unmap(no_leaf_, kLeafBytes);
}

bool PageMap::Init(Os* os) noexcept {
  os_ = os;
  no_leaf_ = static_cast<Slot*>(os->Reserve(kLeafBytes, kPageSize));
  if (no_leaf_ == nullptr) return false;
  root_ = static_cast<Root*>(os->Map(kRootBytes, kPageSize));
  if (root_ == nullptr) return false;
  for (size_t i = 0; i < kRootEntries; ++i) {
    root_[i].store(no_leaf_, std::memory_order_relaxed);
  }
  metadata_bytes_.Set(kRootBytes);
  return true;
}

bool PageMap::AddRange(uintptr_t base, size_t size) noexcept {
  ACRE_CHECK(base % kRangeAlignment == 0 && size % kRangeAlignment == 0);
  if ((base + size - 1) >> kAddressBits != 0) return false;
  MutexLock<LockRank::kPageMap> lock(&mutex_);
  const bool added =
      ForEachPart(base, size, [&](size_t index, size_t first, size_t bytes) {
        Slot* leaf = root_[index].load(std::memory_order_relaxed);
        if (leaf == no_leaf_) {
          leaf = static_cast<Slot*>(os_->Reserve(kLeafBytes, kPageSize));
          if (leaf == nullptr) return false;
          root_[index].store(leaf, std::memory_order_release);
        }
        return os_->Commit(reinterpret_cast<char*>(leaf) + first, bytes);
      });
  // On failure some parts may stay writable; they are empty and untouched.
  if (added) metadata_bytes_.Add(size / kPageSize * sizeof(Slot));
  return added;
}

void PageMap::RemoveRange(uintptr_t base, size_t size) noexcept {
  MutexLock<LockRank::kPageMap> lock(&mutex_);
  ForEachPart(base, size, [&](size_t index, size_t first, size_t bytes) {
    Slot* leaf = root_[index].load(std::memory_order_relaxed);
    // The entries are empty already; a refused purge costs memory until the
    // range is mapped again, and nothing else.
    os_->Purge(reinterpret_cast<char*>(leaf) + first, bytes);
    return true;
  });
  metadata_bytes_.Sub(size / kPageSize * sizeof(Slot));
}

}  // namespace acre::allocator
