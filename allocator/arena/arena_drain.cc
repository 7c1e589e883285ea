// What empties an arena: its caches, parked blocks, bins, pages; in part
// (purge) or wholly (reset, destroy). Verification of an arena at rest is here
// too, because it walks the same structures.

#include <algorithm>

#include "allocator/arena/arena.h"
#include "allocator/arena/cache_memory.h"
#include "allocator/arena/domain.h"
#include "allocator/base/check.h"

namespace acre::allocator {

bool Arena::DrainIdle() noexcept {
  bool any = false;
  // As many as there are now: queries go on parking meanwhile.
  for (uint64_t left = caches.counts().parked_tcaches; left > 0; --left) {
    CacheState* state = caches.TakeParked();
    if (state == nullptr) break;
    FlushCache(this, state);
    caches.Remove(state);
    FreeCache(this, state);
    any = true;
  }
  Extent* blocks = caches.TakeAllBlocks();
  any = any || blocks != nullptr;
  FreeBlocks(blocks);
  ForEachBin(
      [&](ClassIndex, Bin& bin) { any = bin.ReleaseSpares(&pages) || any; });
  return any;
}

uint64_t Arena::Flushes() const noexcept {
  uint64_t flushes = 0;
  ForEachBin(
      [&](ClassIndex, const Bin& bin) { flushes += bin.sizes().flushes; });
  return flushes;
}

PageCount Arena::SweepSlabs(PageCount least) noexcept {
  const uint64_t flushes = Flushes();
  if (swept_at_flushes.load(std::memory_order_relaxed) == flushes + 1) {
    return PageCount();
  }
  PageCount gone;
  bool all_over = true;
  ForEachBin([&](ClassIndex, Bin& bin) {
    bool over = false;
    if (gone < least) gone += bin.Sweep(&pages, least - gone, &over);
    all_over = all_over && over;
  });
  if (gone == PageCount() && all_over) {
    swept_at_flushes.store(flushes + 1, std::memory_order_relaxed);
  }
  return gone;
}

uint64_t Arena::UnusedBeyondReserve() const noexcept {
  const uint64_t charged = quota.charged();
  const uint64_t unused = (pages.dirty_pages() + pages.muzzy_pages()).bytes();
  return std::min(unused, charged - std::min(charged, quota.reserved()));
}

bool Arena::PurgeSlice(PurgeMode mode, PageCount* gone) noexcept {
  constexpr PageCount kSlice{4096};
  PageCount went;
  if (mode != PurgeMode::kUnused) DrainIdle();
  if (mode == PurgeMode::kEverything) went = SweepSlabs(kSlice);
  if (went < kSlice) went += pages.Purge(kSlice - went);
  *gone += went;
  if (went >= kSlice) return true;
  pages.GiveLongRetained();
  return false;
}

void Arena::DiscardAll() noexcept {
  if (kCheckedBuild && inside.load() != 0) {
    Report(MisuseRule::kUseDuringReset, nullptr, 0);
  }
  cache_generation.store(domain->NextGeneration(), std::memory_order_release);
  while (CacheState* state = caches.RemoveAny()) {
    if (state->parked.load(std::memory_order_relaxed)) {
      FreeCache(this, state);
    } else {
      DetachCache(this, state);
    }
  }
  while (RegionState* region = caches.RemoveAnyRegion()) {
    region->at = 0;
    region->end = 0;
    region->blocks = nullptr;
    region->oversized = nullptr;
    region->block_bytes = 0;
    region->arena = nullptr;
    // Its owner gives it back when it closes the region.
    pages.ReleaseMetadata(sizeof(RegionState));
  }
  caches.TakeAllBlocks();
  ForEachBin([](ClassIndex, Bin& bin) { bin.DiscardAll(); });
  pages.DiscardAll();
  large_out_bytes.Set(0);
  large_out.Set(0);
  if (LargeCounters* counters = large_counters()) counters->EndAll();
}

void Arena::ReleaseAll() noexcept {
  ForEachBin([&](ClassIndex, Bin& bin) {
    bin_links[Raw(bin.size_class())].store(0, std::memory_order_release);
    domain->bins().Free(&bin);
    pages.ReleaseMetadata(sizeof(Bin));
  });
  bin_set.store(0, std::memory_order_relaxed);
  if (LargeCounters* counters = large_counters()) {
    large_link.store(0, std::memory_order_release);
    domain->large_counters().Free(counters);
    pages.ReleaseMetadata(sizeof(LargeCounters));
  }
  DropDecay();
  pages.ReleaseAll();
}

uint64_t Arena::AllocatedBytes() const noexcept {
  uint64_t bytes = large_out_bytes.Get();
  ForEachBin([&](ClassIndex, const Bin& bin) {
    bytes += bin.sizes().regions_out * ClassSize(bin.size_class());
  });
  const uint64_t cached = caches.counts().cached_bytes;
  return bytes > cached ? bytes - cached : 0;
}

uint64_t Arena::LiveAllocations() const noexcept {
  uint64_t out = large_out.Get();
  ForEachBin(
      [&](ClassIndex, const Bin& bin) { out += bin.sizes().regions_out; });
  const ArenaCaches::Counts counts = caches.counts();
  const uint64_t cached = counts.cached_regions + counts.parked_blocks;
  return out > cached ? out - cached : 0;
}

void Arena::Verify() const noexcept {
  pages.Verify();
  ForEachBin([](ClassIndex, const Bin& bin) { bin.Verify(); });
  uint64_t large_bytes = 0;
  uint64_t large_count = 0;
  uint64_t slab_pages = 0;
  pages.ForEachActive([&](const Extent& extent) {
    if (IsSmall(extent.size_class)) {
      slab_pages += extent.pages.raw();
      BinOf(extent.size_class)->VerifySlab(extent);
    } else {
      large_bytes += extent.pages.bytes();
      large_count += 1;
    }
  });
  ForEachBin([&](ClassIndex, const Bin& bin) {
    slab_pages -= bin.sizes().slab_bytes / kPageSize;
  });
  ACRE_CHECK(slab_pages == 0);
  ACRE_CHECK(large_bytes == large_out_bytes.Get());
  ACRE_CHECK(large_count == large_out.Get());
  if (LargeCounters* counters = large_counters()) {
    for (const LargeCounter& counter : counters->classes) {
      large_count -= counter.created.Get() - counter.ended.Get();
    }
  }
  ACRE_CHECK(large_count == 0);
}

}  // namespace acre::allocator
