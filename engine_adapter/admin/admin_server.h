// The statistics server inside a process: what the admin console attaches to.
//
//   auto admin = acre::AdminServer::Start(*service, {});
//   if (!admin.ok()) Log(admin.status());  // the engine runs on without it
//
//   acre_console arenas
//   curl --unix-socket /run/user/1000/acre/4242.sock http://acre/v1/arenas
//
// Serves HTTP/1.1 with JSON bodies on a Unix socket that only the process's own
// user and root can use: a directory of mode 0700, a socket of mode 0600, and
// each request's peer credentials checked. router.h lists the resources. It is
// off until started. Looking never stops the engine: one thread of its own
// reads counters without taking an arena's lock, and every answer says when it
// was read and what that cost. It purges arenas and changes controls only if
// allowed to, and keeps a log of who did.
//
// For monitoring systems, which know no Unix sockets, it serves the same on a
// TCP port of the loopback interface if told to. Whoever can run programs on
// the machine can look there.
//
//   scrape_configs: [{job_name: engine,
//                     static_configs: [{targets: ["127.0.0.1:9464"]}]}]
//
// Owns its threads and the socket's file, which all go with it. A process may
// run several, one for each service: `<pid>.sock`, `<pid>-2.sock` and so on. A
// forked child has no server; it may start one of its own.
//
// Thread-safety: Start and destruction from any thread; the service must
// outlive the server.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace acre {

class MemoryService;

namespace admin {
class Handlers;
class HttpServer;
class ListeningSocket;
}  // namespace admin

struct AdminOptions {
  // Where the socket goes; created with mode 0700 if only its last component
  // is missing. Empty: $XDG_RUNTIME_DIR/acre, or /tmp/acre-<uid>.
  std::string directory;
  // Lets the operator purge arenas and change controls.
  bool allow_writes = false;
  // The port of 127.0.0.1 to serve on as well, for looking only; 0 is none.
  int tcp_port = 0;
  // Lets the operator do on the port what he may do on the socket, if he sends
  // `Authorization: Bearer <token>`. 16 characters or more, printable, no
  // blanks. Empty: nobody can.
  std::string token;
  // How many tenants, the largest, have samples of their own in the metrics;
  // the others are summed up. At most 100,000.
  size_t tenants_in_metrics = 100;
};

// AdminOptions::tcp_port: let the system choose, for tests.
inline constexpr int kAnyTcpPort = -1;

class AdminServer {
 public:
  // FailedPrecondition: the directory is another user's, a symbolic link, or
  // open to others (with its uid or mode). InvalidArgument: the socket's path
  // is too long, or an option is not as it should be. AlreadyExists: the port
  // is taken. ResourceExhausted, Unavailable: the system refused.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(
      MemoryService& service, const AdminOptions& options);

  // Removes the socket's file, closes connections and waits for an answer that
  // is being made.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  const std::string& socket_path() const;
  // 0: none.
  int tcp_port() const { return tcp_port_; }

 private:
  AdminServer();

  // Gone in reverse: nobody new finds the way, the threads end, then what they
  // used goes.
  std::unique_ptr<admin::Handlers> handlers_;
  std::unique_ptr<admin::HttpServer> http_;
  std::unique_ptr<admin::HttpServer> tcp_http_;
  int tcp_port_ = 0;
  std::unique_ptr<admin::ListeningSocket> socket_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_
