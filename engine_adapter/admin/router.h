// Which resource a request asks for: method and target in, route or error out.
//
//   GET  /metrics[?tenants=N][&kernel=1]
//   GET  /v1/info
//   GET  /v1/stats[?format=text|json|acre|openmetrics][&tenants=N][&kernel=1]
//   GET  /v1/arenas[?limit=N][&offset=M]
//   GET  /v1/arenas/NAME
//   GET  /v1/arenas/NAME/bins
//   GET  /v1/arenas/NAME/large
//   GET  /v1/arenas/NAME/extents
//   POST /v1/arenas/NAME/purge[?mode=unused|idle|everything][&dry_run=1]
//   GET  /v1/tcaches[?arena=NAME][&limit=N]
//   GET  /v1/locks[?limit=N]
//   GET  /v1/kernel[?arena=NAME][&limit=N]
//   GET  /v1/ctl[?prefix=P|search=TEXT]
//   GET  /v1/ctl/NAME
//   PUT  /v1/ctl/NAME?value=V[&dry_run=1]
//   POST /v1/ctl/NAME[?dry_run=1]
//   GET  /v1/audit
//
// HEAD is accepted wherever GET is. NAME is percent-encoded; the path is split
// before it is decoded, so that a name may contain a slash, and dots have no
// meaning. Pure functions: safe from any thread, no state.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ROUTER_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ROUTER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine_adapter/admin/percent_coding.h"
#include "engine_adapter/admin/purge_modes.h"

namespace acre::admin {

inline constexpr size_t kMaxTargetBytes = 1024;
inline constexpr size_t kMaxArenaNameBytes = 63;
inline constexpr size_t kMaxControlNameBytes = 200;

enum class Resource {
  kInfo,
  kMetrics,
  kStats,
  kArenas,
  kArena,
  kBins,
  kLarge,
  kExtents,
  kPurge,
  kTcaches,
  kLocks,
  kKernel,
  kControls,
  kControl,
  kAudit
};

// kText and kJemalloc are in the manner of jemalloc's malloc_stats_print.
enum class StatsFormat { kText, kJemalloc, kAcre, kOpenMetrics };

struct NamedStatsFormat {
  std::string_view name;
  StatsFormat format;
};

inline constexpr NamedStatsFormat kStatsFormats[] = {
    {"text", StatsFormat::kText},
    {"json", StatsFormat::kJemalloc},
    {"acre", StatsFormat::kAcre},
    {"openmetrics", StatsFormat::kOpenMetrics}};

// Each costs some 10 KiB of the answer.
inline constexpr size_t kMostTenantsShown = 100'000;

struct Route {
  Resource resource = Resource::kInfo;
  std::string_view method;  // One of the resource's; static.
  // The decoded name, where the path has one; of kTcaches and kKernel the
  // parameter's, empty for all.
  std::string arena;
  std::string control;
  std::optional<size_t> limit;    // Rows to show; all when absent.
  size_t offset = 0;              // Rows to leave out before those.
  std::optional<size_t> tenants;  // To be told one by one.
  PurgeMode mode = PurgeMode::kEverything;
  bool kernel = false;   // Tell what the kernel says, too.
  bool dry_run = false;  // Tell what would be done.
  StatsFormat format = StatsFormat::kText;
  // Of names, and what they or their help contain.
  std::string prefix;
  std::string search;
  std::optional<std::string> value;  // To write.
};

struct RouteError {
  int http_status = 400;   // 400, 404, 405 or 414
  std::string message;     // for a person; may echo what was asked
  std::string_view allow;  // 405: the methods that the resource has
};

// Decodes the name of an arena to route->arena.
std::optional<RouteError> ParseArenaName(std::string_view encoded,
                                         Route* route);

// Its path: "/v1/arenas/NAME/bins".
std::string ResourceName(Resource resource);

std::variant<Route, RouteError> ParseRoute(std::string_view method,
                                           std::string_view target);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ROUTER_H_
