#include "stats/lock_statistics.h"

#include <algorithm>

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::LockCounts;

bool ComesBefore(const LockStatistics& a, const LockStatistics& b) {
  if (a.wait_ns != b.wait_ns) return a.wait_ns > b.wait_ns;
  return a.acquisitions > b.acquisitions;
}

// The rows that come first, of all that are shown to it.
class First {
 public:
  explicit First(std::span<LockStatistics> rows) : rows_(rows) {}

  void Consider(std::string_view name, const LockCounts& counts,
                const Arena* arena = nullptr, uint64_t size_class = 0) {
    if (counts.acquisitions == 0) return;
    LockStatistics row = {.name = name,
                          .size_class = size_class,
                          .acquisitions = counts.acquisitions,
                          .contentions = counts.contentions,
                          .wait_ns = counts.wait_ns};
    const auto begin = rows_.begin();
    if (static_cast<size_t>(size_) == rows_.size()) {
      if (size_ == 0 || !ComesBefore(row, rows_.front())) return;
      // The heap's front is the row that comes last.
      std::pop_heap(begin, begin + size_, ComesBefore);
      --size_;
    }
    if (arena != nullptr) arena->CopyName(row.arena);
    rows_[size_++] = row;
    std::push_heap(begin, begin + size_, ComesBefore);
  }

  size_t Sort() {
    std::sort_heap(rows_.begin(), rows_.begin() + size_, ComesBefore);
    return static_cast<size_t>(size_);
  }

 private:
  std::span<LockStatistics> rows_;
  ptrdiff_t size_ = 0;
};

}  // namespace

size_t ReadLocks(const allocator::Domain& domain,
                 std::span<LockStatistics> out) noexcept {
  First first(out);
  const allocator::DomainLocks locks = domain.lock_counts();
  first.Consider("control", locks.control);
  first.Consider("sources", locks.sources);
  first.Consider("ranges", locks.ranges);
  first.Consider("grants", locks.grants);
  first.Consider("page_map", locks.page_map);
  first.Consider("pools", locks.pools);
  first.Consider("governor", locks.governor);
  first.Consider("total", locks.total);
  domain.ForEachArena([&](const Arena& arena) {
    const Arena::Locks of = arena.lock_counts();
    first.Consider("tcache_list", of.caches, &arena);
    first.Consider("purge", of.purge, &arena);
    first.Consider("pages", of.pages, &arena);
    first.Consider("quota", of.quota, &arena);
    arena.ForEachBin([&](allocator::ClassIndex size_class,
                         const allocator::Bin& bin) {
      first.Consider("bin", bin.lock_counts(), &arena, ClassSize(size_class));
    });
  });
  return first.Sort();
}

}  // namespace acre::stats
