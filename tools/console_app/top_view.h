// The live view's frames: the arenas of one reading, with what changed since
// the reading before.
//
// Holds the previous reading; time is handed in. Not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_
#define ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

// What the arenas of a frame are ordered by, largest first. Rates are those
// since the frame before; on the first, the counters themselves.
enum class TopOrder { kCharged, kGrowth, kRefusals, kFills, kFlushes, kPurged };

struct TopOrderName {
  TopOrder order;
  std::string_view name;  // a choice of --sort
  char key;
};

inline constexpr TopOrderName kTopOrders[] = {
    {TopOrder::kCharged, "charged", 'c'},   {TopOrder::kGrowth, "growth", 'g'},
    {TopOrder::kRefusals, "refusals", 'r'}, {TopOrder::kFills, "fills", 'f'},
    {TopOrder::kFlushes, "flushes", 'l'},   {TopOrder::kPurged, "purged", 'p'},
};

class TopView {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Lines of a frame besides one for each arena listed.
  static constexpr size_t kFixedLines = 6;

  void set_order(TopOrder order) { order_ = order; }
  TopOrder order() const { return order_; }

  // Most arenas in a frame; the rest is summed up.
  void set_rows(size_t rows) { rows_ = rows; }
  // Tells of the keys that order, in the second line.
  void set_tells_keys(bool tells) { tells_keys_ = tells; }

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
  ArenaColumn PurgedColumn(ByteStyle style, double seconds) const;
  // What the order is about, of one arena.
  int64_t Rank(const stats::ArenaStatistics& arena) const;
  ArenaListing Ordered(const ArenaListing& listing) const;
  std::string KeyLine(const ReportStyle& style) const;
  void Remember(const ArenaListing& listing, Time now);

  std::unordered_map<uint64_t, stats::ArenaStatistics> previous_;
  Time previous_time_;
  TopOrder order_ = TopOrder::kCharged;
  size_t rows_ = SIZE_MAX;
  bool tells_keys_ = false;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TOP_VIEW_H_
