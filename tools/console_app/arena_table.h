// The columns in which arenas are shown, for one report or for the live view.
// Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_ARENA_TABLE_H_
#define ACRE_TOOLS_CONSOLE_APP_ARENA_TABLE_H_

#include <functional>
#include <string>
#include <vector>

#include "stats/arena_statistics.h"
#include "tools/console_app/reading.h"
#include "tools/console_app/table.h"
#include "tools/console_app/units.h"

namespace acre::console {

// How everything is shown.
struct ReportStyle {
  ByteStyle bytes = ByteStyle::kHuman;
  bool colour = false;
  size_t width = 0;  // of the terminal; 0: no limit

  TableLayout layout() const { return {.colour = colour, .width = width}; }
};

// What to show of an arena, and under which header.
struct ArenaColumn {
  std::string header;
  std::function<Cell(const stats::ArenaStatistics&)> cell;
};

// In the order of the sum, the headers showing what adds up to what:
// ALLOCATED +CACHED +SLACK =ACTIVE +DIRTY +MUZZY +METADATA =CHARGED, then the
// limit.
std::vector<ArenaColumn> SumColumns(ByteStyle style);

// The most telling first, for terminals where not all fit.
std::vector<ArenaColumn> PriorityColumns(ByteStyle style);

// The listing's total less what it lists: the arenas that a limit left out.
stats::ArenaStatistics Others(const ArenaListing& listing);

// One row an arena, those left out summed up as "others", and a total.
Table ArenaTable(const ArenaListing& listing,
                 const std::vector<ArenaColumn>& columns);

// The name as it may be printed.
std::string ArenaName(const stats::ArenaStatistics& arena);

// A figure of the lists in stats/fields.h, by its unit.
std::string FormatFigure(uint64_t value, stats::Unit unit, ByteStyle style);

// Bytes of a limit; "-" for none.
std::string FormatLimit(uint64_t limit, ByteStyle style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_ARENA_TABLE_H_
