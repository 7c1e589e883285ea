#include "allocator/arena/slab_pages.h"

#include <algorithm>
#include <bit>

#include "allocator/base/check.h"
#include "allocator/base/size_class.h"

namespace acre::allocator {
namespace {

// Regions [first, end), or pages.
struct Run {
  size_t first = 0;
  size_t end = 0;
};

// The regions that touch pages [pages.first, pages.end).
Run RegionsOn(const Extent& slab, Run pages) {
  const size_t size = ClassSize(slab.size_class);
  const size_t regions = slab.shape().regions;
  const size_t end = (pages.end * kPageSize + size - 1) / size;
  return {std::min(pages.first * kPageSize / size, regions),
          std::min(end, regions)};
}

uint64_t BitsOf(Run pages) {
  const uint64_t below_end =
      pages.end == 64 ? ~uint64_t{0} : (uint64_t{1} << pages.end) - 1;
  return below_end & (~uint64_t{0} << pages.first);
}

// The pages that a region touches, a bit each.
uint64_t PagesUnder(const Extent& slab, size_t region) {
  const size_t size = ClassSize(slab.size_class);
  return BitsOf(
      {region * size / kPageSize, (region * size + size - 1) / kPageSize + 1});
}

// Calls visit(Run) for each run of set bits, lowest first.
template <typename Visit>
void ForEachRun(uint64_t bits, Visit visit) {
  while (bits != 0) {
    Run run;
    run.first = static_cast<size_t>(std::countr_zero(bits));
    run.end =
        run.first + static_cast<size_t>(std::countr_one(bits >> run.first));
    visit(run);
    bits &= ~BitsOf(run);
  }
}

bool IsFree(const Extent& slab, size_t region) {
  return (slab.free_bits[region / 64] >> (region % 64) & 1) != 0;
}

}  // namespace

bool IsWithheld(const Extent& slab, size_t index) {
  return (slab.released & PagesUnder(slab, index)) != 0;
}

size_t WithheldRegions(const Extent& slab) {
  size_t count = 0;
  size_t counted_to = 0;  // A region may lie between two runs and touch both.
  ForEachRun(slab.released, [&](Run pages) {
    const Run regions = RegionsOn(slab, pages);
    const size_t first = std::max(regions.first, counted_to);
    if (regions.end > first) count += regions.end - first;
    counted_to = std::max(counted_to, regions.end);
  });
  return count;
}

uint64_t FreePagesOf(const Extent& slab) {
  uint64_t free = 0;
  const size_t pages = slab.pages.raw();
  for (size_t page = 0; page < pages; ++page) {
    if ((slab.released >> page & 1) != 0) continue;
    const Run regions = RegionsOn(slab, {page, page + 1});
    bool all = regions.first < regions.end;
    for (size_t r = regions.first; all && r < regions.end; ++r) {
      all = IsFree(slab, r) || IsWithheld(slab, r);
    }
    if (all) free |= uint64_t{1} << page;
  }
  return free;
}

uint64_t FirstWithheldPages(const Extent& slab) {
  if (slab.released == 0) return 0;
  const auto page = static_cast<size_t>(std::countr_zero(slab.released));
  const Run regions = RegionsOn(slab, {page, page + 1});
  return slab.released & PagesUnder(slab, regions.first);
}

void Withhold(Extent* slab, uint64_t pages) {
  ACRE_DCHECK((slab->released & pages) == 0);
  ForEachRun(pages, [&](Run run) {
    const Run regions = RegionsOn(*slab, run);
    for (size_t r = regions.first; r < regions.end; ++r) {
      if (!IsFree(*slab, r)) continue;  // Withheld already.
      slab->free_bits[r / 64] &= ~(uint64_t{1} << (r % 64));
      --slab->free_regions;
    }
  });
  slab->released |= pages;
}

void Restore(Extent* slab, uint64_t pages) {
  ACRE_DCHECK((slab->released & pages) == pages);
  slab->released &= ~pages;
  ForEachRun(pages, [&](Run run) {
    const Run regions = RegionsOn(*slab, run);
    for (size_t r = regions.first; r < regions.end; ++r) {
      if (IsFree(*slab, r) || IsWithheld(*slab, r)) continue;
      slab->free_bits[r / 64] |= uint64_t{1} << (r % 64);
      ++slab->free_regions;
    }
  });
}

}  // namespace acre::allocator
