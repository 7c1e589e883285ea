#include "stats/writers/statistics_text.h"

#include <unistd.h>

#include "allocator/base/size_class.h"
#include "allocator/base/units.h"
#include "allocator/cache/cache_policy.h"
#include "stats/control/control_node.h"
#include "stats/provider_statistics.h"
#include "stats/version.h"
#include "stats/writers/option_section.h"
#include "stats/writers/statistics_tables.h"
#include "stats/writers/timestamp.h"

namespace acre::stats {
namespace {

using allocator::ClassOf;
using allocator::kPageSize;

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
      BeginRows(Phase::kMergedBins);
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
      BeginRows(Phase::kBins);
      return true;
    case Phase::kBins:
      if (!NextBin(walk_.bins(), text)) BeginRows(Phase::kLarge);
      return true;
    case Phase::kLarge:
      if (!NextLarge(text)) phase_ = Phase::kArena;
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

void StatisticsText::BeginRows(Phase phase) {
  phase_ = phase;
  next_ = 0;
  class_before_ = kNoClass;
}

// The heading before the first row, and a mark where classes are left out.
void StatisticsText::WriteGap(void (*heading)(Text*), uint32_t first_class,
                              uint32_t index, Text* text) {
  const bool first = class_before_ == kNoClass;
  if (first) heading(text);
  if (index != (first ? first_class : class_before_ + 1)) {
    text->RightColumn("---", 15).Append('\n');
  }
  class_before_ = index;
}

bool StatisticsText::NextBin(std::span<const BinStatistics> bins, Text* text) {
  if (!parts_.bins) return false;
  // A class that was never used has no row; nor is there a table of none.
  while (next_ < bins.size() && bins[next_].slabs_created == 0) ++next_;
  if (next_ >= bins.size()) return false;
  const BinStatistics& bin = bins[next_++];
  const uint32_t index = Raw(ClassOf(static_cast<size_t>(bin.size)));
  WriteGap(&WriteBinHeading, 0, index, text);
  WriteBin(bin, index, text);
  return true;
}

bool StatisticsText::NextLarge(Text* text) {
  if (!parts_.bins || next_ >= walk_.large().size()) return false;
  const LargeStatistics& large = walk_.large()[next_++];
  const uint32_t index = Raw(ClassOf(static_cast<size_t>(large.size)));
  WriteGap(&WriteLargeHeading, allocator::kSmallClasses, index, text);
  WriteLarge(large, index, text);
  return true;
}

}  // namespace acre::stats
