#include "engine_adapter/admin/arena_listing.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "allocator/page/quota.h"

namespace acre::admin {
namespace {

using stats::ArenaStatistics;

bool ComesBefore(const ArenaStatistics& a, const ArenaStatistics& b) {
  if (a.charged != b.charged) return a.charged > b.charged;
  return a.index < b.index;
}

// Keeps the first `capacity` rows of the order, whatever comes in.
class FirstRows {
 public:
  FirstRows(size_t capacity, size_t expected) : capacity_(capacity) {
    rows_.reserve(std::min(capacity, expected));
  }

  void Consider(const ArenaStatistics& row) {
    if (rows_.size() < capacity_) {
      rows_.push_back(row);
      // Until it is full there is nothing to compare with.
      if (rows_.size() == capacity_) {
        std::make_heap(rows_.begin(), rows_.end(), ComesBefore);
      }
      return;
    }
    // The heap's front is the row that comes last.
    if (capacity_ == 0 || !ComesBefore(row, rows_.front())) return;
    std::pop_heap(rows_.begin(), rows_.end(), ComesBefore);
    rows_.back() = row;
    std::push_heap(rows_.begin(), rows_.end(), ComesBefore);
  }

  std::vector<ArenaStatistics> TakeSorted() {
    std::sort(rows_.begin(), rows_.end(), ComesBefore);
    return std::move(rows_);
  }

 private:
  const size_t capacity_;
  std::vector<ArenaStatistics> rows_;
};

uint64_t OrNone(uint64_t limit) {
  return limit == allocator::Quota::kUnlimited ? 0 : limit;
}

}  // namespace

ArenaListing ReadArenas(const allocator::Domain& domain,
                        std::optional<size_t> limit, size_t offset) {
  constexpr size_t kAll = std::numeric_limits<size_t>::max();
  const bool all = !limit || *limit > kAll - offset;
  const ReadTimer timer;
  ArenaListing listing;
  listing.offset = offset;
  FirstRows first(all ? kAll : offset + *limit, domain.live_arenas());
  domain.ForEachArena([&](const allocator::Arena& arena) {
    ArenaStatistics row;
    stats::ReadArena(arena, &row);
    // Gone meanwhile, or another arena by now: the figures are neither's.
    if (row.generation == 0 ||
        row.generation != arena.generation.load(std::memory_order_acquire)) {
      return;
    }
    stats::AddTo(row, &listing.total);
    ++listing.arena_count;
    first.Consider(row);
  });
  listing.total.hard_limit = OrNone(domain.total().limit());
  listing.total.soft_limit = OrNone(domain.total().soft_limit());
  listing.total.peak = domain.total().peak();
  listing.rows = first.TakeSorted();
  listing.rows.erase(listing.rows.begin(),
                     listing.rows.begin() + static_cast<ptrdiff_t>(std::min(
                                                offset, listing.rows.size())));
  listing.stamp = timer.Stamp();
  return listing;
}

}  // namespace acre::admin
