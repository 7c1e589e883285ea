#include "engine_adapter/admin/listening_port.h"

#include <errno.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <utility>

namespace acre::admin {
namespace {

constexpr int kBacklog = 16;

absl::Status PortError(const char* call, uint16_t port) {
  const std::string message = fmt::format("{} of admin port 127.0.0.1:{}: {}",
                                          call, port, strerror(errno));
  return errno == EADDRINUSE ? absl::AlreadyExistsError(message)
                             : absl::UnavailableError(message);
}

}  // namespace

absl::StatusOr<ListeningPort> ListeningPort::Bind(uint16_t port) {
  ListeningPort bound;
  bound.fd = FileDescriptor(
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!bound.fd.valid()) return PortError("creation", port);
  // An engine that starts again does not wait for connections of the last one.
  const int yes = 1;
  setsockopt(bound.fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(bound.fd.get(), reinterpret_cast<const sockaddr*>(&address), size) !=
      0) {
    return PortError("bind", port);
  }
  if (listen(bound.fd.get(), kBacklog) != 0 ||
      getsockname(bound.fd.get(), reinterpret_cast<sockaddr*>(&address),
                  &size) != 0) {
    return PortError("listen", port);
  }
  bound.port = ntohs(address.sin_port);
  return bound;
}

}  // namespace acre::admin
