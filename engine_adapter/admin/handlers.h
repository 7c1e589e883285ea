// Answers the requests of one service: route, read, render. No HTTP here, so
// tests call it directly.
//
// Reading takes no arena's lock and stops nobody. Calls must not overlap (the
// HTTP server's one thread makes them). The service must outlive this.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_

#include <chrono>
#include <string>

#include "engine_adapter/admin/http_message.h"
#include "engine_adapter/admin/read_stamp.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/memory_service.h"

namespace acre::admin {

class Handlers {
 public:
  Handlers(MemoryService& service, bool allow_writes)
      : service_(service), allow_writes_(allow_writes) {}

  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse Info() const;
  HttpResponse Arenas(const Route& route) const;
  HttpResponse OneArena(const Route& route) const;
  HttpResponse Bins(const Route& route) const;
  HttpResponse Purge(const Route& route);

  MemoryService& service_;
  const bool allow_writes_;
  const WallTime started_at_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_HANDLERS_H_
