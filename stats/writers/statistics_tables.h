// The tables of the statistics' text: sections of an arena, rows of its size
// classes.

#ifndef ACRE_STATS_WRITERS_STATISTICS_TABLES_H_
#define ACRE_STATS_WRITERS_STATISTICS_TABLES_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "stats/arena_statistics.h"
#include "stats/extent_statistics.h"
#include "stats/writers/text.h"

namespace acre::stats {

// ", NAME: 1048576", or none.
void WriteLimit(std::string_view name, uint64_t limit, Text* text) noexcept;

// Null: the times of several arenas.
void WriteDecay(const ArenaStatistics& arena, const int64_t* dirty_ms,
                const int64_t* muzzy_ms, Text* text) noexcept;

// Of the arena whose bins these are.
void WriteSmallAndLarge(const ArenaStatistics& arena,
                        std::span<const BinStatistics> bins,
                        Text* text) noexcept;

// The figures that make up an arena, and what counts what went wrong.
void WriteFigures(const ArenaStatistics& arena, Text* text) noexcept;

void WriteBinHeading(Text* text) noexcept;
void WriteBin(const BinStatistics& bin, uint32_t index, Text* text) noexcept;

void WriteLargeHeading(Text* text) noexcept;
void WriteLarge(const LargeStatistics& large, uint32_t index,
                Text* text) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_STATISTICS_TABLES_H_
