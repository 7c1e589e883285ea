// Fragmentation: slabs of which little is used, and which cannot go because of
// that little.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

using stats::BinStatistics;

constexpr double kPageBytes = 4096;
// Bins with less are not listed.
constexpr uint64_t kWorthALine = kMiB / 4;

// What no allocation uses of the pages that the bin holds.
uint64_t Pinned(const BinStatistics& bin) {
  return Beyond(bin.slab_bytes - std::min(bin.released, bin.slab_bytes),
                bin.regions_out * bin.size);
}

// What purging would give back if regions in use lay at random: the pages on
// which there is none of them.
double InFreePages(const BinStatistics& bin) {
  if (bin.regions == 0) return 0;
  const double used =
      static_cast<double>(bin.regions_out) / static_cast<double>(bin.regions);
  const double on_a_page =
      kPageBytes / static_cast<double>(std::max<uint64_t>(bin.size, 1)) + 1;
  return std::pow(1 - used, on_a_page) *
         static_cast<double>(Beyond(bin.slab_bytes, bin.released));
}

struct Sick {
  uint64_t pinned = 0;
  double returnable = 0;
  uint64_t slabs = 0;
  std::vector<BinStatistics> bins;  // the one that pins most first
};

Sick FindSickBins(const BinsReading& reading, const Thresholds& thresholds) {
  Sick sick;
  for (const BinStatistics& bin : reading.bins) {
    if (bin.regions_out > 0 &&
        static_cast<double>(bin.regions_out) >
            thresholds.low_occupancy * static_cast<double>(bin.regions)) {
      continue;
    }
    if (Pinned(bin) < kWorthALine) continue;
    sick.pinned += Pinned(bin);
    sick.returnable += InFreePages(bin);
    sick.slabs += bin.slabs;
    sick.bins.push_back(bin);
  }
  std::sort(sick.bins.begin(), sick.bins.end(),
            [](const BinStatistics& a, const BinStatistics& b) {
              return Pinned(a) > Pinned(b);
            });
  return sick;
}

Finding Describe(const Evidence& evidence, const std::string& arena,
                 const Sick& sick, const Thresholds& thresholds) {
  Finding finding;
  finding.severity = sick.pinned >= thresholds.serious_pinned
                         ? Severity::kWarning
                         : Severity::kNote;
  finding.title =
      fmt::format("{}: {} pinned by slabs that are less than half full", arena,
                  Bytes(sick.pinned));
  finding.value = static_cast<double>(sick.pinned);
  finding.unit = "bytes";
  std::vector<std::string> lines;
  for (const BinStatistics& bin : sick.bins) {
    lines.push_back(fmt::format(
        "size class {}: {} of {} regions in use ({}) in {}, {} pinned",
        bin.size, FormatCount(bin.regions_out, ByteStyle::kHuman),
        FormatCount(bin.regions, ByteStyle::kHuman),
        FormatShare(bin.regions_out, bin.regions), CountOf(bin.slabs, "slab"),
        Bytes(Pinned(bin))));
  }
  finding.evidence = FirstLines(std::move(lines), "size class");
  finding.evidence.push_back(
      fmt::format("purging could give back about {}, if what is in use lies at "
                  "random",
                  Bytes(static_cast<uint64_t>(sick.returnable))));
  finding.why =
      "most of what filled these slabs was freed, and a slab goes only when "
      "the last of its regions does";
  const bool helps = sick.returnable >= 0.25 * static_cast<double>(sick.pinned);
  finding.remedy =
      helps
          ? "purge: it gives back the pages inside slabs that hold nothing; an "
            "idle arena does that by itself after its dirty decay time"
          : "the regions are too small for whole pages to be free, so a purge "
            "gives back little. New allocations of these sizes fill the gaps; "
            "otherwise give what lives long an arena of its own, and reset or "
            "rebuild this tenant's when it can be";
  finding.commands = {ArenaCommand(evidence, "arena purge", arena, "--yes"),
                      ArenaCommand(evidence, "bins", arena)};
  return finding;
}

}  // namespace

Findings LookAtFragmentation(const Evidence& evidence,
                             const Thresholds& thresholds) {
  Findings findings;
  uint64_t told = 0;
  for (const BinsReading& reading : evidence.bins) {
    const Sick sick = FindSickBins(reading, thresholds);
    if (sick.pinned < thresholds.least_pinned) continue;
    told += sick.pinned;
    findings.push_back(Describe(evidence, reading.arena, sick, thresholds));
  }
  // Little in each of many arenas.
  const stats::ArenaStatistics& total = evidence.last.arenas.total;
  const uint64_t rest = Beyond(total.slack, told);
  if (rest >= thresholds.serious_pinned &&
      IsShare(rest, thresholds.low_occupancy, total.active)) {
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.title =
        fmt::format("{} of slack, spread over {}", Bytes(rest),
                    CountOf(evidence.last.arenas.arena_count, "arena"));
    finding.value = static_cast<double>(rest);
    finding.unit = "bytes";
    finding.evidence = {
        fmt::format("{} of {} active", FormatShare(rest, total.active),
                    Bytes(total.active)),
        fmt::format("{} on average in an arena",
                    Bytes(rest / std::max<uint64_t>(
                                     1, evidence.last.arenas.arena_count)))};
    finding.why =
        "every arena has slabs of its own for each size class that it uses, "
        "and fills few of them";
    finding.remedy = "let small tenants share an arena; purge idle ones";
    finding.commands = {
        ConsoleCommand(evidence, "ctl run arena.all.purge_everything --yes")};
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace acre::console::doctor
