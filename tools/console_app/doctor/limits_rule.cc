// Tenants near their limits, and refused memory; the service, too.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

using stats::ArenaStatistics;

struct Case {
  ArenaStatistics arena;
  uint64_t refused_now = 0;  // between the looks
  bool near = false;
};

std::vector<Case> FindCases(const Evidence& evidence,
                            const Thresholds& thresholds) {
  std::vector<Case> cases;
  for (const ArenaStatistics& arena : evidence.last.arenas.arenas) {
    Case c{arena};
    c.near = arena.hard_limit != 0 &&
             IsShare(arena.charged, thresholds.near_limit, arena.hard_limit);
    if (!c.near && arena.refusals == 0) continue;
    if (const auto* before = FindArena(evidence.first.arenas, arena)) {
      c.refused_now = Beyond(arena.refusals, before->refusals);
    }
    cases.push_back(c);
  }
  std::stable_sort(cases.begin(), cases.end(),
                   [](const Case& a, const Case& b) {
                     return a.refused_now != b.refused_now
                                ? a.refused_now > b.refused_now
                                : a.arena.refusals > b.arena.refusals;
                   });
  return cases;
}

std::string CaseLine(const Case& c) {
  const ArenaStatistics& arena = c.arena;
  std::string line = fmt::format(
      "{}: charged {} (allocated {}, cached {}, slack {}, unused {}, metadata "
      "{})",
      arena.name, Bytes(arena.charged), Bytes(arena.allocated),
      Bytes(arena.cached), Bytes(arena.slack), Bytes(arena.dirty + arena.muzzy),
      Bytes(arena.metadata));
  if (arena.hard_limit != 0) {
    line += fmt::format(", {} of its limit of {}",
                        FormatShare(arena.charged, arena.hard_limit),
                        Bytes(arena.hard_limit));
  }
  return line + fmt::format(", peak {}, refused {}", Bytes(arena.peak),
                            CountOf(arena.refusals, "time"));
}

// Half as much again, in whole MiB.
std::string RaisedLimit(const ArenaStatistics& arena) {
  return fmt::format("{}MiB", arena.hard_limit * 3 / 2 / kMiB + 1);
}

void Complete(const Evidence& evidence, const std::vector<Case>& cases,
              Finding* finding) {
  std::vector<std::string> lines;
  for (const Case& c : cases) lines.push_back(CaseLine(c));
  finding->evidence = FirstLines(std::move(lines), "arena");
  finding->why =
      "before it refuses an arena gives back all that it does not use and "
      "asks the engine: what is left is wanted";
  finding->remedy =
      "raise the limit if the machine has room, or let the tenant's largest "
      "queries fail; if slack or cached is large, look there first";
  for (size_t i = 0; i < std::min(kMostCommands, cases.size()); ++i) {
    const ArenaStatistics& arena = cases[i].arena;
    finding->commands.push_back(
        ArenaCommand(evidence, "arena show", arena.name));
    if (arena.hard_limit != 0) {
      finding->commands.push_back(ArenaCommand(
          evidence, "arena limit", arena.name, RaisedLimit(arena) + " --yes"));
    }
  }
}

// "tenant-7" or "3 tenants".
std::string Who(const std::vector<Case>& cases) {
  return cases.size() == 1 ? std::string(cases[0].arena.name)
                           : CountOf(cases.size(), "arena");
}

void AddService(const Evidence& evidence, const Thresholds& thresholds,
                Findings* findings) {
  const stats::ServiceStatistics& service = evidence.last.service.service;
  if (service.hard_limit == 0 ||
      !IsShare(service.charged, thresholds.near_limit, service.hard_limit)) {
    return;
  }
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.title =
      fmt::format("all arenas together are at {} of the service's limit of {}",
                  FormatShare(service.charged, service.hard_limit),
                  Bytes(service.hard_limit));
  finding.value = 100.0 * static_cast<double>(service.charged) /
                  static_cast<double>(service.hard_limit);
  finding.unit = "percent";
  finding.evidence = {fmt::format("charged {}, of it set aside {}, peak {}",
                                  Bytes(service.charged),
                                  Bytes(service.reserved), Bytes(service.peak)),
                      fmt::format("refused {}, the engine was told or asked {}",
                                  CountOf(service.refusals, "time"),
                                  CountOf(service.pressures, "time"))};
  finding.why =
      "reserves count whole, used or not; unused pages of all arenas go before "
      "anybody is refused";
  finding.remedy =
      "raise the limit if the machine has room, lower reserves, or limit the "
      "largest tenants";
  finding.commands = {
      ConsoleCommand(evidence, "arena list --limit 10"),
      ConsoleCommand(evidence,
                     fmt::format("ctl set service.hard_limit {}MiB --yes",
                                 service.hard_limit * 5 / 4 / kMiB + 1))};
  findings->push_back(std::move(finding));
}

}  // namespace

Findings LookAtLimits(const Evidence& evidence, const Thresholds& thresholds) {
  std::vector<Case> refused_now;
  std::vector<Case> at_limit;
  std::vector<Case> near;
  std::vector<Case> refused_once;
  uint64_t now = 0;
  uint64_t ever = 0;
  uint64_t once = 0;
  for (const Case& c : FindCases(evidence, thresholds)) {
    if (c.refused_now > 0) {
      now += c.refused_now;
      refused_now.push_back(c);
    } else if (c.near && c.arena.refusals > 0) {
      ever += c.arena.refusals;
      at_limit.push_back(c);
    } else if (c.near) {
      near.push_back(c);
    } else {
      once += c.arena.refusals;
      refused_once.push_back(c);
    }
  }
  Findings findings;
  const auto add = [&](Severity severity, const std::vector<Case>& cases,
                       uint64_t value, std::string_view unit,
                       const std::string& title) {
    if (cases.empty()) return;
    Finding finding{.severity = severity,
                    .title = title,
                    .value = static_cast<double>(value),
                    .unit = unit};
    Complete(evidence, cases, &finding);
    findings.push_back(std::move(finding));
  };
  add(Severity::kCritical, refused_now, now, "refusals",
      fmt::format("{} refused memory {} in the last {}", Who(refused_now),
                  CountOf(now, "time"), Seconds(evidence.seconds())));
  AddService(evidence, thresholds, &findings);
  add(Severity::kWarning, at_limit, ever, "refusals",
      fmt::format("{} at the hard limit, and refused memory {} so far",
                  Who(at_limit), CountOf(ever, "time")));
  add(Severity::kNote, near, near.size(), "arenas",
      fmt::format("{} near the hard limit, not refused anything yet",
                  Who(near)));
  add(Severity::kNote, refused_once, once, "refusals",
      fmt::format("{} refused memory {} so far, and not near a limit now",
                  Who(refused_once), CountOf(once, "time")));
  return findings;
}

}  // namespace acre::console::doctor
