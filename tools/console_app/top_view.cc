#include "tools/console_app/top_view.h"

#include <fmt/format.h>

#include <algorithm>
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

ArenaColumn TopView::PurgedColumn(ByteStyle style, double seconds) const {
  return {"PURGED/S", [=, this](const ArenaStatistics& arena) -> Cell {
            const auto before = previous_.find(Key(arena));
            if (before == previous_.end() || seconds <= 0) return {"-"};
            const uint64_t was = std::min(before->second.purged, arena.purged);
            return {FormatBytes(
                static_cast<uint64_t>(static_cast<double>(arena.purged - was) /
                                      seconds),
                style)};
          }};
}

std::vector<ArenaColumn> TopView::Columns(ByteStyle style,
                                          double seconds) const {
  std::vector<ArenaColumn> columns = PriorityColumns(style);
  columns.insert(columns.begin() + 1, GrowthColumn(style, seconds));
  columns.insert(columns.begin() + 4,
                 RateColumn("REFUSALS/S", &ArenaStatistics::refusals, seconds,
                            Style::kAlarm));
  const size_t rates = columns.size();
  columns.push_back(
      RateColumn("FILLS/S", &ArenaStatistics::fills, seconds, Style::kPlain));
  columns.push_back(RateColumn("FLUSHES/S", &ArenaStatistics::flushes, seconds,
                               Style::kPlain));
  columns.push_back(PurgedColumn(style, seconds));
  columns.push_back(RateColumn("FOREIGN/S", &ArenaStatistics::foreign_frees,
                               seconds, Style::kPlain));
  // What the order goes by stands where a narrow terminal shows it, too.
  if (order_ >= TopOrder::kFills) {
    const auto moved =
        columns.begin() + static_cast<ptrdiff_t>(rates) +
        (static_cast<int>(order_) - static_cast<int>(TopOrder::kFills));
    std::rotate(columns.begin() + 1, moved, moved + 1);
  }
  return columns;
}

int64_t TopView::Rank(const ArenaStatistics& arena) const {
  constexpr uint64_t ArenaStatistics::*kMembers[] = {
      &ArenaStatistics::charged,  &ArenaStatistics::charged,
      &ArenaStatistics::refusals, &ArenaStatistics::fills,
      &ArenaStatistics::flushes,  &ArenaStatistics::purged};
  const auto member = kMembers[static_cast<size_t>(order_)];
  const auto value = static_cast<int64_t>(arena.*member);
  if (order_ == TopOrder::kCharged) return value;
  const auto before = previous_.find(Key(arena));
  if (before != previous_.end()) {
    return value - static_cast<int64_t>(before->second.*member);
  }
  // One that was not there before grew by all it has, where others are known.
  return value;
}

ArenaListing TopView::Ordered(const ArenaListing& listing) const {
  ArenaListing ordered = listing;
  std::stable_sort(ordered.arenas.begin(), ordered.arenas.end(),
                   [this](const ArenaStatistics& a, const ArenaStatistics& b) {
                     return Rank(a) > Rank(b);
                   });
  if (ordered.arenas.size() > rows_) ordered.arenas.resize(rows_);
  return ordered;
}

std::string TopView::KeyLine(const ReportStyle& style) const {
  if (!tells_keys_) return "";
  std::string line = "by";
  for (const TopOrderName& one : kTopOrders) {
    line += one.order == order_ ? fmt::format(" [{}]", one.name)
                                : fmt::format(" {} ({})", one.name, one.key);
  }
  line += "; q leaves";
  if (style.width != 0) line = CutToWidth(line, style.width);
  return Paint(line, Style::kDim, style.colour);
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
      heading + KeyLine(style) + "\n" +
      ArenaTable(Ordered(listing), Columns(style.bytes, seconds))
          .Render(style.layout());
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
