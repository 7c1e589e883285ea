// One arena after the other, each with its size classes, for documents that
// show all of them and have room for one.

#ifndef ACRE_STATS_WRITERS_ARENA_WALK_H_
#define ACRE_STATS_WRITERS_ARENA_WALK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/extent_statistics.h"

namespace acre::stats {

// Not thread-safe; takes no lock and allocates nothing.
class ArenaWalk {
 public:
  explicit ArenaWalk(const allocator::Domain& domain) noexcept
      : domain_(domain) {}

  // Reads the next live arena, and adds it to `service`; false at the end.
  bool Next() noexcept;

  // The arena that was read last.
  const ArenaStatistics& arena() const { return arena_; }
  std::span<const BinStatistics> bins() const {
    return std::span(bins_).first(bin_count_);
  }
  // Large classes that the arena has had allocations of.
  std::span<const LargeStatistics> large() const {
    return std::span(large_).first(large_count_);
  }
  int64_t dirty_decay_ms() const { return dirty_decay_ms_; }
  int64_t muzzy_decay_ms() const { return muzzy_decay_ms_; }

  // Of all arenas that were read so far: their number, and the sums of their
  // figures.
  uint64_t count() const { return service_.arena_count; }
  const ArenaStatistics& sums() const { return service_.arenas; }
  // Those with what no arena answers for.
  ServiceStatistics Service(Locking locking) const noexcept;

 private:
  bool Read(const allocator::Arena& arena) noexcept;

  const allocator::Domain& domain_;
  uint32_t next_ = 0;
  ArenaStatistics arena_;
  std::array<BinStatistics, allocator::kSmallClasses> bins_;
  size_t bin_count_ = 0;
  std::array<LargeStatistics, allocator::kLargeClasses> large_;
  size_t large_count_ = 0;
  int64_t dirty_decay_ms_ = 0;
  int64_t muzzy_decay_ms_ = 0;
  ServiceStatistics service_;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_ARENA_WALK_H_
