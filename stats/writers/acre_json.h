// The statistics of a service as JSON, in Acre's own layout, whole: the
// service, its governor and providers, and every arena with its bins.
// docs/schema/acre_statistics.schema.json describes it.
//
// Arenas are read one by one while the document is written; "totals" is the sum
// of those shown, exactly. Written in time that grows with the number of
// arenas, in some 16 KiB whatever that is.

#ifndef ACRE_STATS_WRITERS_ACRE_JSON_H_
#define ACRE_STATS_WRITERS_ACRE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "allocator/arena/domain.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"
#include "stats/writers/arena_walk.h"
#include "stats/writers/document.h"
#include "stats/writers/document_parts.h"
#include "stats/writers/json_writer.h"

namespace acre::stats {

// Raised when something changes its meaning or goes. What comes new does not
// raise it: readers pass over what they do not know.
inline constexpr uint64_t kAcreStatisticsVersion = 1;

class AcreJson : public Document {
 public:
  // `service_name` must outlive the document.
  AcreJson(const allocator::Domain& domain, std::string_view service_name,
           const DocumentParts& parts = {}) noexcept;

  bool Next(Text* text) noexcept override;

 private:
  enum class Phase : uint8_t {
    kBegin,
    kArena,
    kBin,
    kLarge,
    kEndOfArena,
    kService,
    kProvider,
    kEnd,
    kDone
  };

  void Begin();
  Phase NextArena();
  Phase NextBin();
  Phase NextLarge();
  Phase NextProvider();
  void WriteService();
  void End();

  const allocator::Domain& domain_;
  const std::string_view service_name_;
  const DocumentParts parts_;
  const uint64_t began_ns_;
  ArenaWalk walk_;
  JsonWriter json_;
  Phase phase_ = Phase::kBegin;
  size_t next_ = 0;  // Bin or large class of the arena, or provider.
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_ACRE_JSON_H_
