// The statistics of a service as a text for people, in the manner of jemalloc's
// malloc_stats_print: the same sections, columns and names where they mean the
// same, and Acre's own figures (limits, what is charged, what caches hold)
// beside them.
//
// All arenas are read when the document is made, for the sums that stand first,
// and each again when its turn comes: under load the two differ by what
// happened in between.

#ifndef ACRE_STATS_WRITERS_STATISTICS_TEXT_H_
#define ACRE_STATS_WRITERS_STATISTICS_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/writers/arena_walk.h"
#include "stats/writers/bin_sums.h"
#include "stats/writers/document.h"
#include "stats/writers/document_parts.h"

namespace acre::stats {

class StatisticsText : public Document {
 public:
  // `service_name` must outlive the document.
  StatisticsText(const allocator::Domain& domain, std::string_view service_name,
                 const DocumentParts& parts = {}) noexcept;

  bool Next(Text* text) noexcept override;

 private:
  enum class Phase : uint8_t {
    kBegin,
    kOptions,
    kGeneral,
    kGovernor,
    kProviders,
    kMerged,
    kMergedBins,
    kArena,
    kBins,
    kLarge,
    kEnd,
    kDone
  };

  static constexpr uint32_t kNoClass = UINT32_MAX;

  void WriteBegin(Text* text) const;
  void WriteGeneral(Text* text) const;
  void WriteGovernor(Text* text) const;
  bool NextProvider(Text* text);
  void WriteArena(Text* text) const;
  void BeginRows(Phase phase);
  void WriteGap(void (*heading)(Text*), uint32_t first_class, uint32_t index,
                Text* text);
  bool NextBin(std::span<const BinStatistics> bins, Text* text);
  bool NextLarge(Text* text);

  const allocator::Domain& domain_;
  const std::string_view service_name_;
  const DocumentParts parts_;
  BinSums bin_sums_;
  ServiceStatistics service_;
  ArenaWalk walk_;
  Phase phase_ = Phase::kBegin;
  size_t next_ = 0;                   // Bin, large class or provider.
  uint32_t class_before_ = kNoClass;  // Of the row shown last.
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_STATISTICS_TEXT_H_
