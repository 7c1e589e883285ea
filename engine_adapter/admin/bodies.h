// The documents that the admin server answers with. Pure functions.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_BODIES_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_BODIES_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine_adapter/admin/arena_listing.h"
#include "engine_adapter/admin/audit_log.h"
#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/purge_modes.h"
#include "engine_adapter/admin/read_stamp.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"

namespace acre::admin {

struct ProcessInfo {
  std::string_view name;  // the service's
  pid_t pid = 0;
  WallTime started_at;  // the admin server
  double uptime_seconds = 0;
  bool writes_allowed = false;
  uint64_t arenas = 0;
};

std::string InfoBody(const ProcessInfo& info,
                     const stats::ServiceStatistics& service,
                     std::span<const stats::ProviderStatistics> providers,
                     const ReadStamp& stamp);

std::string ArenaBody(const stats::ArenaStatistics& arena,
                      const ReadStamp& stamp);

std::string AuditBody(std::span<const AuditEntry> entries,
                      const ReadStamp& stamp);

// What of all arenas' memory is resident, and what of that is in hugepages, by
// the page tables; for the whole service. Bytes.
struct HugepageCoverage {
  uint64_t resident = 0;
  uint64_t huge_backed = 0;
};

struct PurgeOutcome {
  PurgeMode mode = PurgeMode::kEverything;
  uint64_t purged_bytes = 0;
  stats::ArenaStatistics before;
  stats::ArenaStatistics after;
  // Measured where the arena has memory in hugepages.
  std::optional<HugepageCoverage> coverage_before;
  std::optional<HugepageCoverage> coverage_after;
};

std::string PurgeBody(const PurgeOutcome& outcome, const ReadStamp& purge);

// Rendered row by row while it is sent: 100,000 arenas are some 60 MB of text.
std::unique_ptr<BodySource> ListingBody(ArenaListing listing);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_BODIES_H_
