// Placement and purging in memory that hugepages back: blocks of 2 MiB are
// filled up before others are begun, empty wholly, and are given back wholly
// where that is possible. Taking pages out of a block that is partly in use
// (subrelease) costs it its hugepage, so that is decided, and counted.

#include <algorithm>
#include <array>

#include "allocator/page/page_allocator.h"

namespace acre::allocator {
namespace {

constexpr uintptr_t kBlockBytes = kHugepagePages.bytes();

constexpr uintptr_t BlockOf(uintptr_t address) {
  return address & ~(kBlockBytes - 1);
}

// Free extents that are looked at for a place, or for something to purge.
constexpr int kLooks = 32;
constexpr int kPurgeLooks = 256;

// Blocks are as full as each other that differ by less than a quarter. Compared
// page by page, the fullest one changes with every extent that comes and goes,
// and a heap that shrinks ends up in half as many blocks again as where the
// lowest address decides; by quarters, in fewer.
constexpr uint64_t kFullnessStep = kHugepagePages.raw() / 4;

bool HoldsBlock(const Extent& extent) {
  return AlignUp(extent.base, kBlockBytes) + kBlockBytes <= extent.end();
}

}  // namespace

bool PageAllocator::InHugepages(const Extent& extent) const {
  const Grant grant = supply_->grants->Find(extent.base);
  return grant.page_size >= kBlockBytes && !grant.pinned;
}

// Active pages of this arena in the block that a free extent begins in. Walks
// the extents of the block through the page map, which shows the first and last
// page of each: at most 512 of them.
uint64_t PageAllocator::ActiveInBlockOf(const Extent* extent) const {
  const ExtentMap& map = *supply_->extents;
  const uintptr_t block = BlockOf(extent->base);
  const uintptr_t end = block + kBlockBytes;
  uint64_t bytes = 0;
  auto count = [&](const Extent& e) {
    if (e.state != ExtentState::kActive) return;
    bytes += std::min(e.end(), end) - std::max(e.base, block);
  };
  auto ours = [&](const Extent* e) {
    return e != nullptr &&
           e->owner_tag.load(std::memory_order_relaxed) == owner_tag_;
  };
  const Extent* at = extent;
  while (at->base > block) {
    at = map.Find(at->base - kPageSize);
    if (!ours(at)) break;
    count(*at);
  }
  for (uintptr_t next = extent->end(); next < end; next = at->end()) {
    at = map.Find(next);
    if (!ours(at)) break;
    count(*at);
  }
  return bytes / kPageSize;
}

// Of the free extents that fit best, the one in the fullest block; the lowest
// of equals.
Extent* PageAllocator::FindInFullestBlock(const ExtentSet& set, PageCount pages,
                                          size_t alignment) const {
  Extent* best = nullptr;
  uint64_t most = 0;
  int looks = 0;
  set.ForEachFitting(pages, [&](Extent* extent) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (++looks > kLooks) return false;
    if (!FitsAligned(*extent, pages, alignment)) return true;
    const uint64_t used = ActiveInBlockOf(extent) / kFullnessStep;
    if (best == nullptr || used > most ||
        (used == most && extent->base < best->base)) {
      best = extent;
      most = used;
    }
    return true;
  });
  return best != nullptr ? best : set.Find(pages, alignment);
}

// Cuts a free extent, in its set, down to the whole blocks in it, which stay in
// the set, too. Null when memory for that is lacking.
Extent* PageAllocator::IsolateBlocks(ExtentSet* set, Extent* extent) {
  const uintptr_t from = AlignUp(extent->base, kBlockBytes);
  const uintptr_t to = BlockOf(extent->end());
  PageFailure failure;
  auto cut = [&](uintptr_t at) ABSL_NO_THREAD_SAFETY_ANALYSIS -> Extent* {
    Extent* rest = NewDescriptor(&failure);
    if (rest == nullptr) return nullptr;
    set->Remove(extent);
    supply_->extents->Split(extent, PageCount((at - extent->base) / kPageSize),
                            rest);
    set->Insert(extent);
    set->Insert(rest);
    return rest;
  };
  if (to < extent->end() && cut(to) == nullptr) return nullptr;
  return from > extent->base ? cut(from) : extent;
}

void PageAllocator::ChooseSparingly(ExtentSet* set, PageCount least,
                                    Subrelease subrelease, Batch* batch) {
  // Whole blocks first: they are in the largest extents.
  std::array<Extent*, kPurgeBatch> found;
  size_t n = 0;
  int looks = 0;
  set->ForEachFitting(kHugepagePages,
                      [&](Extent* extent) ABSL_NO_THREAD_SAFETY_ANALYSIS {
                        if (++looks > kPurgeLooks || n == found.size())
                          return false;
                        if (HoldsBlock(*extent)) found[n++] = extent;
                        return true;
                      });
  for (size_t i = 0; i < n && batch->pages < least; ++i) {
    Extent* blocks =
        InHugepages(*found[i]) ? IsolateBlocks(set, found[i]) : found[i];
    if (blocks == nullptr) continue;
    // Whole ones, also where fewer pages are asked for.
    const uint64_t wanted = std::min(least - batch->pages, blocks->pages).raw();
    const uint64_t unit = kHugepagePages.raw();
    AddToBatch(set, blocks, PageCount((wanted + unit - 1) / unit * unit),
               batch);
  }
  if (batch->size > 0) return;
  n = 0;
  looks = 0;
  set->ForEachFitting(
      PageCount(1), [&](Extent* extent) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        if (++looks > kPurgeLooks || n == found.size()) return false;
        if (subrelease == Subrelease::kAnything || !InHugepages(*extent) ||
            ActiveInBlockOf(extent) * 2 < kHugepagePages.raw()) {
          found[n++] = extent;
        }
        return true;
      });
  // Largest last in the order of classes, and the most is got for a call there.
  while (n > 0 && batch->pages < least) {
    Extent* extent = found[--n];
    const bool huge = InHugepages(*extent);
    const PageCount before = batch->pages;
    AddToBatch(set, extent, least - before, batch);
    if (huge) subreleased_pages_.Add((batch->pages - before).raw());
  }
}

// The lowest blocks from `from` on that lie in active hugepage memory.
size_t PageAllocator::CollectBlocks(uintptr_t from,
                                    std::span<uintptr_t> blocks) const {
  size_t n = 0;
  ForEachActive([&](const Extent& extent) {
    uintptr_t block =
        std::max(BlockOf(extent.base), BlockOf(from + kBlockBytes - 1));
    for (; block < extent.end(); block += kBlockBytes) {
      const auto end = blocks.begin() + static_cast<ptrdiff_t>(n);
      const auto at = std::lower_bound(blocks.begin(), end, block);
      if (at != end && *at == block) continue;
      if (n == blocks.size()) {
        if (at == end) break;
        std::copy_backward(at, end - 1, end);
        *at = block;
        continue;
      }
      std::copy_backward(at, end, end + 1);
      *at = block;
      ++n;
    }
  });
  return n;
}

uint64_t PageAllocator::Collapse(Os* os) noexcept {
  uint64_t done = 0;
  uintptr_t from = 0;
  for (;;) {
    std::array<uintptr_t, 128> blocks;
    const size_t n = CollectBlocks(from, blocks);
    for (size_t i = 0; i < n; ++i) {
      const Grant grant = supply_->grants->Find(blocks[i]);
      if (grant.page_size < kBlockBytes || grant.pinned) continue;
      done += os->Collapse(reinterpret_cast<void*>(blocks[i]), kBlockBytes);
    }
    if (n < blocks.size()) return done;
    from = blocks[n - 1] + kBlockBytes;
  }
}

}  // namespace acre::allocator
