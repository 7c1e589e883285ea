// What a process said: its JSON documents as values.
//
// Parsing goes by the one list of fields (stats/arena_statistics.h), so that a
// figure added there arrives here. Figures that a process of another version
// does not send stay zero; a document without the parts that every version
// sends is an error (Internal). Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_READING_H_
#define ACRE_TOOLS_CONSOLE_APP_READING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"

namespace acre::console {

struct ServerInfo {
  std::string name;  // the service's
  int64_t pid = 0;
  std::string version;
  std::string started_at;  // the admin server; with the pid, which process
  double uptime_seconds = 0;
  uint64_t arenas = 0;
  bool writes_allowed = false;
};

// When a reading was taken, by the process's clock, and what it cost there.
struct ReadStamp {
  std::string read_at;  // ISO 8601, UTC
  double cost_us = 0;
};

struct ArenaListing {
  ReadStamp stamp;
  uint64_t arena_count = 0;  // of the process, listed or not
  std::vector<stats::ArenaStatistics> arenas;
  stats::ArenaStatistics total;  // of all of them
};

struct ArenaReading {
  ReadStamp stamp;
  stats::ArenaStatistics arena;
};

struct BinsReading {
  ReadStamp stamp;
  std::string arena;
  std::vector<stats::BinStatistics> bins;  // smallest class first
};

// What a process says of itself, whole.
struct ServiceReading {
  ReadStamp stamp;
  stats::ServiceStatistics service;  // its sums of arenas are not sent
  std::vector<stats::ProviderStatistics> providers;
};

struct PurgeResult {
  std::string mode;
  uint64_t purged_bytes = 0;
  stats::ArenaStatistics before;
  stats::ArenaStatistics after;
  // Resident bytes of the service and those in hugepages; measured where the
  // arena has some.
  bool has_coverage = false;
  uint64_t resident_before = 0;
  uint64_t resident_after = 0;
  uint64_t huge_before = 0;
  uint64_t huge_after = 0;
  double cost_us = 0;
};

// What a purge could give back at most, without doing it.
struct PurgePreview {
  ReadStamp stamp;
  std::string arena;
  std::string mode;
  uint64_t dirty = 0;
  uint64_t muzzy = 0;
  uint64_t parked = 0;  // in caches, whose slabs may empty
  uint64_t slack = 0;   // in slabs, of which whole pages may be free
};

// Both of what GET /v1/info brings.
absl::StatusOr<ServerInfo> ParseInfo(std::string_view json);
absl::StatusOr<ServiceReading> ParseService(std::string_view json);
absl::StatusOr<ArenaListing> ParseListing(std::string_view json);
absl::StatusOr<ArenaReading> ParseArena(std::string_view json);
absl::StatusOr<BinsReading> ParseBins(std::string_view json);
absl::StatusOr<PurgeResult> ParsePurge(std::string_view json);
absl::StatusOr<PurgePreview> ParsePurgePreview(std::string_view json);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_READING_H_
