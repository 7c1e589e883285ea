// The live view's frames: the arenas of one reading, with what changed since
// the reading before.
//
// Holds the previous reading; time is handed in. Not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_
#define ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

class TopView {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Lines of a frame besides one for each arena listed.
  static constexpr size_t kFixedLines = 6;

  // `now` is when the listing was read. Rates are "-" for what the previous
  // listing did not have.
  std::string Frame(const ServerInfo& info, const ArenaListing& listing,
                    Time now, const ReportStyle& style);

 private:
  // An incarnation of an arena; a total has generation 0, as no arena has.
  static uint64_t Key(const stats::ArenaStatistics& arena) {
    return uint64_t{arena.index} << 32 | arena.generation;
  }

  std::vector<ArenaColumn> Columns(ByteStyle style, double seconds) const;
  ArenaColumn RateColumn(std::string header,
                         uint64_t stats::ArenaStatistics::*counter,
                         double seconds, Style style_if_any) const;
  ArenaColumn GrowthColumn(ByteStyle style, double seconds) const;
  void Remember(const ArenaListing& listing, Time now);

  std::unordered_map<uint64_t, stats::ArenaStatistics> previous_;
  Time previous_time_;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_
