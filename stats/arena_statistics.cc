#include "stats/arena_statistics.h"

#include <algorithm>

#include "allocator/os/os.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Bin;
using allocator::ClassIndex;
using allocator::ClassSize;
using allocator::Domain;

uint64_t OrNone(uint64_t limit) {
  return limit == allocator::Quota::kUnlimited ? 0 : limit;
}

// Figures that move while they are read may cross; none is shown negative.
uint64_t Minus(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

// Small regions: bytes and number out of bins, slack, slabs and batches.
struct SmallSums {
  uint64_t out_bytes = 0;
  uint64_t out = 0;
  uint64_t slack = 0;
  uint64_t slabs = 0;
  uint64_t released = 0;
  uint64_t fills = 0;
  uint64_t flushes = 0;
};

SmallSums SumBins(const Arena& arena) {
  SmallSums sums;
  arena.ForEachBin([&](ClassIndex size_class, const Bin& bin) {
    const Bin::Sizes sizes = bin.sizes();
    const uint64_t bytes = sizes.regions_out * ClassSize(size_class);
    sums.out_bytes += bytes;
    sums.out += sizes.regions_out;
    sums.slack += Minus(sizes.slab_bytes, bytes + sizes.released_bytes);
    sums.released += sizes.released_bytes;
    sums.slabs += sizes.slabs;
    sums.fills += sizes.fills;
    sums.flushes += sizes.flushes;
  });
  return sums;
}

}  // namespace

void ReadArena(const Arena& arena, ArenaStatistics* out) noexcept {
  arena.CopyName(out->name);
  ReadFigures(arena, out);
}

void ReadFigures(const Arena& arena, ArenaStatistics* out) noexcept {
  out->index = arena.index;
  out->generation = arena.generation.load(std::memory_order_relaxed);

  const allocator::ArenaCaches::Counts caches = arena.caches.counts();
  const SmallSums small = SumBins(arena);
  const allocator::PageAllocator::Sizes pages = arena.pages.sizes();

  out->allocated =
      Minus(small.out_bytes + arena.large_out_bytes.Get(), caches.cached_bytes);
  out->cached = caches.cached_bytes;
  out->slack = small.slack;
  out->active = pages.active;
  out->dirty = pages.dirty;
  out->muzzy = pages.muzzy;
  out->metadata = pages.metadata;
  out->charged = arena.quota.charged();
  out->hard_limit = OrNone(arena.quota.limit());
  out->soft_limit = OrNone(arena.quota.soft_limit());
  out->reserved = arena.quota.reserved();
  // A charge raises what is charged first.
  out->peak = std::max(arena.quota.peak(), out->charged);
  out->resident = pages.active + pages.dirty + pages.muzzy + pages.metadata;
  out->mapped = out->resident;
  out->retained = pages.retained;
  out->large_allocations = arena.large_out.Get();
  out->allocations = Minus(small.out + arena.large_out.Get(),
                           caches.cached_regions + caches.parked_blocks);
  out->slabs = small.slabs;
  out->released = small.released;
  out->fills = small.fills;
  out->flushes = small.flushes;
  out->refusals = arena.refusals.Get();
  out->out_of_memory = arena.out_of_memory.Get();
  out->foreign_frees = arena.foreign_frees.Get();
  out->open_tcaches = caches.open_tcaches;
  out->parked_tcaches = caches.parked_tcaches;
  out->parked = caches.parked_bytes;
  out->purges = arena.pages.purges();
  out->purged = arena.pages.purged_pages() * allocator::kPageSize;
  out->lazily_purged = arena.pages.lazily_purged_pages() * allocator::kPageSize;
  out->subreleased = arena.pages.subreleased_pages() * allocator::kPageSize;
  const allocator::PageAllocator::Purges dirty = arena.pages.dirty_purges();
  out->dirty_sweeps = dirty.sweeps;
  out->dirty_calls = dirty.calls;
  out->dirty_given_back = dirty.pages * allocator::kPageSize;
  const allocator::PageAllocator::Purges muzzy = arena.pages.muzzy_purges();
  out->muzzy_sweeps = muzzy.sweeps;
  out->muzzy_calls = muzzy.calls;
  out->muzzy_given_back = muzzy.pages * allocator::kPageSize;
  out->created_ns = arena.created_ns.load(std::memory_order_relaxed);
}

bool ReadArena(const Domain& domain, uint32_t index, uint32_t generation,
               ArenaStatistics* out) noexcept {
  const Arena* arena = domain.FindLive(index, generation);
  if (arena == nullptr) return false;
  ReadArena(*arena, out);
  // Another arena may have taken its place meanwhile.
  return domain.FindLive(index, generation) != nullptr;
}

BinStatistics ReadBin(ClassIndex size_class, const Bin& bin) noexcept {
  const Bin::Sizes sizes = bin.sizes();
  const allocator::LockCounts lock = bin.lock_counts();
  const uint64_t size = ClassSize(size_class);
  return {.size = size,
          .slabs = sizes.slabs,
          .open_slabs = sizes.nonfull_slabs,
          .slab_bytes = sizes.slab_bytes,
          .regions = sizes.regions,
          .regions_out = sizes.regions_out,
          .released = sizes.released_bytes,
          .slack = Minus(sizes.slab_bytes,
                         sizes.regions_out * size + sizes.released_bytes),
          .regions_taken = sizes.regions_taken,
          .regions_returned = Minus(sizes.regions_taken, sizes.regions_out),
          .fills = sizes.fills,
          .flushes = sizes.flushes,
          .slabs_created = sizes.slabs_created,
          .lock_acquisitions = lock.acquisitions,
          .lock_contentions = lock.contentions,
          .lock_wait_ns = lock.wait_ns};
}

size_t ReadBins(
    const Arena& arena,
    std::array<BinStatistics, allocator::kSmallClasses>* out) noexcept {
  size_t n = 0;
  arena.ForEachBin([&](ClassIndex size_class, const Bin& bin) {
    (*out)[n++] = ReadBin(size_class, bin);
  });
  return n;
}

void AddTo(const ArenaStatistics& from, ArenaStatistics* to) noexcept {
#define ACRE_ADD(name, unit, combine, help) \
  if constexpr (Combine::combine == Combine::kSum) to->name += from.name;
  ACRE_ARENA_FIELDS(ACRE_ADD)
#undef ACRE_ADD
}

GovernorStatistics ReadGovernor(const Domain& domain) noexcept {
  const allocator::Governor::Statistics now = domain.governor().statistics();
  GovernorStatistics out;
#define ACRE_COPY(name, unit, combine, help) out.name = now.name;
  ACRE_GOVERNOR_FIELDS(ACRE_COPY)
#undef ACRE_COPY
  out.running = now.running;
  return out;
}

ServiceStatistics ReadService(const Domain& domain) noexcept {
  ServiceStatistics service;
  domain.ForEachArena([&](const Arena& arena) {
    ArenaStatistics one;
    ReadFigures(arena, &one);
    AddTo(one, &service.arenas);
    ++service.arena_count;
  });
  CompleteService(domain, Locking::kAllowed, &service);
  return service;
}

void CompleteService(const Domain& domain, Locking locking,
                     ServiceStatistics* service) noexcept {
  service->arenas_created = domain.arenas_created();
  service->charged = domain.total().charged();
  service->hard_limit = OrNone(domain.total().limit());
  service->soft_limit = OrNone(domain.total().soft_limit());
  service->reserved = service->arenas.reserved;
  service->peak = domain.total().peak();
  service->metadata = domain.metadata_bytes();
  service->resident = service->arenas.active + service->arenas.dirty +
                      service->arenas.muzzy + service->metadata;
  service->mapped = service->resident;
  service->retained = service->arenas.retained;
  service->mappings = domain.grants().count();
  service->refusals = domain.refusals();
  service->misuses = domain.misuses();
  service->pressures = domain.pressures();
  service->hook_failures = domain.hook_failures();
  if (locking == Locking::kForbidden) return;
  domain.sources().ForEach([&](const allocator::SharedRanges& ranges) {
    service->retained += ranges.free_bytes();
  });
  service->governor = ReadGovernor(domain);
}

namespace {

// The sum of measure(base, size) over all grants. They are copied out in small
// batches, so that no lock is held while the kernel is asked.
template <typename Measure>
uint64_t SumOverGrants(const Domain& domain, Measure measure) {
  uint64_t bytes = 0;
  std::array<allocator::Grants::Range, 32> batch;
  size_t first = 0;
  for (;;) {
    const size_t n = domain.grants().Copy(first, batch);
    for (size_t i = 0; i < n; ++i) {
      bytes +=
          measure(reinterpret_cast<const void*>(batch[i].base), batch[i].size);
    }
    if (n < batch.size()) return bytes;
    first += n;
  }
}

}  // namespace

uint64_t MeasureResident(const Domain& domain) noexcept {
  return SumOverGrants(domain, allocator::ResidentBytes);
}

uint64_t MeasureHugeBacked(const Domain& domain) noexcept {
  return SumOverGrants(domain, allocator::HugeBackedBytes);
}

}  // namespace acre::stats
