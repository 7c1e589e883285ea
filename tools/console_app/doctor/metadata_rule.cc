// Metadata out of proportion: how much for how much, of which kind, whose, and
// what makes that kind grow.

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

using stats::ArenaStatistics;

// Of what arenas are charged: a share of the largest few from which on it is
// about them.
constexpr double kConcentrated = 0.25;

enum class Cure { kFewerArenas, kFewerTcaches, kPurge, kFewerExtents };

struct KindAdvice {
  std::string_view kind;  // ACRE_METADATA_FIELDS
  std::string_view why;
  Cure cure;
};

constexpr KindAdvice kAdvice[] = {
    {"arenas", "every arena has a record, however little it holds",
     Cure::kFewerArenas},
    {"bins",
     "every arena has a bin for each size class that it ever used, and its "
     "slabs' descriptors hang there",
     Cure::kFewerArenas},
    {"large", "arenas with large allocations have counters for them",
     Cure::kFewerArenas},
    {"decay",
     "arenas with unused pages keep their age: many arenas free a little each",
     Cure::kFewerArenas},
    {"regions", "bump regions, open or parked, have records", Cure::kPurge},
    {"tcaches", "every open or parked tcache has a stack for each size class",
     Cure::kFewerTcaches},
    {"extents",
     "every slab, large allocation and unused run of pages has a descriptor: "
     "there are many and they are small",
     Cure::kFewerExtents},
    {"free_extents",
     "every arena has sets of unused runs of pages by size, which grow with "
     "their number",
     Cure::kPurge},
    {"page_map",
     "the map has 8 bytes for each page of address space, in leaves that are "
     "there as soon as one page is: the address space is large or scattered",
     Cure::kPurge},
    {"ranges", "every grant of a provider has a row: hooks grant little pieces",
     Cure::kFewerExtents},
};

std::string_view RemedyOf(Cure cure) {
  switch (cure) {
    case Cure::kFewerArenas:
      return "let small tenants share an arena, and destroy those of tenants "
             "that are gone; a purge brings only what parked tcaches and empty "
             "slabs take";
    case Cure::kFewerTcaches:
      return "close tcaches when their query ends, and bound what is parked "
             "(ArenaOptions::parked_limit_bytes); purging drops what is parked";
    case Cure::kPurge:
      return "purge the arenas that hold most of it";
    case Cure::kFewerExtents:
      break;
  }
  return "purge the arenas that hold most of it; then look where many "
         "allocations just over 16 KiB come from, each of which is an extent "
         "of its own";
}

std::vector<ArenaStatistics> ByMetadata(const ArenaListing& listing) {
  std::vector<ArenaStatistics> arenas = listing.arenas;
  std::stable_sort(arenas.begin(), arenas.end(),
                   [](const ArenaStatistics& a, const ArenaStatistics& b) {
                     return a.metadata > b.metadata;
                   });
  return arenas;
}

// Whether no few arenas hold most of it.
bool IsSpread(const ArenaListing& listing,
              const std::vector<ArenaStatistics>& arenas) {
  uint64_t of_largest = 0;
  for (size_t i = 0; i < std::min(kMostCommands, arenas.size()); ++i) {
    of_largest += arenas[i].metadata;
  }
  return listing.arena_count > 10 * kMostCommands &&
         !IsShare(of_largest, kConcentrated, listing.total.metadata);
}

std::string KindLine(const Evidence& evidence) {
  std::string line;
  const auto& kinds = evidence.metadata_kinds;
  for (size_t i = 0; i < std::min(kMostLines, kinds.size()); ++i) {
    if (kinds[i].bytes == 0) break;
    line += fmt::format("{}{} {}", i == 0 ? "by kind: " : ", ", kinds[i].name,
                        Bytes(kinds[i].bytes));
  }
  return line.empty() ? "by kind: the process does not tell" : line;
}

}  // namespace

Findings LookAtMetadata(const Evidence& evidence,
                        const Thresholds& thresholds) {
  const stats::ServiceStatistics& service = evidence.last.service.service;
  const ArenaListing& listing = evidence.last.arenas;
  const ArenaStatistics& total = listing.total;
  if (service.metadata < thresholds.least_metadata ||
      !IsShare(service.metadata, thresholds.metadata_share, service.mapped)) {
    return {};
  }
  Finding finding;
  finding.severity = service.metadata > total.allocated ? Severity::kCritical
                                                        : Severity::kWarning;
  finding.title = fmt::format("{} of metadata for {} allocated",
                              Bytes(service.metadata), Bytes(total.allocated));
  finding.value = static_cast<double>(service.metadata);
  finding.unit = "bytes";
  finding.evidence.push_back(fmt::format(
      "{} of what is mapped ({})",
      FormatShare(service.metadata, service.mapped), Bytes(service.mapped)));
  finding.evidence.push_back(KindLine(evidence));
  finding.evidence.push_back(fmt::format(
      "charged to {}: {}, which is {} an arena; nobody's: {}",
      CountOf(listing.arena_count, "arena"), Bytes(total.metadata),
      Bytes(total.metadata / std::max<uint64_t>(1, listing.arena_count)),
      Bytes(Beyond(service.metadata, total.metadata))));
  finding.evidence.push_back(fmt::format(
      "an arena has {} allocated on average; {} open and {} parked",
      Bytes(total.allocated / std::max<uint64_t>(1, listing.arena_count)),
      CountOf(total.open_tcaches, "tcache"), total.parked_tcaches));
  const auto arenas = ByMetadata(listing);
  for (size_t i = 0; i < std::min(kMostCommands, arenas.size()); ++i) {
    if (arenas[i].metadata == 0) break;
    finding.evidence.push_back(
        fmt::format("{}: {} for {} allocated", arenas[i].name,
                    Bytes(arenas[i].metadata), Bytes(arenas[i].allocated)));
    finding.commands.push_back(
        ArenaCommand(evidence, "arena purge", arenas[i].name, "--yes"));
  }
  // Without kinds: what is true of most cases.
  const std::string kind = evidence.metadata_kinds.empty()
                               ? "arenas"
                               : evidence.metadata_kinds.front().name;
  const auto advice =
      std::find_if(std::begin(kAdvice), std::end(kAdvice),
                   [&](const KindAdvice& row) { return row.kind == kind; });
  if (advice != std::end(kAdvice)) {
    const bool spread = IsSpread(listing, arenas);
    const Cure cure = spread && advice->cure != Cure::kFewerTcaches
                          ? Cure::kFewerArenas
                          : advice->cure;
    finding.why = fmt::format("most is of kind \"{}\": {}{}", kind, advice->why,
                              spread ? "; and there are many arenas" : "");
    finding.remedy = RemedyOf(cure);
    if (cure == Cure::kFewerTcaches) {
      finding.commands.push_back(
          ConsoleCommand(evidence, "query list --limit 20"));
    }
    if (cure == Cure::kFewerArenas) {
      // Which arenas hold little cannot be said in three names.
      finding.commands = {ConsoleCommand(evidence, "arena list --csv")};
      if (total.parked_tcaches > 0) {
        finding.commands.push_back(
            ConsoleCommand(evidence, "ctl run arena.all.purge_idle --yes"));
      }
    }
  }
  return {std::move(finding)};
}

}  // namespace acre::console::doctor
