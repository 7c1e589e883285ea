#include "stats/writers/statistics_text.h"

#include <unistd.h>

#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "allocator/cache/cache_policy.h"
#include "stats/control/control_node.h"
#include "stats/provider_statistics.h"
#include "stats/version.h"
#include "stats/writers/option_section.h"
#include "stats/writers/timestamp.h"

namespace acre::stats {
namespace {

using allocator::ClassOf;
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

void WriteLimit(std::string_view name, uint64_t limit, Text* text) {
  text->Append(", ").Append(name).Append(": ");
  if (limit == 0) {
    text->Append("none");
  } else {
    text->Number(limit);
  }
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

void WriteDecay(const ArenaStatistics& arena, const int64_t* dirty_ms,
                const int64_t* muzzy_ms, Text* text) {
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
                        std::span<const BinStatistics> bins, Text* text) {
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

// The figures that make up an arena, and then what counts what went wrong.
void WriteFigures(const ArenaStatistics& arena, Text* text) {
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

void WriteBinHeading(Text* text) {
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

void WriteBin(const BinStatistics& bin, uint32_t index, Text* text) {
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

}  // namespace

StatisticsText::StatisticsText(const allocator::Domain& domain,
                               std::string_view service_name,
                               const DocumentParts& parts) noexcept
    : domain_(domain),
      service_name_(service_name),
      parts_(parts),
      walk_(domain) {
  ArenaWalk all(domain);
  while (all.Next()) bin_sums_.Add(all.bins());
  service_ = all.Service(parts.locking);
}

bool StatisticsText::Next(Text* text) noexcept {
  switch (phase_) {
    case Phase::kBegin:
      WriteBegin(text);
      phase_ = Phase::kOptions;
      return true;
    case Phase::kOptions:
      text->Append("Run-time option settings\n");
      WriteOptions(domain_, OptionNodes(), "opt.", text);
      phase_ = Phase::kGeneral;
      return true;
    case Phase::kGeneral:
      WriteGeneral(text);
      phase_ = parts_.locking == Locking::kAllowed ? Phase::kGovernor
                                                   : Phase::kMerged;
      return true;
    case Phase::kGovernor:
      WriteGovernor(text);
      phase_ = Phase::kProviders;
      return true;
    case Phase::kProviders:
      if (!NextProvider(text)) phase_ = Phase::kMerged;
      return true;
    case Phase::kMerged:
      text->Append("Merged arenas stats:\n");
      WriteDecay(service_.arenas, nullptr, nullptr, text);
      WriteSmallAndLarge(service_.arenas, bin_sums_.classes(), text);
      WriteFigures(service_.arenas, text);
      BeginBins(Phase::kMergedBins);
      return true;
    case Phase::kMergedBins:
      if (!NextBin(bin_sums_.classes(), text)) phase_ = Phase::kArena;
      return true;
    case Phase::kArena:
      if (!parts_.arenas || !walk_.Next()) {
        phase_ = Phase::kEnd;
        return true;
      }
      WriteArena(text);
      BeginBins(Phase::kBins);
      return true;
    case Phase::kBins:
      if (!NextBin(walk_.bins(), text)) phase_ = Phase::kArena;
      return true;
    case Phase::kEnd:
      text->Append("--- End acre statistics ---\n");
      phase_ = Phase::kDone;
      return true;
    case Phase::kDone:
      return false;
  }
  return false;
}

void StatisticsText::WriteBegin(Text* text) const {
  text->Append("___ Begin acre statistics ___\nVersion: \"")
      .Append(kVersion)
      .Append("\"\nService: \"")
      .Printable(service_name_)
      .Append("\", pid ")
      .Number(static_cast<uint64_t>(getpid()))
      .Append(", read at ");
  AppendTimestamp(WallMicroseconds(), text);
  text->Append("\nBuild-time option settings\n");
  WriteOptions(domain_, ConfigNodes(), "config.", text);
}

void StatisticsText::WriteGeneral(Text* text) const {
  text->Append("Arenas: ")
      .Number(service_.arena_count)
      .Append("\nPage size: ")
      .Number(kPageSize)
      .Append("\nMaximum thread-cached size class: ")
      .Number(allocator::kMaxCachedSize)
      .Append("\nNumber of bin size classes: ")
      .Number(allocator::kSmallClasses)
      .Append("\nAllocated: ")
      .Number(service_.arenas.allocated)
      .Append(", active: ")
      .Number(service_.arenas.active)
      .Append(", metadata: ")
      .Number(service_.metadata)
      .Append(", resident: ")
      .Number(service_.resident)
      .Append(", mapped: ")
      .Number(service_.mapped)
      .Append(", retained: ")
      .Number(service_.retained)
      .Append("\nCharged: ")
      .Number(service_.charged);
  WriteLimit("hard limit", service_.hard_limit, text);
  WriteLimit("soft limit", service_.soft_limit, text);
  text->Append(", reserved: ")
      .Number(service_.reserved)
      .Append(", peak: ")
      .Number(service_.peak)
      .Append("\nRefusals: ")
      .Number(service_.refusals)
      .Append(", misuses: ")
      .Number(service_.misuses)
      .Append(", pressures: ")
      .Number(service_.pressures)
      .Append(", hook failures: ")
      .Number(service_.hook_failures)
      .Append('\n');
}

void StatisticsText::WriteGovernor(Text* text) const {
  const GovernorStatistics& governor = service_.governor;
  text->Append("Background threads: ")
      .Number(governor.running ? 1 : 0)
      .Append(", num_runs: ")
      .Number(governor.wakeups)
      .Append(", visits: ")
      .Number(governor.visits)
      .Append(", scheduled: ")
      .Number(governor.scheduled)
      .Append(", pressure events: ")
      .Number(governor.pressure_events)
      .Append(", thread failures: ")
      .Number(governor.thread_failures)
      .Append('\n');
}

bool StatisticsText::NextProvider(Text* text) {
  ProviderStatistics provider;
  if (!ReadProvider(domain_, next_++, &provider)) return false;
  text->Append("Provider \"")
      .Printable(provider.name)
      .Append("\": mapped: ")
      .Number(provider.mapped)
      .Append(", free: ")
      .Number(provider.free)
      .Append(", pinned: ")
      .Number(provider.pinned)
      .Append(", grants: ")
      .Number(provider.grants)
      .Append(", calls: ")
      .Number(provider.calls)
      .Append(", failures: ")
      .Number(provider.failures)
      .Append('\n');
  return true;
}

void StatisticsText::WriteArena(Text* text) const {
  const ArenaStatistics& arena = walk_.arena();
  text->Append("arenas[")
      .Number(arena.index)
      .Append("]:\nname: \"")
      .Printable(arena.name)
      .Append("\", peak: ")
      .Number(arena.peak);
  WriteLimit("hard limit", arena.hard_limit, text);
  WriteLimit("soft limit", arena.soft_limit, text);
  text->Append(", reserved: ").Number(arena.reserved).Append('\n');
  const int64_t dirty_ms = walk_.dirty_decay_ms();
  const int64_t muzzy_ms = walk_.muzzy_decay_ms();
  WriteDecay(arena, &dirty_ms, &muzzy_ms, text);
  WriteSmallAndLarge(arena, walk_.bins(), text);
  WriteFigures(arena, text);
}

void StatisticsText::BeginBins(Phase phase) {
  phase_ = phase;
  next_ = 0;
  class_before_ = kNoClass;
}

bool StatisticsText::NextBin(std::span<const BinStatistics> bins, Text* text) {
  if (!parts_.bins) return false;
  // A class that was never used has no row; nor is there a table of none.
  while (next_ < bins.size() && bins[next_].slabs_created == 0) ++next_;
  if (next_ >= bins.size()) return false;
  const uint32_t index = Raw(ClassOf(static_cast<size_t>(bins[next_].size)));
  const bool first = class_before_ == kNoClass;
  if (first) WriteBinHeading(text);
  if (first ? index != 0 : index != class_before_ + 1) {
    text->RightColumn("---", 15).Append('\n');
  }
  WriteBin(bins[next_++], index, text);
  class_before_ = index;
  return true;
}

}  // namespace acre::stats
