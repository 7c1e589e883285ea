#include "engine_adapter/admin/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine_adapter/admin/route_parameters.h"

namespace acre::admin {
namespace {

using Segments = std::vector<std::string_view>;

// Stand for the name of an arena and of a control.
constexpr std::string_view kName = "*";
constexpr std::string_view kControlName = "**";

bool IsName(std::string_view segment) {
  return segment == kName || segment == kControlName;
}

struct Pattern {
  Resource resource;
  std::string_view allow;
  size_t size;
  std::string_view segments[4];
};

constexpr Pattern kPatterns[] = {
    {Resource::kMetrics, "GET, HEAD", 1, {"metrics"}},
    {Resource::kInfo, "GET, HEAD", 2, {"v1", "info"}},
    {Resource::kStats, "GET, HEAD", 2, {"v1", "stats"}},
    {Resource::kArenas, "GET, HEAD", 2, {"v1", "arenas"}},
    {Resource::kArena, "GET, HEAD", 3, {"v1", "arenas", kName}},
    {Resource::kBins, "GET, HEAD", 4, {"v1", "arenas", kName, "bins"}},
    {Resource::kLarge, "GET, HEAD", 4, {"v1", "arenas", kName, "large"}},
    {Resource::kExtents, "GET, HEAD", 4, {"v1", "arenas", kName, "extents"}},
    {Resource::kPurge, "POST", 4, {"v1", "arenas", kName, "purge"}},
    {Resource::kTcaches, "GET, HEAD", 2, {"v1", "tcaches"}},
    {Resource::kKernel, "GET, HEAD", 2, {"v1", "kernel"}},
    {Resource::kLocks, "GET, HEAD", 2, {"v1", "locks"}},
    {Resource::kControls, "GET, HEAD", 2, {"v1", "ctl"}},
    {Resource::kControl,
     "GET, HEAD, PUT, POST",
     3,
     {"v1", "ctl", kControlName}},
    {Resource::kAudit, "GET, HEAD", 2, {"v1", "audit"}},
};

RouteError BadRequest(std::string message) {
  return {.http_status = 400, .message = std::move(message), .allow = {}};
}

Segments SplitPath(std::string_view path) {
  Segments segments;
  path.remove_prefix(1);  // the leading slash
  while (true) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

const Pattern* FindPattern(const Segments& segments) {
  for (const Pattern& pattern : kPatterns) {
    if (pattern.size != segments.size()) continue;
    bool matches = true;
    for (size_t i = 0; i < pattern.size; ++i) {
      matches = matches && (IsName(pattern.segments[i]) ||
                            pattern.segments[i] == segments[i]);
    }
    if (matches) return &pattern;
  }
  return nullptr;
}

std::string PathOf(const Pattern& pattern) {
  std::string path;
  for (size_t i = 0; i < pattern.size; ++i) {
    path += '/';
    path += IsName(pattern.segments[i]) ? "NAME" : pattern.segments[i];
  }
  return path;
}

std::string AllPaths() {
  std::string paths;
  for (const Pattern& pattern : kPatterns) {
    if (!paths.empty()) paths += ", ";
    paths += PathOf(pattern);
  }
  return paths;
}

// The method as it stands in `allow`; empty when it does not.
std::string_view AllowedMethod(std::string_view method,
                               std::string_view allow) {
  while (!allow.empty()) {
    const size_t comma = allow.find(", ");
    const std::string_view one = allow.substr(0, comma);
    if (one == method) return one;
    allow.remove_prefix(comma == std::string_view::npos ? allow.size()
                                                        : comma + 2);
  }
  return {};
}

// `what` has the name: "an arena".
std::optional<RouteError> ParseName(std::string_view encoded,
                                    std::string_view what, size_t most_bytes,
                                    std::string* out) {
  std::optional<std::string> name = PercentDecode(encoded);
  if (!name) {
    return BadRequest(fmt::format(
        "\"{}\" has a % that is not followed by two hex digits", encoded));
  }
  if (name->empty() || name->size() > most_bytes) {
    return BadRequest(fmt::format("{}'s name has 1 to {} bytes, got {}", what,
                                  most_bytes, name->size()));
  }
  const auto control = std::find_if(name->begin(), name->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control != name->end()) {
    return BadRequest(
        fmt::format("byte {} of {}'s name is the control character 0x{:02x}",
                    control - name->begin(), what, *control));
  }
  *out = std::move(*name);
  return std::nullopt;
}

}  // namespace

std::optional<RouteError> ParseArenaName(std::string_view encoded,
                                         Route* route) {
  return ParseName(encoded, "an arena", kMaxArenaNameBytes, &route->arena);
}

std::string ResourceName(Resource resource) {
  for (const Pattern& pattern : kPatterns) {
    if (pattern.resource == resource) return PathOf(pattern);
  }
  return "";
}

std::variant<Route, RouteError> ParseRoute(std::string_view method,
                                           std::string_view target) {
  if (target.size() > kMaxTargetBytes) {
    return RouteError{.http_status = 414,
                      .message = fmt::format("the target has {} bytes, at most "
                                             "{} are accepted",
                                             target.size(), kMaxTargetBytes),
                      .allow = {}};
  }
  const size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  if (!path.starts_with('/')) {
    return BadRequest(fmt::format("target \"{}\" is no path", target));
  }
  const Segments segments = SplitPath(path);
  const Pattern* pattern = FindPattern(segments);
  if (pattern == nullptr) {
    return RouteError{.http_status = 404,
                      .message = fmt::format("no resource \"{}\"; there are {}",
                                             path, AllPaths()),
                      .allow = {}};
  }
  const std::string_view allowed = AllowedMethod(method, pattern->allow);
  if (allowed.empty()) {
    return RouteError{.http_status = 405,
                      .message = fmt::format("\"{}\" answers {}, not {}", path,
                                             pattern->allow, method),
                      .allow = pattern->allow};
  }
  Route route;
  route.resource = pattern->resource;
  route.method = allowed;
  if (pattern->segments[2] == kName) {
    if (auto error = ParseArenaName(segments[2], &route)) return *error;
  }
  if (pattern->segments[2] == kControlName) {
    if (auto error = ParseName(segments[2], "a control", kMaxControlNameBytes,
                               &route.control)) {
      return *error;
    }
  }
  if (question != std::string_view::npos) {
    if (auto error = ParseQuery(target.substr(question + 1), &route)) {
      return *error;
    }
  }
  return route;
}

}  // namespace acre::admin
