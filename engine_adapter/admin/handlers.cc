#include "engine_adapter/admin/handlers.h"

#include <unistd.h>

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine_adapter/admin/arena_listing.h"
#include "engine_adapter/admin/bodies.h"
#include "engine_adapter/admin/control_handlers.h"
#include "engine_adapter/admin/detail_handlers.h"
#include "engine_adapter/admin/purge_handler.h"
#include "engine_adapter/admin/responses.h"
#include "engine_adapter/admin/statistics_handlers.h"
#include "stats/arena_statistics.h"
#include "stats/provider_statistics.h"
#include "stats/writers/timestamp.h"

namespace acre::admin {
namespace {

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

bool OnlyLooks(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

AuditEntry EntryOf(const HttpRequest& request, const HttpResponse& response) {
  AuditEntry entry;
  entry.at_us = stats::WallMicroseconds();
  entry.uid = request.caller.uid;
  entry.pid = request.caller.pid;
  entry.status = response.status;
  entry.SetAction(request.method + " " + request.target);
  entry.SetResult(response.error.empty() ? "ok" : response.error);
  return entry;
}

}  // namespace

HttpResponse Handlers::Handle(const HttpRequest& request) {
  Change change;
  HttpResponse response = Answer(request, &change);
  if (!OnlyLooks(request.method)) {
    AuditEntry entry = EntryOf(request, response);
    entry.SetBefore(change.before);
    entry.SetAfter(change.after);
    audit_.Record(entry);
  }
  return response;
}

void Handlers::NoteUnauthorised(const HttpRequest& request,
                                const HttpResponse& response) {
  audit_.RecordUnauthorised(EntryOf(request, response));
}

HttpResponse Handlers::Answer(const HttpRequest& request, Change* change) {
  const auto parsed = ParseRoute(request.method, request.target);
  if (const auto* error = std::get_if<RouteError>(&parsed)) {
    HttpResponse response = ErrorResponse(error->http_status, error->message);
    response.allow = error->allow;
    return response;
  }
  const Route& route = std::get<Route>(parsed);
  return OnlyLooks(request.method) ? AnswerLook(route, request.accept)
                                   : AnswerChange(route, change);
}

HttpResponse Handlers::AnswerLook(const Route& route, std::string_view accept) {
  switch (route.resource) {
    case Resource::kInfo:
      return Info();
    case Resource::kMetrics:
    case Resource::kStats:
      return AnswerStatistics(service_, route, accept,
                              options_.tenants_in_metrics);
    case Resource::kArenas:
      return Arenas(route);
    case Resource::kArena:
      return OneArena(route);
    case Resource::kBins:
      return AnswerBins(service_, route);
    case Resource::kLarge:
      return AnswerLarge(service_, route);
    case Resource::kExtents:
      return AnswerExtents(service_, route);
    case Resource::kLocks:
      return AnswerLocks(service_, route);
    case Resource::kTcaches:
      return AnswerTcaches(service_, route);
    case Resource::kKernel:
      return AnswerKernel(service_, route);
    case Resource::kControls:
      return AnswerControls(route);
    case Resource::kControl:
      return AnswerControl(service_, route);
    case Resource::kAudit:
      return Audit();
    case Resource::kPurge:
      break;
  }
  return ErrorResponse(500, "a resource without a handler");
}

HttpResponse Handlers::AnswerChange(const Route& route, Change* change) {
  if (route.resource == Resource::kPurge) {
    if (!options_.allow_writes) return ReadOnly(service_.name(), "purging");
    return AnswerPurge(service_, route, change);
  }
  if (route.resource == Resource::kControl) {
    if (!options_.allow_writes) {
      return ReadOnly(service_.name(), "changing controls");
    }
    return route.method == "PUT" ? WriteControl(service_, route, change)
                                 : ExecuteControl(service_, route, change);
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
  return JsonResponse(InfoBody({.name = service_.name(),
                                .pid = getpid(),
                                .started_at = started_at_,
                                .uptime_seconds = uptime.count(),
                                .writes_allowed = options_.allow_writes,
                                .arenas = service_.domain().live_arenas()},
                               service, providers, timer.Stamp()));
}

HttpResponse Handlers::Arenas(const Route& route) const {
  HttpResponse response;
  response.stream =
      ListingBody(ReadArenas(service_.domain(), route.limit, route.offset));
  return response;
}

HttpResponse Handlers::OneArena(const Route& route) const {
  const auto arena = service_.FindArena(route.arena);
  if (!arena.ok()) return StatusResponse(arena.status());
  const ReadTimer timer;
  stats::ArenaStatistics statistics;
  if (!stats::ReadArena(service_.domain(), arena->index(), arena->generation(),
                        &statistics)) {
    return Gone(route.arena);
  }
  return JsonResponse(ArenaBody(statistics, timer.Stamp()));
}

HttpResponse Handlers::Audit() const {
  const ReadTimer timer;
  const std::vector<AuditEntry> entries = audit_.Entries();
  return JsonResponse(AuditBody(entries, timer.Stamp()));
}

}  // namespace acre::admin
