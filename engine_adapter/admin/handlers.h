// Answers the requests of one service: route, read, render. No HTTP here, so
// tests call it directly.
//
// Reading takes no arena's lock and stops nobody. Whoever wants more than to
// look is written to the audit log, whatever comes of it. Thread-safe. The
// service must outlive this.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine_adapter/admin/audit_log.h"
#include "engine_adapter/admin/change.h"
#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

struct HandlerOptions {
  bool allow_writes = false;
  size_t tenants_in_metrics = 100;
};

class Handlers {
 public:
  Handlers(MemoryService& service, const HandlerOptions& options)
      : service_(service), options_(options) {}

  HttpResponse Handle(const HttpRequest& request);
  // A request that was refused before it came here, for want of a token.
  void NoteUnauthorised(const HttpRequest& request,
                        const HttpResponse& response);

 private:
  HttpResponse Answer(const HttpRequest& request, Change* change);
  HttpResponse AnswerLook(const Route& route, std::string_view accept);
  HttpResponse AnswerChange(const Route& route, Change* change);
  HttpResponse Info() const;
  HttpResponse Arenas(const Route& route) const;
  HttpResponse OneArena(const Route& route) const;
  HttpResponse Audit() const;

  MemoryService& service_;
  const HandlerOptions options_;
  const WallTime started_at_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
  AuditLog audit_;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_
