#include "engine_adapter/admin/route_parameters.h"

#include <fmt/format.h>

#include <charconv>
#include <initializer_list>
#include <string>

namespace acre::admin {
namespace {

RouteError BadRequest(std::string message) {
  return {.http_status = 400, .message = std::move(message), .allow = {}};
}

std::optional<size_t> CountOf(std::string_view text) {
  size_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

using Parse = std::optional<RouteError> (*)(std::string_view text,
                                            Route* route);

std::optional<RouteError> ParseLimit(std::string_view text, Route* route) {
  route->limit = CountOf(text);
  if (route->limit) return std::nullopt;
  return BadRequest(fmt::format("limit is a count, got \"{}\"", text));
}

std::optional<RouteError> ParseOffset(std::string_view text, Route* route) {
  const std::optional<size_t> offset = CountOf(text);
  if (!offset) {
    return BadRequest(fmt::format("offset is a count, got \"{}\"", text));
  }
  route->offset = *offset;
  return std::nullopt;
}

std::optional<RouteError> ParseTenants(std::string_view text, Route* route) {
  route->tenants = CountOf(text);
  if (route->tenants && *route->tenants <= kMostTenantsShown) {
    return std::nullopt;
  }
  return BadRequest(fmt::format("tenants is a count of at most {}, got \"{}\"",
                                kMostTenantsShown, text));
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

std::optional<RouteError> ParseFormat(std::string_view text, Route* route) {
  std::string names;
  for (const NamedStatsFormat& one : kStatsFormats) {
    if (one.name == text) {
      route->format = one.format;
      return std::nullopt;
    }
    names += names.empty() ? "" : ", ";
    names += one.name;
  }
  return BadRequest(
      fmt::format("format is one of {}, got \"{}\"", names, text));
}

std::optional<RouteError> ParseFlag(std::string_view key, std::string_view text,
                                    bool* out) {
  if (text != "0" && text != "1") {
    return BadRequest(fmt::format("{} is 0 or 1, got \"{}\"", key, text));
  }
  *out = text == "1";
  return std::nullopt;
}

std::optional<RouteError> ParseDryRun(std::string_view text, Route* route) {
  return ParseFlag("dry_run", text, &route->dry_run);
}

std::optional<RouteError> ParseKernel(std::string_view text, Route* route) {
  return ParseFlag("kernel", text, &route->kernel);
}

std::optional<RouteError> ParseText(std::string_view encoded,
                                    std::string* out) {
  std::optional<std::string> text = PercentDecode(encoded);
  if (!text) {
    return BadRequest(fmt::format(
        "\"{}\" has a % that is not followed by two hex digits", encoded));
  }
  *out = *std::move(text);
  return std::nullopt;
}

std::optional<RouteError> ParsePrefix(std::string_view text, Route* route) {
  return ParseText(text, &route->prefix);
}

std::optional<RouteError> ParseSearch(std::string_view text, Route* route) {
  return ParseText(text, &route->search);
}

std::optional<RouteError> ParseValue(std::string_view text, Route* route) {
  return ParseText(text, &route->value.emplace());
}

struct Parameter {
  std::string_view name;
  Parse parse;
  std::initializer_list<Resource> resources;
};

const Parameter kParameters[] = {
    {"limit",
     &ParseLimit,
     {Resource::kArenas, Resource::kTcaches, Resource::kLocks,
      Resource::kKernel}},
    {"arena", &ParseArenaName, {Resource::kTcaches, Resource::kKernel}},
    {"offset", &ParseOffset, {Resource::kArenas}},
    {"tenants", &ParseTenants, {Resource::kMetrics, Resource::kStats}},
    {"kernel", &ParseKernel, {Resource::kMetrics, Resource::kStats}},
    {"format", &ParseFormat, {Resource::kStats}},
    {"mode", &ParseMode, {Resource::kPurge}},
    {"dry_run", &ParseDryRun, {Resource::kPurge, Resource::kControl}},
    {"prefix", &ParsePrefix, {Resource::kControls}},
    {"search", &ParseSearch, {Resource::kControls}},
    {"value", &ParseValue, {Resource::kControl}},
};

bool Takes(Resource resource, const Parameter& parameter) {
  for (const Resource one : parameter.resources) {
    if (one == resource) return true;
  }
  return false;
}

// "limit, offset"; "no parameters"
std::string NamesOf(Resource resource) {
  std::string names;
  for (const Parameter& one : kParameters) {
    if (!Takes(resource, one)) continue;
    names += names.empty() ? "" : ", ";
    names += one.name;
  }
  return names.empty() ? "no parameters" : names;
}

std::optional<RouteError> ParseParameter(std::string_view parameter,
                                         Route* route) {
  const size_t equals = parameter.find('=');
  const std::string_view key = parameter.substr(0, equals);
  const std::string_view text = equals == std::string_view::npos
                                    ? std::string_view()
                                    : parameter.substr(equals + 1);
  for (const Parameter& one : kParameters) {
    if (one.name == key && Takes(route->resource, one)) {
      return one.parse(text, route);
    }
  }
  return BadRequest(fmt::format("unknown parameter \"{}\"; {} takes {}", key,
                                ResourceName(route->resource),
                                NamesOf(route->resource)));
}

}  // namespace

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

}  // namespace acre::admin
