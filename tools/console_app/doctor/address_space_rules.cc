// Address space: mappings near what the kernel allows, and growth that nobody
// uses, of Acre's and of the rest of the process.

#include <fmt/format.h>

#include <algorithm>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {

Findings LookAtMappings(const Evidence& evidence,
                        const Thresholds& thresholds) {
  const stats::ProcessView& process = evidence.kernel.process;
  if (process.most_mappings == 0 ||
      !IsShare(process.mappings, thresholds.many_mappings,
               process.most_mappings)) {
    return {};
  }
  uint64_t grants = 0;
  for (const stats::ProviderStatistics& provider :
       evidence.last.service.providers) {
    grants += provider.grants;
  }
  Finding finding;
  finding.severity =
      IsShare(process.mappings, thresholds.most_mappings, process.most_mappings)
          ? Severity::kCritical
          : Severity::kWarning;
  finding.title =
      fmt::format("{} mappings, {} of the {} that the kernel allows",
                  FormatCount(process.mappings, ByteStyle::kHuman),
                  FormatShare(process.mappings, process.most_mappings),
                  FormatCount(process.most_mappings, ByteStyle::kHuman));
  finding.value = static_cast<double>(process.mappings);
  finding.unit = "mappings";
  finding.evidence = {fmt::format(
      "address space {}, Acre's {} in {}", Bytes(process.virtual_memory),
      Bytes(GrantedBytes(evidence.last.service)), CountOf(grants, "grant"))};
  finding.why =
      "at the limit mmap, mprotect and even munmap fail. Acre's memory is a "
      "few ranges; one is cut into several mappings where pages in it differ "
      "(hugepages, NUMA, protection). Files, stacks, and other allocators are "
      "the rest";
  finding.remedy =
      "see what they are; raise vm.max_map_count if they are meant";
  finding.commands = {
      fmt::format("awk '{{print $6}}' /proc/{}/maps | sort | uniq -c | sort -n "
                  "| tail",
                  evidence.info.pid),
      fmt::format("sysctl -w vm.max_map_count={}", process.most_mappings * 4)};
  return {std::move(finding)};
}

Findings LookAtAddressSpace(const Evidence& evidence,
                            const Thresholds& thresholds) {
  const ServiceReading& before = evidence.first.service;
  const ServiceReading& after = evidence.last.service;
  const uint64_t granted = GrantedBytes(after);
  const uint64_t grown = Beyond(granted, GrantedBytes(before));
  const uint64_t used = Beyond(after.service.charged, before.service.charged);
  const uint64_t idle_growth = Beyond(grown, used);
  const uint64_t peak = std::max(after.service.peak, after.service.charged);
  const bool grows =
      idle_growth >= thresholds.least_growth &&
      IsShare(idle_growth, thresholds.growth_share, GrantedBytes(before));
  const bool large = granted >= thresholds.least_address_space &&
                     IsShare(granted, thresholds.address_space_times, peak);
  if (!grows && !large) return {};
  Finding finding;
  finding.severity = grows ? Severity::kWarning : Severity::kNote;
  finding.title = grows
                      ? fmt::format(
                            "address space grew by {} in {}, of which {} is in "
                            "use",
                            Bytes(grown), Seconds(evidence.seconds()),
                            Bytes(std::min(used, grown)))
                      : fmt::format(
                            "{} of address space for at most {} that was ever "
                            "charged",
                            Bytes(granted), Bytes(peak));
  finding.value = static_cast<double>(grows ? idle_growth : granted);
  finding.unit = "bytes";
  finding.evidence = {
      fmt::format("granted {}, charged {}, retained {}", Bytes(granted),
                  Bytes(after.service.charged), Bytes(after.service.retained)),
      fmt::format("{} in {}", CountOf(after.service.mappings, "grant"),
                  CountOf(after.service.arena_count, "arena"))};
  for (const stats::ProviderStatistics& provider : after.providers) {
    finding.evidence.push_back(
        fmt::format("provider {}: granted {}, free {}", provider.name,
                    Bytes(provider.mapped), Bytes(provider.free)));
  }
  finding.why =
      "what arenas retain and ranges have free is not used again: allocations "
      "grow larger each time, so that no gap fits; or many arenas retain a "
      "little each; or what was handed out is not touched";
  finding.remedy =
      "see which arenas retain most and in what sizes; buffers of a few fixed "
      "sizes fit the gaps of others. Retained address space costs no memory "
      "but page tables and the page map";
  const auto& arenas = evidence.last.arenas.arenas;
  const auto most = std::max_element(
      arenas.begin(), arenas.end(),
      [](const stats::ArenaStatistics& a, const stats::ArenaStatistics& b) {
        return a.retained < b.retained;
      });
  if (most != arenas.end() && most->retained > 0) {
    finding.evidence.push_back(
        fmt::format("{} retains {}", most->name, Bytes(most->retained)));
    finding.commands.push_back(ArenaCommand(evidence, "extents", most->name));
  }
  finding.commands.push_back(ConsoleCommand(evidence, "hooks"));
  return {std::move(finding)};
}

Findings LookAtProcessGrowth(const Evidence& evidence,
                             const Thresholds& thresholds) {
  const uint64_t grown =
      Beyond(evidence.last.virtual_memory, evidence.first.virtual_memory);
  const uint64_t acres = Beyond(GrantedBytes(evidence.last.service),
                                GrantedBytes(evidence.first.service));
  const uint64_t foreign = Beyond(grown, acres);
  if (foreign < thresholds.least_process_growth) return {};
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.title = fmt::format("the process mapped {} outside of Acre in {}",
                              Bytes(foreign), Seconds(evidence.seconds()));
  finding.value = static_cast<double>(foreign);
  finding.unit = "bytes";
  finding.evidence = {
      fmt::format("address space {} before and {} after, Acre's grew by {}",
                  Bytes(evidence.first.virtual_memory),
                  Bytes(evidence.last.virtual_memory), Bytes(acres))};
  finding.why =
      "files that are mapped, threads with their stacks, another allocator; "
      "if it goes on, a limit on address space or on mappings ends it";
  finding.remedy = "look twice, to see which mappings are new";
  finding.commands = {
      fmt::format("pmap -x {} | sort -n -k2 | tail -n 20", evidence.info.pid)};
  return {std::move(finding)};
}

}  // namespace acre::console::doctor
