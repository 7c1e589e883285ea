#include "engine_adapter/admin/handlers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine_adapter/admin/arena_listing.h"
#include "engine_adapter/admin/bodies.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"
#include "stats/writers/openmetrics.h"

namespace acre::admin {
namespace {

HttpResponse Json(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

HttpResponse NotFound(const absl::Status& status) {
  return ErrorResponse(
      404, std::string_view(status.message().data(), status.message().size()));
}

HttpResponse Gone(const std::string& name) {
  return ErrorResponse(
      404, fmt::format("arena \"{}\" was destroyed while it was read", name));
}

// All of them: where more came meanwhile than there is room for, once more.
std::vector<stats::ProviderStatistics> Providers(const MemoryService& service) {
  std::vector<stats::ProviderStatistics> providers(4);
  size_t count = 0;
  while ((count = stats::ReadProviders(service.domain(), providers)) >
         providers.size()) {
    providers.resize(count);
  }
  providers.resize(count);
  return providers;
}

bool Read(const MemoryService& service, const ArenaRef& arena,
          stats::ArenaStatistics* out) {
  return stats::ReadArena(service.domain(), arena.index(), arena.generation(),
                          out);
}

}  // namespace

HttpResponse Handlers::Handle(const HttpRequest& request) {
  const auto parsed = ParseRoute(request.method, request.target);
  if (const auto* error = std::get_if<RouteError>(&parsed)) {
    HttpResponse response = ErrorResponse(error->http_status, error->message);
    response.allow = error->allow;
    return response;
  }
  const Route& route = std::get<Route>(parsed);
  switch (route.resource) {
    case Resource::kInfo:
      return Info();
    case Resource::kMetrics:
    case Resource::kStats:
      return Metrics(route, request.accept);
    case Resource::kArenas:
      return Arenas(route);
    case Resource::kArena:
      return OneArena(route);
    case Resource::kBins:
      return Bins(route);
    case Resource::kPurge:
      return Purge(route);
  }
  return ErrorResponse(500, "a resource without a handler");
}

HttpResponse Handlers::Info() const {
  const std::chrono::duration<double> uptime =
      std::chrono::steady_clock::now() - started_;
  const ReadTimer timer;
  const stats::ServiceStatistics service =
      stats::ReadService(service_.domain());
  const std::vector<stats::ProviderStatistics> providers = Providers(service_);
  return Json(InfoBody({.name = service_.name(),
                        .pid = getpid(),
                        .started_at = started_at_,
                        .uptime_seconds = uptime.count(),
                        .writes_allowed = options_.allow_writes,
                        .arenas = service_.domain().live_arenas()},
                       service, providers, timer.Stamp()));
}

HttpResponse Handlers::Metrics(const Route& route,
                               std::string_view accept) const {
  // Who asks for nothing in particular gets the newer format.
  const bool older =
      accept.find("text/plain") != std::string_view::npos &&
      accept.find("application/openmetrics-text") == std::string_view::npos;
  HttpResponse response;
  response.content_type = older ? stats::kPrometheusTextContentType
                                : stats::kOpenMetricsContentType;
  response.stream =
      MetricsBody(service_.domain(), service_.name(),
                  route.tenants.value_or(options_.tenants_in_metrics),
                  {.format = older ? stats::MetricsFormat::kPrometheusText
                                   : stats::MetricsFormat::kOpenMetrics});
  return response;
}

HttpResponse Handlers::Arenas(const Route& route) const {
  HttpResponse response;
  response.stream =
      ListingBody(ReadArenas(service_.domain(), route.limit, route.offset));
  return response;
}

HttpResponse Handlers::OneArena(const Route& route) const {
  const auto arena = service_.FindArena(route.arena);
  if (!arena.ok()) return NotFound(arena.status());
  const ReadTimer timer;
  stats::ArenaStatistics statistics;
  if (!Read(service_, *arena, &statistics)) return Gone(route.arena);
  return Json(ArenaBody(statistics, timer.Stamp()));
}

HttpResponse Handlers::Bins(const Route& route) const {
  const auto arena = service_.FindArena(route.arena);
  if (!arena.ok()) return NotFound(arena.status());
  const ReadTimer timer;
  const allocator::Arena* live = arena->live();
  if (live == nullptr) return Gone(route.arena);
  std::array<stats::BinStatistics, allocator::kSmallClasses> bins;
  const size_t count = stats::ReadBins(*live, &bins);
  if (!arena->valid()) return Gone(route.arena);
  return Json(
      BinsBody(route.arena, std::span(bins).first(count), timer.Stamp()));
}

HttpResponse Handlers::Purge(const Route& route) {
  if (!options_.allow_writes) {
    return ErrorResponse(
        403, fmt::format("service \"{}\" is read-only: purging needs an admin "
                         "server started with AdminOptions::allow_writes",
                         service_.name()));
  }
  const auto arena = service_.FindArena(route.arena);
  if (!arena.ok()) return NotFound(arena.status());
  const allocator::Arena* live = arena->live();
  if (live == nullptr) return Gone(route.arena);
  // A look at all page tables is worth it only where hugepages may break.
  const bool huge = live->pages.uses_hugepages();
  auto measure = [&]() -> std::optional<HugepageCoverage> {
    if (!huge) return std::nullopt;
    const allocator::Domain& domain = service_.domain();
    return HugepageCoverage{.resident = stats::MeasureResident(domain),
                            .huge_backed = stats::MeasureHugeBacked(domain)};
  };
  PurgeOutcome outcome{.mode = route.mode};
  if (!Read(service_, *arena, &outcome.before)) return Gone(route.arena);
  outcome.coverage_before = measure();
  const ReadTimer timer;
  const auto purged = arena->Purge(route.mode);
  if (!purged.ok()) return NotFound(purged.status());
  const ReadStamp stamp = timer.Stamp();
  outcome.purged_bytes = *purged;
  outcome.coverage_after = measure();
  if (!Read(service_, *arena, &outcome.after)) return Gone(route.arena);
  return Json(PurgeBody(outcome, stamp));
}

}  // namespace acre::admin
