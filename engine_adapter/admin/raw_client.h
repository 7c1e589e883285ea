// A client for tests that sends bytes, not requests: what no HTTP library
// would send.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_RAW_CLIENT_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_RAW_CLIENT_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/unix_address.h"

namespace acre::admin {

class RawClient {
 public:
  explicit RawClient(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = UnixAddress(path);
    connected_ =
        address.has_value() &&
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&*address),
                sizeof(*address)) == 0;
  }

  // To 127.0.0.1.
  explicit RawClient(int port)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  // As much as the server takes before it closes or stops reading.
  void Send(std::string_view bytes) {
    while (!bytes.empty() && Wait(POLLOUT)) {
      const ssize_t sent =
          send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  void EndSending() { shutdown(fd_.get(), SHUT_WR); }

  // Everything until the server closes.
  std::string ReceiveAll() {
    std::string received;
    char buffer[4096];
    while (Wait(POLLIN)) {
      const ssize_t got = recv(fd_.get(), buffer, sizeof(buffer), 0);
      if (got <= 0) return received;
      received.append(buffer, static_cast<size_t>(got));
    }
    timed_out_ = true;
    return received;
  }

  // Everything until `end` has come.
  std::string ReceiveUntil(std::string_view end) {
    std::string received;
    char byte;
    while (!received.ends_with(end) && Wait(POLLIN) &&
           recv(fd_.get(), &byte, 1, 0) == 1) {
      received.push_back(byte);
    }
    return received;
  }

  // The server neither sent nor closed for kTimeoutMs.
  bool timed_out() const { return timed_out_; }

  // One request on a connection of its own; all that came back. `where` is the
  // path of a socket, or a port.
  template <typename Where>
  static std::string Exchange(const Where& where, std::string_view bytes) {
    RawClient client(where);
    client.Send(bytes);
    return client.ReceiveAll();
  }

  // The body that a plain GET brings, with its status line and headers.
  static std::string Get(const std::string& path, const std::string& target) {
    return Exchange(path, "GET " + target +
                              " HTTP/1.1\r\nHost: acre\r\n"
                              "Connection: close\r\n\r\n");
  }

 private:
  static constexpr int kTimeoutMs = 20'000;

  bool Wait(short events) {
    pollfd wait = {.fd = fd_.get(), .events = events, .revents = 0};
    return poll(&wait, 1, kTimeoutMs) == 1;
  }

  FileDescriptor fd_;
  bool connected_ = false;
  bool timed_out_ = false;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_RAW_CLIENT_H_
