// Two readings of a process compared: what grew, what came and went, how fast.
//
// A snapshot is a file with what the process said at one time, GET /v1/info and
// GET /v1/arenas, in one JSON object. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_SNAPSHOT_H_
#define ACRE_TOOLS_CONSOLE_APP_SNAPSHOT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

struct Snapshot {
  ServerInfo info;
  ArenaListing listing;  // all arenas
};

// The text of a snapshot's file, from the two documents.
std::string MakeSnapshot(const std::string& info_body,
                         const std::string& listing_body);

// InvalidArgument, with what is wrong, when the text is no whole snapshot of
// this version.
absl::StatusOr<Snapshot> ParseSnapshot(std::string_view text);

struct ArenaChange {
  enum class Fate { kStayed, kCame, kGone };
  Fate fate = Fate::kStayed;
  stats::ArenaStatistics before;  // zero for one that came
  stats::ArenaStatistics after;   // zero for one that is gone
};

// Whether any figure did, or the arena came or went.
bool Changed(const ArenaChange& change);

struct SnapshotDiff {
  // Between the two, by the process's steady clock; none when they are of two
  // processes, whose arenas are then compared by name and have no rates.
  std::optional<double> seconds;
  // All of both: those that changed first, by how much of what is charged.
  std::vector<ArenaChange> arenas;
  stats::ArenaStatistics before;  // totals
  stats::ArenaStatistics after;
};

// InvalidArgument when `after` was taken before `before`.
absl::StatusOr<SnapshotDiff> Diff(const Snapshot& before,
                                  const Snapshot& after);

// `limit`: most rows; arenas in which nothing changed have none.
std::string RenderDiff(const Snapshot& before, const Snapshot& after,
                       const SnapshotDiff& diff, std::optional<size_t> limit,
                       const ReportStyle& style);

// {"seconds":...,"total":{...},"arenas":[{"name",...,"change":{...}}]}
std::string DiffAsJson(const SnapshotDiff& diff, std::optional<size_t> limit);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_SNAPSHOT_H_
