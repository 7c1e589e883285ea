// Bins of several arenas made one row for each class.

#ifndef ACRE_STATS_WRITERS_BIN_SUMS_H_
#define ACRE_STATS_WRITERS_BIN_SUMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/base/size_class.h"
#include "stats/arena_statistics.h"

namespace acre::stats {

class BinSums {
 public:
  BinSums() noexcept {
    for (uint8_t c = 0; c < allocator::kSmallClasses; ++c) {
      classes_[c].size = allocator::ClassSize(allocator::ClassIndex{c});
    }
  }

  void Add(std::span<const BinStatistics> bins) noexcept {
    for (const BinStatistics& bin : bins) {
      BinStatistics& sum =
          classes_[Raw(allocator::ClassOf(static_cast<size_t>(bin.size)))];
      for (const Field<BinStatistics>& field : kBinFields) {
        if (field.combine != Combine::kSum) continue;
        sum.*field.member += bin.*field.member;
      }
    }
  }

  // Of every class, smallest first; all but the size 0 where nobody has one.
  std::span<const BinStatistics> classes() const noexcept { return classes_; }

 private:
  std::array<BinStatistics, allocator::kSmallClasses> classes_;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_BIN_SUMS_H_
