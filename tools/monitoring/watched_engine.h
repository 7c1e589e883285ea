// A small engine that is at rest and has something of everything that the
// metrics tell: tenants with limits, one that was refused something, one with
// dirty pages, a name that needs escaping.

#ifndef ACRE_TOOLS_MONITORING_WATCHED_ENGINE_H_
#define ACRE_TOOLS_MONITORING_WATCHED_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/memory_service.h"

namespace acre::monitoring {

class WatchedEngine {
 public:
  // Fails the test if it cannot.
  explicit WatchedEngine(const std::string& socket_directory);

  MemoryService& service() { return *service_; }
  const AdminServer& server() const { return *server_; }
  int tcp_port() const { return server_->tcp_port(); }
  // The body that a GET of the port brings, asked for as this type.
  std::string Get(const std::string& target, const std::string& accept) const;

 private:
  std::unique_ptr<MemoryService> service_;
  std::vector<Arena> arenas_;
  std::unique_ptr<AdminServer> server_;
};

}  // namespace acre::monitoring

#endif  // ACRE_TOOLS_MONITORING_WATCHED_ENGINE_H_
