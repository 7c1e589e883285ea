#include "tools/console_app/top_view.h"

#include <cmath>
#include <utility>

#include "tools/console_app/reports.h"
#include "tools/console_app/text.h"

namespace acre::console {

using stats::ArenaStatistics;

ArenaColumn TopView::RateColumn(std::string header,
                                uint64_t ArenaStatistics::*counter,
                                double seconds, Style style_if_any) const {
  return {std::move(header), [=, this](const ArenaStatistics& arena) -> Cell {
            const auto before = previous_.find(Key(arena));
            if (before == previous_.end() || seconds <= 0) return {"-"};
            const uint64_t was = before->second.*counter;
            const uint64_t is = arena.*counter;
            // A total sinks when arenas go.
            if (is <= was) return {"0"};
            return {FormatRate(static_cast<double>(is - was) / seconds),
                    style_if_any};
          }};
}

ArenaColumn TopView::GrowthColumn(ByteStyle style, double seconds) const {
  return {"GROWTH/S", [=, this](const ArenaStatistics& arena) -> Cell {
            const auto before = previous_.find(Key(arena));
            if (before == previous_.end() || seconds <= 0) return {"-"};
            const double bytes = static_cast<double>(arena.charged) -
                                 static_cast<double>(before->second.charged);
            return {FormatByteChange(
                static_cast<int64_t>(std::llround(bytes / seconds)), style)};
          }};
}

std::vector<ArenaColumn> TopView::Columns(ByteStyle style,
                                          double seconds) const {
  std::vector<ArenaColumn> columns = PriorityColumns(style);
  columns.insert(columns.begin() + 1, GrowthColumn(style, seconds));
  columns.insert(columns.begin() + 4,
                 RateColumn("REFUSALS/S", &ArenaStatistics::refusals, seconds,
                            Style::kAlarm));
  columns.push_back(
      RateColumn("FILLS/S", &ArenaStatistics::fills, seconds, Style::kPlain));
  columns.push_back(RateColumn("FOREIGN/S", &ArenaStatistics::foreign_frees,
                               seconds, Style::kPlain));
  return columns;
}

std::string TopView::Frame(const ServerInfo& info, const ArenaListing& listing,
                           Time now, const ReportStyle& style) {
  const double seconds =
      std::chrono::duration<double>(now - previous_time_).count();
  std::string heading = RenderHeading(info, listing.stamp);
  if (style.width != 0) {
    heading.pop_back();
    heading = CutToWidth(heading, style.width) + "\n";
  }
  std::string frame =
      heading + "\n" +
      ArenaTable(listing, Columns(style.bytes, seconds)).Render(style.layout());
  Remember(listing, now);
  return frame;
}

void TopView::Remember(const ArenaListing& listing, Time now) {
  previous_.clear();
  for (const ArenaStatistics& arena : listing.arenas) {
    previous_.emplace(Key(arena), arena);
  }
  previous_.insert_or_assign(Key(listing.total), listing.total);
  previous_time_ = now;
}

}  // namespace acre::console
