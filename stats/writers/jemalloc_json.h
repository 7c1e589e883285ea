// The statistics of a service as JSON in the layout of jemalloc 5.3
// (malloc_stats_print with "J"), for tools that read that. Keys are jemalloc's
// and mean what they mean there; those that have no meaning here are left out.
//
//   {"jemalloc": {"version", "config", "opt", "arenas", "stats",
//                 "stats.arenas": {"merged": {...}, "0": {...}, ...}}}
//
// All arenas are read when the document is made, for "stats" and "merged", and
// each again when its turn comes.

#ifndef ACRE_STATS_WRITERS_JEMALLOC_JSON_H_
#define ACRE_STATS_WRITERS_JEMALLOC_JSON_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/writers/arena_walk.h"
#include "stats/writers/bin_sums.h"
#include "stats/writers/document.h"
#include "stats/writers/document_parts.h"
#include "stats/writers/json_writer.h"
#include "stats/writers/text.h"

namespace acre::stats {

class JemallocJson : public Document {
 public:
  explicit JemallocJson(const allocator::Domain& domain,
                        const DocumentParts& parts = {}) noexcept;

  bool Next(Text* text) noexcept override;

 private:
  enum class Phase : uint8_t {
    kBegin,
    kOptions,
    kClasses,
    kClass,
    kLargeClass,
    kStats,
    kMerged,
    kMergedBin,
    kArena,
    kBin,
    kLargeOfArena,
    kEnd,
    kDone
  };

  void Begin();
  void BeginClasses();
  Phase NextClass();
  Phase NextLargeClass();
  void WriteStats();
  Phase BeginArenas();
  Phase NextArena();
  // Of a class that an arena has no bin of, too: bins are known by their place.
  Phase NextBin(std::span<const BinStatistics> bins, Phase same);
  Phase NextLargeOfArena();
  void WriteFigures(const ArenaStatistics& arena,
                    std::span<const BinStatistics> bins);

  const allocator::Domain& domain_;
  const DocumentParts parts_;
  BinSums bin_sums_;
  ServiceStatistics service_;
  ArenaWalk walk_;
  JsonWriter json_;
  FixedText<512> empty_bin_;  // Most are: written once.
  Phase phase_ = Phase::kBegin;
  size_t next_ = 0;      // Class.
  size_t next_bin_ = 0;  // Or large class; of those that the arena has.
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_JEMALLOC_JSON_H_
