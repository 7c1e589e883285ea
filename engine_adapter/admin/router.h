// Which resource a request asks for: method and target in, route or error out.
//
//   GET  /v1/info
//   GET  /v1/arenas[?limit=N][&offset=M]
//   GET  /v1/arenas/NAME
//   GET  /v1/arenas/NAME/bins
//   POST /v1/arenas/NAME/purge[?mode=unused|idle|everything]
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

#include "engine_adapter/admin/purge_modes.h"

namespace acre::admin {

inline constexpr size_t kMaxTargetBytes = 1024;
inline constexpr size_t kMaxArenaNameBytes = 63;

enum class Resource { kInfo, kArenas, kArena, kBins, kPurge };

struct Route {
  Resource resource = Resource::kInfo;
  std::string arena;            // kArena, kBins, kPurge: the decoded name
  std::optional<size_t> limit;  // kArenas: rows to show; all when absent
  size_t offset = 0;            // kArenas: rows to leave out before those
  PurgeMode mode = PurgeMode::kEverything;  // kPurge
};

struct RouteError {
  int http_status = 400;   // 400, 404, 405 or 414
  std::string message;     // for a person; may echo what was asked
  std::string_view allow;  // 405: the methods that the resource has
};

std::variant<Route, RouteError> ParseRoute(std::string_view method,
                                           std::string_view target);

// "%41" -> "A". Nothing when a % is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view text);

// Encodes everything but letters, digits and "-._~".
std::string PercentEncode(std::string_view text);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ROUTER_H_
