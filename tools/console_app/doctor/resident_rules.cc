// What the kernel has in memory for the process, and Acre does not account for:
// other people's memory, hugepages that cover nothing; and hugepages that are
// asked for and do not come.

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tools/console_app/control_name.h"
#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

// ThpHooks::name().
constexpr std::string_view kHugepageProvider = "thp";

// Address space that arenas hold, of providers that have hugepages and of
// others.
struct Held {
  uint64_t huge = 0;
  uint64_t other = 0;
};

Held HeldBytes(const ServiceReading& service) {
  Held held;
  for (const stats::ProviderStatistics& provider : service.providers) {
    const bool huge = provider.name == kHugepageProvider;
    (huge ? held.huge : held.other) += Beyond(provider.mapped, provider.free);
  }
  return held;
}

}  // namespace

Findings LookAtForeign(const Evidence& evidence, const Thresholds& thresholds) {
  const KernelReading& kernel = evidence.kernel;
  const uint64_t foreign = kernel.foreign;
  if (foreign < thresholds.least_foreign ||
      !IsShare(foreign, thresholds.foreign_share, kernel.process.resident)) {
    return {};
  }
  const uint64_t acres = Beyond(kernel.process.resident, foreign);
  const uint64_t anonymous =
      std::min(foreign, Beyond(kernel.process.anonymous, acres));
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.title =
      fmt::format("{} of the {} that the process has in memory are not Acre's",
                  Bytes(foreign), Bytes(kernel.process.resident));
  finding.value = static_cast<double>(foreign);
  finding.unit = "bytes";
  finding.evidence = {
      fmt::format("Acre's pages in memory: {}, its metadata: {}",
                  Bytes(kernel.service.resident), Bytes(kernel.metadata)),
      fmt::format("about {} of the rest is anonymous (another malloc, stacks, "
                  "mmap), {} is of files or shared",
                  Bytes(anonymous), Bytes(foreign - anonymous)),
      fmt::format("hugepages outside of Acre: {}",
                  Bytes(Beyond(kernel.process.anonymous_huge,
                               kernel.service.huge_backed)))};
  finding.why =
      "the process maps memory by itself, or parts of it allocate from another "
      "allocator; no limit of Acre's counts that";
  finding.remedy =
      "see which mappings are large: [heap] and nameless ones of 64 MiB are "
      "malloc's, those with a path are files";
  finding.commands = {
      fmt::format("pmap -x {} | sort -n -k3 | tail -n 20", evidence.info.pid),
      ConsoleCommand(evidence, "overview")};
  return {std::move(finding)};
}

Findings LookAtInflation(const Evidence& evidence,
                         const Thresholds& thresholds) {
  const stats::KernelView& service = evidence.kernel.service;
  // Arenas may have shrunk or grown since: what can be explained by either
  // look is.
  const uint64_t accounted = std::max(AccountedBytes(evidence.first.arenas),
                                      AccountedBytes(evidence.last.arenas));
  const uint64_t excess =
      std::min(Beyond(service.resident, accounted), service.huge_backed);
  if (excess < thresholds.least_inflation ||
      !IsShare(excess, thresholds.inflation_share, accounted)) {
    return {};
  }
  Finding finding;
  finding.severity =
      excess > accounted ? Severity::kCritical : Severity::kWarning;
  finding.title =
      fmt::format("hugepages hold {} in memory beyond the {} that arenas hold",
                  Bytes(excess), Bytes(accounted));
  finding.value = static_cast<double>(excess);
  finding.unit = "bytes";
  finding.evidence = {fmt::format(
      "in memory {}, of it in hugepages {}; active, dirty and muzzy pages {}",
      Bytes(service.resident), Bytes(service.huge_backed), Bytes(accounted))};
  std::vector<std::string> lines;
  for (const ArenaKernelView& arena : evidence.kernel.arenas) {
    if (arena.view.huge_backed == 0) continue;
    lines.push_back(fmt::format("{}: in memory {}, in hugepages {}", arena.name,
                                Bytes(arena.view.resident),
                                Bytes(arena.view.huge_backed)));
  }
  for (std::string& line : FirstLines(std::move(lines), "arena")) {
    finding.evidence.push_back(std::move(line));
  }
  finding.why =
      "the kernel backs 2 MiB with the first touch, and khugepaged makes whole "
      "what was given back in part: small or sparse arenas pay for pages that "
      "they do not hold";
  finding.remedy =
      "no purge reaches what lies beside an arena's pages: it is used first "
      "when the arena grows, and goes when the arena ends. For arenas to come, "
      "HugepageMode::kMadvise instead of kAlways begins only when one has "
      "grown, and kNever is for small and sparse tenants; a lower "
      "khugepaged/max_ptes_none keeps the kernel from filling gaps";
  finding.commands.push_back(ConsoleCommand(evidence, "hugepages"));
  finding.commands.push_back(
      "cat /sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none");
  return {std::move(finding)};
}

std::string WhyCoverageIsUnclear(const Evidence& evidence,
                                 const Thresholds& thresholds) {
  const Held held = HeldBytes(evidence.last.service);
  const stats::KernelView& service = evidence.kernel.service;
  const uint64_t least =
      std::min(held.huge, Beyond(service.resident, held.other));
  const uint64_t most = std::min(held.huge, service.resident);
  if (most < thresholds.least_hugepage_memory ||
      IsShare(service.huge_backed, thresholds.low_coverage, most) ||
      least >= thresholds.least_hugepage_memory) {
    return "";
  }
  return fmt::format(
      "of {} in memory between {} and {} ask for hugepages, and {} has them; "
      "\"acre_console hugepages\" tells arena by arena",
      Bytes(service.resident), Bytes(least), Bytes(most),
      Bytes(service.huge_backed));
}

Findings LookAtCoverage(const Evidence& evidence,
                        const Thresholds& thresholds) {
  const Held held = HeldBytes(evidence.last.service);
  const stats::KernelView& service = evidence.kernel.service;
  // At least so much of what is in memory is of arenas with hugepages.
  const uint64_t expected =
      std::min(held.huge, Beyond(service.resident, held.other));
  if (expected < thresholds.least_hugepage_memory ||
      IsShare(service.huge_backed, thresholds.low_coverage, expected)) {
    return {};
  }
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.title =
      fmt::format("{} of {} that asks for hugepages has them",
                  FormatShare(service.huge_backed, expected), Bytes(expected));
  finding.value = 100.0 * static_cast<double>(service.huge_backed) /
                  static_cast<double>(expected);
  finding.unit = "percent";
  finding.evidence = {
      fmt::format("arenas hold {} of provider \"{}\", {} of others",
                  Bytes(held.huge), kHugepageProvider, Bytes(held.other)),
      fmt::format("in memory {}, in hugepages {}", Bytes(service.resident),
                  Bytes(service.huge_backed)),
      fmt::format("purged out of hugepages in use so far: {}",
                  Bytes(evidence.last.arenas.total.subreleased))};
  finding.why =
      "the kernel has no free hugepages (memory is fragmented), was told not "
      "to make any (\"never\", or PR_SET_THP_DISABLE), or purging took them "
      "apart";
  finding.remedy =
      "see what the kernel is set to; have hugepages made of what the largest "
      "arenas use now (copies memory); a longer decay time takes fewer apart";
  finding.commands = {
      "cat /sys/kernel/mm/transparent_hugepage/enabled",
      fmt::format("grep THP_enabled /proc/{}/status", evidence.info.pid)};
  for (const ArenaKernelView& arena : evidence.kernel.arenas) {
    if (finding.commands.size() == 2 + kMostCommands) break;
    if (IsShare(arena.view.huge_backed, thresholds.low_coverage,
                arena.view.resident)) {
      continue;
    }
    finding.commands.push_back(ConsoleCommand(
        evidence,
        fmt::format("ctl run {} --yes",
                    ShellWord(ArenaControl(arena.name, "collapse")))));
  }
  return {std::move(finding)};
}

}  // namespace acre::console::doctor
