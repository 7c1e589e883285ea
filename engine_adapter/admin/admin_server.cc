#include "engine_adapter/admin/admin_server.h"

#include <utility>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/handlers.h"
#include "engine_adapter/admin/http_server.h"
#include "engine_adapter/admin/listening_socket.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/socket_name.h"

namespace acre {

AdminServer::AdminServer() = default;
AdminServer::~AdminServer() = default;

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    MemoryService& service, const AdminOptions& options) {
  const auto directory = admin::SocketDirectory::OpenOrCreate(
      options.directory.empty() ? admin::DefaultSocketDirectory()
                                : options.directory);
  if (!directory.ok()) return directory.status();
  auto socket = admin::ListeningSocket::Bind(*directory);
  if (!socket.ok()) return socket.status();

  std::unique_ptr<AdminServer> server(new AdminServer());
  server->socket_ = *std::move(socket);
  server->handlers_ =
      std::make_unique<admin::Handlers>(service, options.allow_writes);
  admin::Handlers* handlers = server->handlers_.get();
  auto http = admin::HttpServer::Start(
      admin::FileDescriptor(server->socket_->ReleaseFd()), {},
      [handlers](const admin::HttpRequest& request) {
        return handlers->Handle(request);
      });
  if (!http.ok()) return http.status();
  server->http_ = *std::move(http);
  return server;
}

const std::string& AdminServer::socket_path() const { return socket_->path(); }

}  // namespace acre
