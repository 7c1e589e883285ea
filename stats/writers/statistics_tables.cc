#include "stats/writers/statistics_tables.h"

#include "allocator/base/units.h"

namespace acre::stats {
namespace {

using allocator::kPageSize;

// Widths of columns.
constexpr size_t kName = 14;
constexpr size_t kFigure = 16;
constexpr size_t kNarrow = 12;

struct Small {
  uint64_t allocated = 0;
  uint64_t taken = 0;
  uint64_t returned = 0;
};

Small SumOf(std::span<const BinStatistics> bins) {
  Small sum;
  for (const BinStatistics& bin : bins) {
    sum.allocated += bin.regions_out * bin.size;
    sum.taken += bin.regions_taken;
    sum.returned += bin.regions_returned;
  }
  return sum;
}

void WriteLine(std::string_view name, uint64_t value, Text* text) {
  text->LeftColumn(name, kName).NumberColumn(value, kFigure).Append('\n');
}

// What stands in the column "time".
void WriteDecayTime(const int64_t* ms, Text* text) {
  if (ms == nullptr) {
    text->RightColumn("N/A", 8);
  } else {
    text->SignedColumn(*ms, 8);
  }
}

}  // namespace

void WriteLimit(std::string_view name, uint64_t limit, Text* text) noexcept {
  text->Append(", ").Append(name).Append(": ");
  if (limit == 0) {
    text->Append("none");
  } else {
    text->Number(limit);
  }
}

void WriteDecay(const ArenaStatistics& arena, const int64_t* dirty_ms,
                const int64_t* muzzy_ms, Text* text) noexcept {
  text->Append(
      "decaying:    time      npages        sweeps      madvises        "
      "purged\n");
  const auto row = [&](std::string_view name, const int64_t* ms, uint64_t bytes,
                       uint64_t sweeps, uint64_t calls, uint64_t purged) {
    text->RightColumn(name, 8).Append(':');
    WriteDecayTime(ms, text);
    text->NumberColumn(bytes / kPageSize, kNarrow)
        .NumberColumn(sweeps, kNarrow + 2)
        .NumberColumn(calls, kNarrow + 2)
        .NumberColumn(purged / kPageSize, kNarrow + 2)
        .Append('\n');
  };
  row("dirty", dirty_ms, arena.dirty, arena.dirty_sweeps, arena.dirty_calls,
      arena.dirty_given_back);
  row("muzzy", muzzy_ms, arena.muzzy, arena.muzzy_sweeps, arena.muzzy_calls,
      arena.muzzy_given_back);
}

void WriteSmallAndLarge(const ArenaStatistics& arena,
                        std::span<const BinStatistics> bins,
                        Text* text) noexcept {
  const Small small = SumOf(bins);
  // What is out of bins, and large, is in use or in caches.
  const uint64_t out = arena.allocated + arena.cached;
  const uint64_t large = out > small.allocated ? out - small.allocated : 0;
  text->LeftColumn("", kName)
      .RightColumn("allocated", kFigure)
      .RightColumn("nmalloc", kFigure)
      .RightColumn("ndalloc", kFigure)
      .RightColumn("nfill", kFigure)
      .RightColumn("nflush", kFigure)
      .Append('\n');
  text->LeftColumn("small:", kName)
      .NumberColumn(small.allocated, kFigure)
      .NumberColumn(small.taken, kFigure)
      .NumberColumn(small.returned, kFigure)
      .NumberColumn(arena.fills, kFigure)
      .NumberColumn(arena.flushes, kFigure)
      .Append('\n');
  WriteLine("large:", large, text);
  WriteLine("total:", small.allocated + large, text);
  text->Append('\n');
}

void WriteFigures(const ArenaStatistics& arena, Text* text) noexcept {
  WriteLine("allocated:", arena.allocated, text);
  WriteLine("tcache_bytes:", arena.cached, text);
  WriteLine("slack:", arena.slack, text);
  WriteLine("active:", arena.active, text);
  WriteLine("dirty:", arena.dirty, text);
  WriteLine("muzzy:", arena.muzzy, text);
  WriteLine("base:", arena.metadata, text);
  WriteLine("charged:", arena.charged, text);
  WriteLine("resident:", arena.resident, text);
  WriteLine("mapped:", arena.mapped, text);
  WriteLine("retained:", arena.retained, text);
  text->Append("tcaches: ")
      .Number(arena.open_tcaches)
      .Append(" open, ")
      .Number(arena.parked_tcaches)
      .Append(" parked; refusals: ")
      .Number(arena.refusals)
      .Append(", out of memory: ")
      .Number(arena.out_of_memory)
      .Append(", foreign frees: ")
      .Number(arena.foreign_frees)
      .Append('\n');
}

void WriteBinHeading(Text* text) noexcept {
  text->Append("bins:")
      .RightColumn("size", 10)
      .RightColumn("ind", 4)
      .RightColumn("allocated", 14)
      .RightColumn("nmalloc", 14)
      .RightColumn("ndalloc", 14)
      .RightColumn("curregs", kNarrow)
      .RightColumn("curslabs", 10)
      .RightColumn("util", 7)
      .RightColumn("nfills", kNarrow)
      .RightColumn("nflushes", kNarrow)
      .RightColumn("nslabs", 10)
      .RightColumn("n_lock_ops", kNarrow)
      .RightColumn("n_waiting", kNarrow)
      .Append('\n');
}

void WriteBin(const BinStatistics& bin, uint32_t index, Text* text) noexcept {
  text->NumberColumn(bin.size, 15)
      .NumberColumn(index, 4)
      .NumberColumn(bin.regions_out * bin.size, 14)
      .NumberColumn(bin.regions_taken, 14)
      .NumberColumn(bin.regions_returned, 14)
      .NumberColumn(bin.regions_out, kNarrow)
      .NumberColumn(bin.slabs, 10);
  if (bin.regions == 0) {
    text->RightColumn("1", 7);
  } else {
    text->DecimalColumn(
        static_cast<double>(bin.regions_out) / static_cast<double>(bin.regions),
        3, 7);
  }
  text->NumberColumn(bin.fills, kNarrow)
      .NumberColumn(bin.flushes, kNarrow)
      .NumberColumn(bin.slabs_created, 10)
      .NumberColumn(bin.lock_acquisitions, kNarrow)
      .NumberColumn(bin.lock_contentions, kNarrow)
      .Append('\n');
}

void WriteLargeHeading(Text* text) noexcept {
  text->Append("large:")
      .RightColumn("size", 9)
      .RightColumn("ind", 4)
      .RightColumn("allocated", 14)
      .RightColumn("nmalloc", 14)
      .RightColumn("ndalloc", 14)
      .RightColumn("curlextents", kNarrow)
      .Append('\n');
}

void WriteLarge(const LargeStatistics& large, uint32_t index,
                Text* text) noexcept {
  text->NumberColumn(large.size, 15)
      .NumberColumn(index, 4)
      .NumberColumn(large.bytes, 14)
      .NumberColumn(large.created, 14)
      .NumberColumn(large.ended, 14)
      .NumberColumn(large.large_allocations, kNarrow)
      .Append('\n');
}

}  // namespace acre::stats
