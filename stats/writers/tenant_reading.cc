#include "stats/writers/tenant_reading.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "stats/writers/text.h"
#include "stats/writers/timestamp.h"

namespace acre::stats {
namespace {

bool IsLarger(const ArenaStatistics& a, const ArenaStatistics& b) {
  if (a.charged != b.charged) return a.charged > b.charged;
  return a.index < b.index;
}

bool NameIsLess(const ArenaStatistics& a, const ArenaStatistics& b) {
  const int order = std::string_view(a.name).compare(b.name);
  return order != 0 ? order < 0 : a.index < b.index;
}

void MakeUtf8(char* name) {
  while (*name != '\0') {
    const size_t bytes = Utf8CharacterBytes(name);
    if (bytes == 0) *name = '?';
    name += bytes == 0 ? 1 : bytes;
  }
}

// The largest rows in a heap whose front is the smallest of them.
class LargestRows {
 public:
  LargestRows(std::span<ArenaStatistics> rows, TenantReading* out)
      : rows_(rows), out_(out) {}

  void Add(ArenaStatistics& row) {
    AddTo(row, &out_->service.arenas);
    MakeUtf8(row.name);
    if (rows_.empty() || kOtherTenants == row.name) return AddToRest(row);
    if (used_ < rows_.size()) {
      rows_[used_++] = row;
      std::push_heap(begin(), end(), IsLarger);
      return;
    }
    if (!IsLarger(row, rows_.front())) return AddToRest(row);
    std::pop_heap(begin(), end(), IsLarger);
    AddToRest(rows_[used_ - 1]);
    rows_[used_ - 1] = row;
    std::push_heap(begin(), end(), IsLarger);
  }

  // An arena and one that took its name while the others were read would be two
  // rows of one name.
  void Finish() {
    std::sort(begin(), end(), NameIsLess);
    size_t kept = 0;
    for (size_t i = 0; i < used_; ++i) {
      if (kept != 0 &&
          std::string_view(rows_[kept - 1].name) == rows_[i].name) {
        AddToRest(rows_[i]);
        continue;
      }
      if (kept != i) rows_[kept] = rows_[i];
      ++kept;
    }
    out_->rows = rows_.first(kept);
  }

 private:
  using Iterator = std::span<ArenaStatistics>::iterator;

  Iterator begin() { return rows_.begin(); }
  Iterator end() { return rows_.begin() + static_cast<ptrdiff_t>(used_); }
  void AddToRest(const ArenaStatistics& row) {
    AddTo(row, &out_->rest);
    ++out_->arenas_in_rest;
  }

  const std::span<ArenaStatistics> rows_;
  TenantReading* const out_;
  size_t used_ = 0;
};

}  // namespace

void ReadTenants(const allocator::Domain& domain, Locking locking,
                 std::span<ArenaStatistics> rows, TenantReading* out) noexcept {
  const uint64_t began = SteadyNanoseconds();
  LargestRows largest(rows, out);
  std::array<BinStatistics, allocator::kSmallClasses> bins;
  domain.ForEachArena([&](const allocator::Arena& arena) {
    ArenaStatistics row;
    ReadArena(arena, &row);
    const size_t bin_count = ReadBins(arena, &bins);
    // Gone meanwhile, or another arena by now: the figures are neither's.
    if (row.generation == 0 ||
        row.generation != arena.generation.load(std::memory_order_acquire)) {
      return;
    }
    out->bins.Add(std::span(bins).first(bin_count));
    ++out->service.arena_count;
    largest.Add(row);
  });
  largest.Finish();
  CompleteService(domain, locking, &out->service);
  out->cost_ns = SteadyNanoseconds() - began;
}

}  // namespace acre::stats
