#include "engine_adapter/admin/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace acre::admin {
namespace {

using Segments = std::vector<std::string_view>;

constexpr std::string_view kName = "*";  // stands for an arena's name

struct Pattern {
  Resource resource;
  std::string_view allow;
  size_t size;
  std::string_view segments[4];
};

constexpr Pattern kPatterns[] = {
    {Resource::kInfo, "GET, HEAD", 2, {"v1", "info"}},
    {Resource::kArenas, "GET, HEAD", 2, {"v1", "arenas"}},
    {Resource::kArena, "GET, HEAD", 3, {"v1", "arenas", kName}},
    {Resource::kBins, "GET, HEAD", 4, {"v1", "arenas", kName, "bins"}},
    {Resource::kPurge, "POST", 4, {"v1", "arenas", kName, "purge"}},
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
      matches = matches && (pattern.segments[i] == kName ||
                            pattern.segments[i] == segments[i]);
    }
    if (matches) return &pattern;
  }
  return nullptr;
}

bool MethodAllowed(std::string_view method, std::string_view allow) {
  while (!allow.empty()) {
    const size_t comma = allow.find(", ");
    if (allow.substr(0, comma) == method) return true;
    allow.remove_prefix(comma == std::string_view::npos ? allow.size()
                                                        : comma + 2);
  }
  return false;
}

std::optional<RouteError> ParseName(std::string_view encoded, Route* route) {
  std::optional<std::string> name = PercentDecode(encoded);
  if (!name) {
    return BadRequest(fmt::format(
        "\"{}\" has a % that is not followed by two hex digits", encoded));
  }
  if (name->empty() || name->size() > kMaxArenaNameBytes) {
    return BadRequest(fmt::format("an arena's name has 1 to {} bytes, got {}",
                                  kMaxArenaNameBytes, name->size()));
  }
  const auto control = std::find_if(name->begin(), name->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control != name->end()) {
    return BadRequest(
        fmt::format("byte {} of the arena's name is the control character "
                    "0x{:02x}",
                    control - name->begin(), *control));
  }
  route->arena = std::move(*name);
  return std::nullopt;
}

std::optional<RouteError> ParseMode(std::string_view text, Route* route) {
  const std::optional<PurgeMode> mode = FindPurgeMode(text);
  if (!mode) {
    return BadRequest(
        fmt::format("mode is one of {}, got \"{}\"", PurgeModeNames(), text));
  }
  route->mode = *mode;
  return std::nullopt;
}

std::optional<RouteError> ParsePaging(std::string_view key,
                                      std::string_view text, Route* route) {
  size_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() ||
      end != text.data() + text.size()) {
    return BadRequest(
        fmt::format("{} is a count of arenas, got \"{}\"", key, text));
  }
  if (key == "limit") {
    route->limit = value;
  } else {
    route->offset = value;
  }
  return std::nullopt;
}

std::optional<RouteError> ParseParameter(std::string_view parameter,
                                         Route* route) {
  const size_t equals = parameter.find('=');
  const std::string_view key = parameter.substr(0, equals);
  const std::string_view text = equals == std::string_view::npos
                                    ? std::string_view()
                                    : parameter.substr(equals + 1);
  if (route->resource == Resource::kPurge && key == "mode") {
    return ParseMode(text, route);
  }
  if (route->resource == Resource::kArenas &&
      (key == "limit" || key == "offset")) {
    return ParsePaging(key, text, route);
  }
  return BadRequest(
      fmt::format("unknown parameter \"{}\"; /v1/arenas takes limit and "
                  "offset, purge takes mode, the other resources take none",
                  key));
}

std::optional<RouteError> ParseQuery(std::string_view query, Route* route) {
  while (!query.empty()) {
    const size_t ampersand = query.find('&');
    if (auto error = ParseParameter(query.substr(0, ampersand), route)) {
      return error;
    }
    query.remove_prefix(ampersand == std::string_view::npos ? query.size()
                                                            : ampersand + 1);
  }
  return std::nullopt;
}

}  // namespace

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
    return RouteError{
        .http_status = 404,
        .message = fmt::format(
            "no resource \"{}\"; there are /v1/info, /v1/arenas, "
            "/v1/arenas/NAME, /v1/arenas/NAME/bins and /v1/arenas/NAME/purge",
            path),
        .allow = {}};
  }
  if (!MethodAllowed(method, pattern->allow)) {
    return RouteError{.http_status = 405,
                      .message = fmt::format("\"{}\" answers {}, not {}", path,
                                             pattern->allow, method),
                      .allow = pattern->allow};
  }
  Route route;
  route.resource = pattern->resource;
  if (segments.size() > 2) {
    if (auto error = ParseName(segments[2], &route)) return *error;
  }
  if (question != std::string_view::npos) {
    if (auto error = ParseQuery(target.substr(question + 1), &route)) {
      return *error;
    }
  }
  return route;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [parsed_to, error] =
        std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 2 || error != std::errc() || parsed_to != end) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(value));
    i += 2;
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace acre::admin
