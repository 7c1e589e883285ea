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
// was read and what that cost. It writes (purges) only if allowed to.
//
// Owns the thread and the socket's file, which both go with it. A process may
// run several, one for each service: `<pid>.sock`, `<pid>-2.sock` and so on. A
// forked child has no server; it may start one of its own.
//
// Thread-safety: Start and destruction from any thread; the service must
// outlive the server.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_

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
  // Lets the operator purge arenas.
  bool allow_writes = false;
};

class AdminServer {
 public:
  // FailedPrecondition: the directory is another user's, a symbolic link, or
  // open to others (with its uid or mode). InvalidArgument: the socket's path
  // is too long. ResourceExhausted, Unavailable: the system refused.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(
      MemoryService& service, const AdminOptions& options);

  // Removes the socket's file, closes connections and waits for an answer that
  // is being made.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  const std::string& socket_path() const;

 private:
  AdminServer();

  // Gone in reverse: nobody new finds the way, the thread ends, then what it
  // used goes.
  std::unique_ptr<admin::Handlers> handlers_;
  std::unique_ptr<admin::HttpServer> http_;
  std::unique_ptr<admin::ListeningSocket> socket_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_ADMIN_SERVER_H_
