#include "tools/console_app/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using stats::ArenaStatistics;

constexpr std::string_view kRoundedNote =
    "Rounded, 1 KiB = 1024 B; --bytes shows figures that add up to the byte.";

constexpr std::string_view kNarrowNote =
    "Not all columns fit; a wider terminal, a file or --json has them.";

std::string FieldValue(const ArenaStatistics& arena,
                       const stats::Field<ArenaStatistics>& field,
                       ByteStyle style) {
  const uint64_t value = arena.*field.member;
  if (field.member == &ArenaStatistics::hard_limit ||
      field.member == &ArenaStatistics::soft_limit) {
    return FormatLimit(value, style);
  }
  return FormatFigure(value, field.unit, style);
}

}  // namespace

std::string RenderHeading(const ServerInfo& info, const ReadStamp& stamp) {
  return fmt::format(
      "{} (pid {}, up {}): {}, read {} in {}\n", Printable(info.name), info.pid,
      FormatUptime(info.uptime_seconds), CountOf(info.arenas, "arena"),
      Printable(stamp.read_at), FormatCost(stamp.cost_us));
}

std::string RenderArenas(const ServerInfo& info, const ArenaListing& listing,
                         const ReportStyle& style) {
  std::string text = RenderHeading(info, listing.stamp) + "\n";
  // The sum needs all of its columns; where they do not fit, the most telling
  // ones are shown.
  const Table sum = ArenaTable(listing, SumColumns(style.bytes));
  if (style.width == 0 || sum.NaturalWidth() <= style.width) {
    text += sum.Render(style.layout());
  } else {
    text += ArenaTable(listing, PriorityColumns(style.bytes))
                .Render(style.layout()) +
            Paint(kNarrowNote, Style::kDim, style.colour) + "\n";
  }
  if (style.bytes == ByteStyle::kHuman) {
    text += "\n" + Paint(kRoundedNote, Style::kDim, style.colour) + "\n";
  }
  return text;
}

std::string RenderArena(const ServerInfo& info, const ArenaReading& reading,
                        const ReportStyle& style) {
  Table table;
  table.AddColumn("FIGURE", Align::kLeft);
  table.AddColumn("VALUE");
  table.AddColumn("MEANING", Align::kLeft);
  for (const auto& field : stats::kArenaFields) {
    table.AddRow({{std::string(field.name)},
                  {FieldValue(reading.arena, field, style.bytes), Style::kBold},
                  {std::string(field.help), Style::kDim}});
  }
  return RenderHeading(info, reading.stamp) +
         fmt::format("\narena \"{}\", index {}, generation {}\n\n",
                     ArenaName(reading.arena), reading.arena.index,
                     reading.arena.generation) +
         table.Render(style.layout());
}

std::string RenderBins(const ServerInfo& info, const BinsReading& reading,
                       const ReportStyle& style) {
  Table table;
  for (const char* header : {"CLASS", "SLABS", "SLAB BYTES", "REGIONS", "OUT",
                             "OUT BYTES", "FULL", "FILLS", "FLUSHES"}) {
    table.AddColumn(header);
  }
  stats::BinStatistics total;
  uint64_t total_out_bytes = 0;
  const auto add_row = [&](std::string name, const stats::BinStatistics& bin,
                           uint64_t out_bytes) {
    table.AddRow({{std::move(name)},
                  {FormatCount(bin.slabs, style.bytes)},
                  {FormatBytes(bin.slab_bytes, style.bytes)},
                  {FormatCount(bin.regions, style.bytes)},
                  {FormatCount(bin.regions_out, style.bytes)},
                  {FormatBytes(out_bytes, style.bytes)},
                  {FormatShare(out_bytes, bin.slab_bytes)},
                  {FormatCount(bin.fills, style.bytes)},
                  {FormatCount(bin.flushes, style.bytes)}});
  };
  for (const stats::BinStatistics& bin : reading.bins) {
    const uint64_t out_bytes = bin.regions_out * bin.size;
    add_row(FormatCount(bin.size, style.bytes), bin, out_bytes);
    total_out_bytes += out_bytes;
    for (const auto& field : stats::kBinFields) {
      total.*field.member += bin.*field.member;
    }
  }
  table.AddRule();
  add_row("total", total, total_out_bytes);
  std::string text = RenderHeading(info, reading.stamp) +
                     fmt::format(
                         "\narena \"{}\", small allocations by size "
                         "class (bytes of a region)\n\n",
                         Printable(reading.arena)) +
                     table.Render(style.layout());
  return text + "\n" +
         Paint("OUT: in use or in tcaches. FULL: OUT BYTES of SLAB BYTES.",
               Style::kDim, style.colour) +
         "\n";
}

namespace {

// "\nin hugepages: 12 MiB of 24 MiB (50 %) before, ... after (whole service)".
std::string CoverageLine(const PurgeResult& result, const ReportStyle& style) {
  if (!result.has_coverage) return "";
  auto part = [&](uint64_t huge, uint64_t resident) {
    return fmt::format("{} of {} ({:.0f} %)", FormatBytes(huge, style.bytes),
                       FormatBytes(resident, style.bytes),
                       resident == 0 ? 0.0
                                     : 100.0 * static_cast<double>(huge) /
                                           static_cast<double>(resident));
  };
  return fmt::format("in hugepages, whole service: {} before, {} after\n",
                     part(result.huge_before, result.resident_before),
                     part(result.huge_after, result.resident_after));
}

}  // namespace

std::string RenderPurge(const PurgeResult& result, const ReportStyle& style) {
  Table table;
  table.AddColumn(ArenaName(result.after), Align::kLeft);
  table.AddColumn("BEFORE");
  table.AddColumn("AFTER");
  table.AddColumn("CHANGE");
  for (const auto& [name, member] :
       {std::pair{"cached", &ArenaStatistics::cached},
        std::pair{"active", &ArenaStatistics::active},
        std::pair{"dirty", &ArenaStatistics::dirty},
        std::pair{"muzzy", &ArenaStatistics::muzzy},
        std::pair{"charged", &ArenaStatistics::charged}}) {
    const uint64_t before = result.before.*member;
    const uint64_t after = result.after.*member;
    table.AddRow({{name},
                  {FormatBytes(before, style.bytes)},
                  {FormatBytes(after, style.bytes)},
                  {FormatByteChange(static_cast<int64_t>(after - before),
                                    style.bytes)}});
  }
  return table.Render(style.layout()) +
         fmt::format("\npurged {} ({}) in {}\n",
                     FormatBytes(result.purged_bytes, style.bytes),
                     Printable(result.mode), FormatCost(result.cost_us)) +
         CoverageLine(result, style);
}

std::string RenderPurgePreview(const PurgePreview& preview,
                               const ReportStyle& style) {
  Table table;
  table.AddColumn(Printable(preview.arena), Align::kLeft);
  table.AddColumn("AT MOST");
  table.AddColumn("", Align::kLeft);
  const auto row = [&](const char* name, uint64_t bytes, const char* remark) {
    table.AddRow(
        {{name}, {FormatBytes(bytes, style.bytes)}, {remark, Style::kDim}});
  };
  row("dirty", preview.dirty, "goes");
  row("muzzy", preview.muzzy, "goes, if the system has not taken it");
  row("parked", preview.parked, "where pages become empty");
  row("slack", preview.slack, "where whole pages are free");
  return table.Render(style.layout()) +
         fmt::format("\ndry run ({}): nothing was changed; read {} in {}\n",
                     Printable(preview.mode), Printable(preview.stamp.read_at),
                     FormatCost(preview.stamp.cost_us));
}

}  // namespace acre::console
