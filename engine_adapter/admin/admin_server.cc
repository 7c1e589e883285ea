#include "engine_adapter/admin/admin_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/handlers.h"
#include "engine_adapter/admin/http_server.h"
#include "engine_adapter/admin/listening_port.h"
#include "engine_adapter/admin/listening_socket.h"
#include "engine_adapter/admin/router.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/socket_name.h"

namespace acre {
namespace {

// What a guess finds by chance, and what a header cannot carry.
constexpr size_t kLeastTokenBytes = 16;
constexpr size_t kMostTokenBytes = 512;

absl::Status Check(const AdminOptions& options) {
  if (options.tcp_port < kAnyTcpPort || options.tcp_port > 65535) {
    return absl::InvalidArgumentError(fmt::format(
        "admin server: tcp_port is 0 to 65535, got {}", options.tcp_port));
  }
  // The token is not shown: errors end up in logs.
  if (!options.token.empty() && (options.token.size() < kLeastTokenBytes ||
                                 options.token.size() > kMostTokenBytes)) {
    return absl::InvalidArgumentError(
        fmt::format("admin server: a token has {} to {} bytes, got {}",
                    kLeastTokenBytes, kMostTokenBytes, options.token.size()));
  }
  if (!std::all_of(options.token.begin(), options.token.end(),
                   [](char c) { return c > ' ' && c < 0x7f; })) {
    return absl::InvalidArgumentError(
        "admin server: a token has printable ASCII characters only, and no "
        "blanks");
  }
  if (options.tenants_in_metrics > admin::kMostTenantsShown) {
    return absl::InvalidArgumentError(
        fmt::format("admin server: at most {} tenants_in_metrics, got {}",
                    admin::kMostTenantsShown, options.tenants_in_metrics));
  }
  return absl::OkStatus();
}

}  // namespace

AdminServer::AdminServer() = default;
AdminServer::~AdminServer() = default;

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    MemoryService& service, const AdminOptions& options) {
  if (const absl::Status status = Check(options); !status.ok()) return status;
  const auto directory = admin::SocketDirectory::OpenOrCreate(
      options.directory.empty() ? admin::DefaultSocketDirectory()
                                : options.directory);
  if (!directory.ok()) return directory.status();
  std::optional<admin::ListeningPort> port;
  if (options.tcp_port != 0) {
    auto bound = admin::ListeningPort::Bind(
        options.tcp_port == kAnyTcpPort
            ? uint16_t{0}
            : static_cast<uint16_t>(options.tcp_port));
    if (!bound.ok()) return bound.status();
    port = *std::move(bound);
  }
  auto socket = admin::ListeningSocket::Bind(*directory);
  if (!socket.ok()) return socket.status();

  std::unique_ptr<AdminServer> server(new AdminServer());
  server->socket_ = *std::move(socket);
  server->handlers_ = std::make_unique<admin::Handlers>(
      service,
      admin::HandlerOptions{.allow_writes = options.allow_writes,
                            .tenants_in_metrics = options.tenants_in_metrics});
  const admin::HttpHandler handler =
      [handlers = server->handlers_.get()](const admin::HttpRequest& request) {
        return handlers->Handle(request);
      };
  auto http = admin::HttpServer::Start(
      admin::FileDescriptor(server->socket_->ReleaseFd()), {}, handler);
  if (!http.ok()) return http.status();
  server->http_ = *std::move(http);
  if (port) {
    auto tcp = admin::HttpServer::Start(
        std::move(port->fd), {}, handler,
        admin::TcpRules{
            .token = options.token,
            .on_unauthorised = [handlers = server->handlers_.get()](
                                   const admin::HttpRequest& request,
                                   const admin::HttpResponse& response) {
              handlers->NoteUnauthorised(request, response);
            }});
    if (!tcp.ok()) return tcp.status();
    server->tcp_http_ = *std::move(tcp);
    server->tcp_port_ = port->port;
  }
  return server;
}

const std::string& AdminServer::socket_path() const { return socket_->path(); }

}  // namespace acre
