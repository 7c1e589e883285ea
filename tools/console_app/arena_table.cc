#include "tools/console_app/arena_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using stats::ArenaStatistics;

// From this share of its limit on an arena is about to be refused something.
constexpr double kNearLimit = 0.9;

Style LimitStyle(const ArenaStatistics& arena) {
  if (arena.hard_limit == 0) return Style::kPlain;
  if (arena.charged >= arena.hard_limit) return Style::kAlarm;
  return static_cast<double>(arena.charged) >=
                 kNearLimit * static_cast<double>(arena.hard_limit)
             ? Style::kWarning
             : Style::kPlain;
}

ArenaColumn Bytes(std::string header, uint64_t ArenaStatistics::*member,
                  ByteStyle style) {
  return {std::move(header), [=](const ArenaStatistics& arena) -> Cell {
            return {FormatBytes(arena.*member, style)};
          }};
}

ArenaColumn Charged(std::string header, ByteStyle style) {
  return {std::move(header), [=](const ArenaStatistics& arena) -> Cell {
            return {FormatBytes(arena.charged, style), Style::kBold};
          }};
}

ArenaColumn Limit(ByteStyle style) {
  return {"LIMIT", [=](const ArenaStatistics& arena) -> Cell {
            return {FormatLimit(arena.hard_limit, style)};
          }};
}

ArenaColumn Used() {
  return {"USED", [](const ArenaStatistics& arena) -> Cell {
            return {FormatShare(arena.charged, arena.hard_limit),
                    LimitStyle(arena)};
          }};
}

ArenaColumn Refusals(ByteStyle style) {
  return {"REFUSALS", [=](const ArenaStatistics& arena) -> Cell {
            return {FormatCount(arena.refusals, style),
                    arena.refusals > 0 ? Style::kWarning : Style::kPlain};
          }};
}

std::vector<Cell> ArenaRow(std::string name, const ArenaStatistics& arena,
                           const std::vector<ArenaColumn>& columns,
                           Style name_style = Style::kPlain) {
  std::vector<Cell> row;
  row.emplace_back(std::move(name), name_style);
  for (const ArenaColumn& column : columns) row.push_back(column.cell(arena));
  return row;
}

}  // namespace

std::vector<ArenaColumn> SumColumns(ByteStyle style) {
  return {Bytes("ALLOCATED", &ArenaStatistics::allocated, style),
          Bytes("+CACHED", &ArenaStatistics::cached, style),
          Bytes("+SLACK", &ArenaStatistics::slack, style),
          Bytes("=ACTIVE", &ArenaStatistics::active, style),
          Bytes("+DIRTY", &ArenaStatistics::dirty, style),
          Bytes("+MUZZY", &ArenaStatistics::muzzy, style),
          Bytes("+METADATA", &ArenaStatistics::metadata, style),
          Charged("=CHARGED", style),
          Limit(style),
          Used(),
          Refusals(style)};
}

std::vector<ArenaColumn> PriorityColumns(ByteStyle style) {
  return {Charged("CHARGED", style),
          Used(),
          Refusals(style),
          Bytes("ALLOCATED", &ArenaStatistics::allocated, style),
          Bytes("CACHED", &ArenaStatistics::cached, style),
          Bytes("SLACK", &ArenaStatistics::slack, style),
          Bytes("DIRTY", &ArenaStatistics::dirty, style),
          Bytes("MUZZY", &ArenaStatistics::muzzy, style),
          Bytes("METADATA", &ArenaStatistics::metadata, style),
          Limit(style)};
}

ArenaStatistics Others(const ArenaListing& listing) {
  ArenaStatistics others = listing.total;
  // Neither an arena's identity nor the total's.
  others.index = UINT32_MAX;
  others.generation = 0;
  others.hard_limit = 0;
  for (const ArenaStatistics& arena : listing.arenas) {
    for (const auto& field : stats::kArenaFields) {
      if (field.combine != stats::Combine::kSum) continue;
      others.*field.member -=
          std::min(others.*field.member, arena.*field.member);
    }
  }
  return others;
}

Table ArenaTable(const ArenaListing& listing,
                 const std::vector<ArenaColumn>& columns) {
  Table table;
  table.AddColumn("ARENA", Align::kLeft);
  for (const ArenaColumn& column : columns) table.AddColumn(column.header);
  for (const ArenaStatistics& arena : listing.arenas) {
    table.AddRow(ArenaRow(ArenaName(arena), arena, columns));
  }
  if (listing.arena_count > listing.arenas.size()) {
    table.AddRow(ArenaRow(
        fmt::format("others ({})", listing.arena_count - listing.arenas.size()),
        Others(listing), columns, Style::kDim));
  }
  table.AddRule();
  table.AddRow(ArenaRow(fmt::format("total ({})", listing.arena_count),
                        listing.total, columns, Style::kBold));
  return table;
}

std::string ArenaName(const ArenaStatistics& arena) {
  return Printable(arena.name);
}

std::string FormatFigure(uint64_t value, stats::Unit unit, ByteStyle style) {
  switch (unit) {
    case stats::Unit::kBytes:
      return FormatBytes(value, style);
    case stats::Unit::kNanoseconds:
      return style == ByteStyle::kExact
                 ? FormatCount(value, style)
                 : FormatCost(static_cast<double>(value) / 1000);
    case stats::Unit::kCount:
      break;
  }
  return FormatCount(value, style);
}

std::string FormatLimit(uint64_t limit, ByteStyle style) {
  return limit == 0 ? "-" : FormatBytes(limit, style);
}

}  // namespace acre::console
