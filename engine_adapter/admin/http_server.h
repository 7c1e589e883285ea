// HTTP/1.1 on a listening socket, one thread, bounded in everything.
//
// What it decides: who may ask (on a Unix socket the process's own user and
// root; on a TCP port as tcp_access.h says), how large a request may be, how
// many connections there are and how long one may idle. What is answered is the
// handler's business.
//
// Owns its thread and its connections. The handler runs on that thread, one
// request at a time, with all signals blocked. Start and destruction may happen
// on any thread but the server's own; the destructor closes connections, also
// those in the middle of a response, and waits for a handler that runs. In a
// child forked while the server ran, the destructor does nothing.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_HTTP_SERVER_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_HTTP_SERVER_H_

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/http_message.h"

struct MHD_Daemon;

namespace acre::admin {

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpLimits {
  unsigned connections = 16;
  unsigned idle_seconds = 10;        // then a connection is closed
  size_t header_bytes = 32 * 1024;   // request line and headers; also buffers
  size_t request_body_bytes = 4096;  // no request needs one
};

// Of a TCP port.
struct TcpRules {
  std::string token;  // Empty: nobody may do more than look.
  // Told of each request that was refused for want of it.
  std::function<void(const HttpRequest&, const HttpResponse&)> on_unauthorised;
};

class HttpServer {
 public:
  // `listening` is a bound, listening, non-blocking stream socket: a Unix one,
  // or with `tcp` one of the loopback interface. Unavailable when the thread or
  // its descriptors cannot be had.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      FileDescriptor listening, const HttpLimits& limits, HttpHandler handler,
      std::optional<TcpRules> tcp = std::nullopt);

  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const HttpLimits& limits() const { return limits_; }
  const HttpHandler& handler() const { return handler_; }
  const std::optional<TcpRules>& tcp() const { return tcp_; }

 private:
  HttpServer(const HttpLimits& limits, HttpHandler handler,
             std::optional<TcpRules> tcp);

  const HttpLimits limits_;
  const HttpHandler handler_;
  const std::optional<TcpRules> tcp_;
  const pid_t owner_pid_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_HTTP_SERVER_H_
