#include "stats/tcache_statistics.h"

#include <algorithm>
#include <array>

#include "allocator/base/clock.h"
#include "allocator/cache/cache_state.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::CacheState;

struct Found {
  bool parked = false;
  uint64_t opened_at_ns = 0;
  uint32_t id = 0;
  uint64_t bytes = 0;
  uint64_t regions = 0;
};

bool ComesBefore(const Found& a, const Found& b) {
  if (a.parked != b.parked) return b.parked;
  if (a.opened_at_ns != b.opened_at_ns) return a.opened_at_ns < b.opened_at_ns;
  return a.id < b.id;
}

bool RowComesBefore(const TcacheStatistics& a, const TcacheStatistics& b) {
  if (a.parked != b.parked) return b.parked;
  if (a.age_ns != b.age_ns) return a.age_ns > b.age_ns;
  return a.id < b.id;
}

// Of what is added, the first few in order: a heap whose front comes last.
template <typename Row, typename Before>
class First {
 public:
  First(std::span<Row> rows, Before before) : rows_(rows), before_(before) {}

  void Clear() { size_ = 0; }
  void Consider(const Row& row) {
    const auto begin = rows_.begin();
    if (size_ == rows_.size()) {
      if (size_ == 0 || !before_(row, rows_.front())) return;
      std::pop_heap(begin, begin + static_cast<ptrdiff_t>(size_--), before_);
    }
    rows_[size_++] = row;
    std::push_heap(begin, begin + static_cast<ptrdiff_t>(size_), before_);
  }
  std::span<Row> rows() const { return rows_.first(size_); }

 private:
  std::span<Row> rows_;
  size_t size_ = 0;
  Before before_;
};

// The caches of one arena, collected anew while its list changes.
struct OfArena {
  std::array<Found, 512> found;
  uint64_t open = 0;
  uint64_t parked = 0;
  std::span<Found> Collect(const allocator::Domain& domain,
                           const Arena& arena) {
    First first(std::span<Found>(found), &ComesBefore);
    auto visit = [&](const CacheState& state) {
      const auto held = HoldingsOf(state);
      const bool is_parked = state.parked.load(std::memory_order_relaxed);
      (is_parked ? parked : open) += 1;
      first.Consider(
          {.parked = is_parked,
           .opened_at_ns = state.opened_at_ns.load(std::memory_order_relaxed),
           .id = domain.cache_states().IndexOf(&state),
           .bytes = held.bytes,
           .regions = held.regions});
    };
    for (int attempt = 0; attempt < 8; ++attempt) {
      first.Clear();
      open = 0;
      parked = 0;
      if (arena.caches.TryForEach(visit)) break;
    }
    return first.rows();
  }
};

}  // namespace

TcacheCounts ReadTcaches(const allocator::Domain& domain, const Arena* arena,
                         std::span<TcacheStatistics> out) noexcept {
  TcacheCounts counts;
  First first(out, &RowComesBefore);
  OfArena of;
  const uint64_t now = allocator::SystemClock::Get()->Now();
  auto add = [&](const Arena& one) {
    for (const Found& found : of.Collect(domain, one)) {
      TcacheStatistics row = {
          .arena_index = one.index,
          .id = found.id,
          .parked = found.parked,
          .age_ns = now > found.opened_at_ns ? now - found.opened_at_ns : 0,
          .bytes = found.bytes,
          .regions = found.regions};
      one.CopyName(row.arena);
      first.Consider(row);
    }
    counts.open += of.open;
    counts.parked += of.parked;
  };
  if (arena != nullptr) {
    add(*arena);
  } else {
    domain.ForEachArena(add);
  }
  const std::span<TcacheStatistics> rows = first.rows();
  std::sort_heap(rows.begin(), rows.end(), &RowComesBefore);
  counts.written = rows.size();
  return counts;
}

}  // namespace acre::stats
