// Unused memory that does not return: dirty and muzzy pages, and what is kept
// warm, by what holds it. One finding for each cause, however many arenas.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

using stats::ArenaStatistics;

enum class Cause { kNone, kNever, kLong, kNoTicks, kReserve, kStuck };

struct Case {
  ArenaStatistics arena;
  ArenaSettings settings;
};

uint64_t Unused(const ArenaStatistics& arena) {
  return arena.dirty + arena.muzzy + arena.parked;
}

bool NobodyTicks(const Evidence& evidence) {
  const stats::GovernorStatistics& before =
      evidence.first.service.service.governor;
  const stats::GovernorStatistics& after =
      evidence.last.service.service.governor;
  return !after.running && before.scheduled > 0 && after.scheduled > 0 &&
         after.visits == before.visits;
}

// Nothing came, went or was given back between the looks.
bool Stands(const ArenaStatistics& before, const ArenaStatistics& after) {
  return before.dirty == after.dirty && before.muzzy == after.muzzy &&
         before.purged == after.purged && before.fills == after.fills &&
         before.flushes == after.flushes &&
         before.allocations == after.allocations;
}

int64_t LongestDecay(const ArenaStatistics& arena,
                     const ArenaSettings& settings) {
  return arena.muzzy > 0
             ? std::max(settings.dirty_decay_ms, settings.muzzy_decay_ms)
             : settings.dirty_decay_ms;
}

// In a quarter of its time a page's age is looked at many times.
bool TooSoon(const Evidence& evidence, int64_t decay_ms) {
  return evidence.seconds() * 4000 < static_cast<double>(decay_ms);
}

Cause CauseOf(const Evidence& evidence, const Case& c,
              const Thresholds& thresholds) {
  const int64_t longest = LongestDecay(c.arena, c.settings);
  const bool never = c.settings.dirty_decay_ms < 0 ||
                     (c.arena.muzzy > 0 && c.settings.muzzy_decay_ms < 0);
  if (never) return Cause::kNever;
  if (longest >= thresholds.long_decay_ms) return Cause::kLong;
  if (TooSoon(evidence, longest)) return Cause::kNone;
  if (NobodyTicks(evidence)) return Cause::kNoTicks;
  const ArenaStatistics* before = FindArena(evidence.first.arenas, c.arena);
  if (before == nullptr || c.arena.dirty + c.arena.muzzy == 0 ||
      !Stands(*before, c.arena)) {
    return Cause::kNone;
  }
  return c.arena.reserved > 0 ? Cause::kReserve : Cause::kStuck;
}

std::string CaseLine(const Case& c) {
  return fmt::format(
      "{}: dirty {}, muzzy {}, parked {}; dirty_decay_ms {}, "
      "muzzy_decay_ms {}",
      c.arena.name, Bytes(c.arena.dirty), Bytes(c.arena.muzzy),
      Bytes(c.arena.parked), c.settings.dirty_decay_ms,
      c.settings.muzzy_decay_ms);
}

struct Words {
  std::string title;
  std::string why;
  std::string remedy;
};

Words WordsFor(Cause cause, const Evidence& evidence) {
  switch (cause) {
    case Cause::kNever:
      return {"because decay is off",
              "a decay time of -1 keeps unused pages for ever, and an arena "
              "that does not decay is never found idle, so that what is parked "
              "stays, too",
              "give the arena a decay time, or purge when its load is over"};
    case Cause::kLong:
      return {"because decay takes a minute or more",
              "pages go along a curve over the decay time after they were "
              "freed, and what is parked goes when the arena was idle for as "
              "long",
              "a shorter decay time, unless the memory is wanted back at once "
              "when queries return"};
    case Cause::kNoTicks:
      return {"because nobody calls MemoryService::Tick",
              fmt::format(
                  "the governor has no thread, {} for a visit, and none was "
                  "visited in {}",
                  evidence.last.service.service.governor.scheduled == 1
                      ? "1 arena waits"
                      : fmt::format(
                            "{} arenas wait",
                            evidence.last.service.service.governor.scheduled),
                  Seconds(evidence.seconds())),
              "have the engine call Tick, or let the service have its thread "
              "(GovernorSettings::thread); if thread_failures grows, the "
              "system refuses threads"};
    case Cause::kReserve:
      return {"because it is a prefaulted reserve",
              "with ArenaOptions::prefault_reserve decay gives back only what "
              "the arena holds beyond its reserve",
              "a smaller reserve, if the tenant does not need it"};
    default:
      return {"though their decay time passes",
              "nothing came, went or was given back between the looks: the "
              "governor does not get to these arenas, or the system refuses "
              "to take pages (hook_failures)",
              "look at the governor; purging gives the memory back now"};
  }
}

void AddCommands(Cause cause, const Evidence& evidence,
                 const std::vector<Case>& cases, Finding* finding) {
  if (cause == Cause::kNoTicks || cause == Cause::kStuck) {
    finding->commands.push_back(ConsoleCommand(evidence, "governor"));
  }
  for (size_t i = 0; i < std::min(kMostCommands, cases.size()); ++i) {
    const char* arena = cases[i].arena.name;
    if (cause == Cause::kNever || cause == Cause::kLong) {
      finding->commands.push_back(ArenaCommand(
          evidence, "arena decay", arena,
          cases[i].arena.muzzy > 0 ? "2000 0 --yes" : "2000 --yes"));
    }
    if (cause == Cause::kReserve) {
      finding->commands.push_back(
          ArenaCommand(evidence, "arena limit", arena, "--reserved"));
    }
    finding->commands.push_back(
        ArenaCommand(evidence, "arena purge", arena, "--mode idle --yes"));
  }
}

}  // namespace

std::string WhyUnusedIsUnclear(const Evidence& evidence,
                               const Thresholds& thresholds) {
  uint64_t bytes = 0;
  int64_t longest = 0;
  for (const ArenaSettings& settings : evidence.settings) {
    for (const ArenaStatistics& arena : evidence.last.arenas.arenas) {
      if (settings.name != arena.name) continue;
      const int64_t ms = LongestDecay(arena, settings);
      if (!TooSoon(evidence, ms)) continue;
      bytes += arena.dirty + arena.muzzy;
      longest = std::max(longest, ms);
    }
  }
  if (bytes < thresholds.least_unused) return "";
  return fmt::format(
      "{} may be on their way: the looks are too close to tell; use --interval "
      "{}",
      Bytes(bytes), longest / 4000 + 1);
}

Findings LookAtUnused(const Evidence& evidence, const Thresholds& thresholds) {
  Findings findings;
  for (const Cause cause : {Cause::kNever, Cause::kNoTicks, Cause::kStuck,
                            Cause::kLong, Cause::kReserve}) {
    std::vector<Case> cases;
    uint64_t bytes = 0;
    for (const ArenaSettings& settings : evidence.settings) {
      for (const ArenaStatistics& arena : evidence.last.arenas.arenas) {
        if (settings.name != arena.name) continue;
        const Case c{arena, settings};
        if (CauseOf(evidence, c, thresholds) != cause) continue;
        bytes += Unused(arena);
        cases.push_back(c);
      }
    }
    if (bytes < thresholds.least_unused) continue;
    const Words words = WordsFor(cause, evidence);
    Finding finding;
    finding.severity = cause == Cause::kLong || cause == Cause::kReserve
                           ? Severity::kNote
                           : Severity::kWarning;
    finding.title = fmt::format("{} unused in {} stays {}", Bytes(bytes),
                                CountOf(cases.size(), "arena"), words.title);
    finding.value = static_cast<double>(bytes);
    finding.unit = "bytes";
    finding.why = words.why;
    finding.remedy = words.remedy;
    std::vector<std::string> lines;
    for (const Case& c : cases) lines.push_back(CaseLine(c));
    finding.evidence = FirstLines(std::move(lines), "arena");
    AddCommands(cause, evidence, cases, &finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace acre::console::doctor
