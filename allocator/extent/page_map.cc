#include "allocator/extent/page_map.h"

#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

constexpr size_t kLeafBytes = PageMap::kLeafEntries * sizeof(PageMap::Slot);
constexpr size_t kRootBytes = PageMap::kRootEntries * sizeof(PageMap::Root);
constexpr size_t kLeafCovers = PageMap::kLeafEntries * kPageSize;

}  // namespace

PageMap::~PageMap() {
  if (root_ == nullptr) return;
  for (size_t i = 0; i < kRootEntries; ++i) {
    if (Slot* leaf = root_[i].load(std::memory_order_relaxed)) {
      os_->Unmap(leaf, kLeafBytes);
    }
  }
  os_->Unmap(root_, kRootBytes);
}

bool PageMap::Init(Os* os) noexcept {
  os_ = os;
  root_ = static_cast<Root*>(os->Map(kRootBytes, kPageSize));
  return root_ != nullptr;
}

bool PageMap::AddRange(uintptr_t base, size_t size) noexcept {
  ACRE_CHECK(base % kRangeAlignment == 0 && size % kRangeAlignment == 0);
  if ((base + size - 1) >> kAddressBits != 0) return false;
  MutexLock<LockRank::kPageMap> lock(&mutex_);
  for (uintptr_t at = base; at < base + size;
       at = (at / kLeafCovers + 1) * kLeafCovers) {
    Root& slot = root_[at / kLeafCovers];
    if (slot.load(std::memory_order_relaxed) != nullptr) continue;
    void* leaf = os_->Map(kLeafBytes, kPageSize);
    if (leaf == nullptr) return false;  // Leaves made so far are just empty.
    slot.store(static_cast<Slot*>(leaf), std::memory_order_release);
  }
  metadata_bytes_.Add(size / kPageSize * sizeof(Slot));
  return true;
}

void PageMap::RemoveRange(uintptr_t base, size_t size) noexcept {
  MutexLock<LockRank::kPageMap> lock(&mutex_);
  for (uintptr_t at = base; at < base + size;) {
    const uintptr_t leaf_end = (at / kLeafCovers + 1) * kLeafCovers;
    const uintptr_t end = leaf_end < base + size ? leaf_end : base + size;
    Slot* leaf = root_[at / kLeafCovers].load(std::memory_order_relaxed);
    Slot* first = leaf + (at >> kPageShift) % kLeafEntries;
    const size_t bytes = (end - at) / kPageSize * sizeof(Slot);
    // The entries are empty already; a refused purge costs memory until the
    // range is mapped again, and nothing else.
    os_->Purge(first, bytes);
    at = end;
  }
  metadata_bytes_.Sub(size / kPageSize * sizeof(Slot));
}

}  // namespace acre::allocator
