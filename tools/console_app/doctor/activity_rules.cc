// What threads do: tcaches that stay open, locks that are waited for.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/rules.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

struct Wait {
  LockRow lock;
  double seconds = 0;  // between the looks
  uint64_t contentions = 0;
};

// Locks that were there both times, the one that was waited for longest first.
std::vector<Wait> Waits(const Evidence& evidence) {
  std::vector<Wait> waits;
  for (const LockRow& after : evidence.last.locks) {
    const auto before = std::find_if(
        evidence.first.locks.begin(), evidence.first.locks.end(),
        [&](const LockRow& row) {
          return row.name == after.name && row.arena == after.arena &&
                 row.size_class == after.size_class;
        });
    // Counts may have been reset meanwhile.
    if (before == evidence.first.locks.end() ||
        before->wait_seconds >= after.wait_seconds) {
      continue;
    }
    waits.push_back({after, after.wait_seconds - before->wait_seconds,
                     Beyond(after.contentions, before->contentions)});
  }
  std::sort(waits.begin(), waits.end(),
            [](const Wait& a, const Wait& b) { return a.seconds > b.seconds; });
  return waits;
}

std::string LockName(const LockRow& lock) {
  std::string name = lock.name;
  if (lock.size_class != 0) {
    name += fmt::format(" of size class {}", lock.size_class);
  }
  return name + (lock.arena.empty() ? " of the service" : " of " + lock.arena);
}

}  // namespace

Findings LookAtTcaches(const Evidence& evidence, const Thresholds& thresholds) {
  std::vector<std::string> lines;
  uint64_t bytes = 0;
  double oldest = 0;
  for (const TcacheRow& tcache : evidence.tcaches) {
    if (tcache.parked || tcache.age_seconds < thresholds.old_tcache_seconds) {
      continue;
    }
    bytes += tcache.bytes;
    oldest = std::max(oldest, tcache.age_seconds);
    lines.push_back(fmt::format("{}: open for {}, holds {}", tcache.arena,
                                Seconds(tcache.age_seconds),
                                Bytes(tcache.bytes)));
  }
  if (lines.empty()) return {};
  Finding finding;
  finding.severity = bytes >= thresholds.serious_tcache_bytes
                         ? Severity::kWarning
                         : Severity::kNote;
  finding.title = fmt::format(
      "{} open for {} and longer hold{} {}; the oldest for {}",
      CountOf(lines.size(), "tcache"), Seconds(thresholds.old_tcache_seconds),
      lines.size() == 1 ? "s" : "", Bytes(bytes), Seconds(oldest));
  finding.value = static_cast<double>(bytes);
  finding.unit = "bytes";
  finding.evidence = FirstLines(std::move(lines), "tcache");
  finding.evidence.push_back(
      fmt::format("of {} open and {} parked ones in all",
                  FormatCount(evidence.open_tcaches, ByteStyle::kHuman),
                  FormatCount(evidence.parked_tcaches, ByteStyle::kHuman)));
  finding.why =
      "a tcache is one query's: what it holds serves nobody else, no purge "
      "and no decay reaches it, and slabs that it took from cannot go";
  finding.remedy =
      "find the query or session that runs for so long and have it close its "
      "tcache when it pauses; a smaller ArenaOptions::tcache_limit_bytes "
      "bounds what each may hold";
  finding.commands = {ConsoleCommand(evidence, "query list --limit 20")};
  return {std::move(finding)};
}

Findings LookAtLocks(const Evidence& evidence, const Thresholds& thresholds) {
  const std::vector<Wait> waits = Waits(evidence);
  double waited = 0;
  for (const Wait& wait : waits) waited += wait.seconds;
  const double share = evidence.seconds() > 0 ? waited / evidence.seconds() : 0;
  if (share < thresholds.lock_wait_share) return {};
  Finding finding;
  finding.severity = share >= thresholds.serious_lock_wait_share
                         ? Severity::kWarning
                         : Severity::kNote;
  finding.title = fmt::format(
      "threads waited {:.2f} s for locks in {}, most for {}", waited,
      Seconds(evidence.seconds()), LockName(waits.front().lock));
  finding.value = waited;
  finding.unit = "seconds";
  std::vector<std::string> lines;
  for (const Wait& wait : waits) {
    lines.push_back(fmt::format("{}: {:.3f} s in {}", LockName(wait.lock),
                                wait.seconds,
                                CountOf(wait.contentions, "wait")));
  }
  finding.evidence = FirstLines(std::move(lines), "lock");
  const LockRow& first = waits.front().lock;
  finding.why =
      first.arena.empty()
          ? "all arenas share this lock: it is taken when address space, "
            "metadata or limits change, or arenas come and go"
          : "many threads take from one arena at once without tcaches, or "
            "through tcaches that are too small: a bin's lock is taken for "
            "each batch, the pages' lock for each slab and large allocation";
  finding.remedy =
      first.arena.empty()
          ? "keep arenas and tcaches for longer instead of making them anew; "
            "reserves and a longer decay time keep pages in arenas"
          : "give each query a tcache (Arena::OpenTcache) and let it hold more "
            "(ArenaOptions::tcache_limit_bytes); reuse large buffers";
  finding.commands = {ConsoleCommand(evidence, "locks --limit 10")};
  if (!first.arena.empty()) {
    finding.commands.push_back(
        ArenaCommand(evidence, "arena show", first.arena));
  }
  return {std::move(finding)};
}

}  // namespace acre::console::doctor
