#include "stats/extent_statistics.h"

#include "allocator/arena/extent_walk.h"

namespace acre::stats {

using allocator::ClassIndex;
using allocator::ExtentState;

LargeStatistics ReadLarge(const allocator::Arena& arena,
                          size_t place) noexcept {
  const ClassIndex size_class{
      static_cast<uint8_t>(allocator::kSmallClasses + place)};
  LargeStatistics row = {.size = ClassSize(size_class)};
  allocator::LargeCounters* const counters = arena.large_counters();
  if (counters == nullptr) return row;
  // Ended first: what was created is never fewer.
  row.ended = counters->classes[place].ended.Get();
  row.created = counters->classes[place].created.Get();
  row.large_allocations = row.created > row.ended ? row.created - row.ended : 0;
  row.bytes = row.large_allocations * row.size;
  return row;
}

size_t ReadLarge(
    const allocator::Arena& arena,
    std::array<LargeStatistics, allocator::kLargeClasses>* out) noexcept {
  size_t n = 0;
  for (size_t place = 0; place < allocator::kLargeClasses; ++place) {
    const LargeStatistics row = ReadLarge(arena, place);
    if (row.created != 0) (*out)[n++] = row;
  }
  return n;
}

bool ReadExtents(const allocator::Domain& domain, const allocator::Arena* arena,
                 ExtentTable* out) noexcept {
  for (size_t i = 0; i < out->size(); ++i) {
    (*out)[i] = {.size = allocator::PageClassPages(i).bytes()};
  }
  return WalkExtents(domain, arena, [out](const allocator::ExtentView& extent) {
    ExtentStatistics& row = (*out)[allocator::PageClassFloor(extent.pages)];
    const uint64_t bytes = extent.pages.bytes();
    switch (extent.state) {
      case ExtentState::kActive:
        break;
      case ExtentState::kRetained:
        row.retained += 1;
        row.retained_bytes += bytes;
        break;
      case ExtentState::kMuzzy:
        row.muzzy += 1;
        row.muzzy_bytes += bytes;
        break;
      case ExtentState::kDirty:
      case ExtentState::kPurging:  // Dirty, or muzzy, until it is gone.
        row.dirty += 1;
        row.dirty_bytes += bytes;
        break;
    }
  });
}

}  // namespace acre::stats
