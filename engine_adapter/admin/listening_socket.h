// The Unix socket that an admin server listens on.
//
// Owns the file `<pid>.sock` (or `<pid>-<n>.sock`, see socket_name.h), mode
// 0600, and removes it on destruction, unless the process has forked since or
// the path no longer names the file that was bound. Owns the listening
// descriptor until ReleaseFd(). Not thread-safe; binding is safe against other
// threads and processes that bind in the same directory.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_SOCKET_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_SOCKET_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/socket_directory.h"

namespace acre::admin {

class ListeningSocket {
 public:
  // Removes the directory's stale sockets, then binds and listens.
  // InvalidArgument: the path is longer than a socket's may be.
  // ResourceExhausted: kMaxServersPerProcess names are taken.
  // Unavailable: the directory stayed locked, or the system refused.
  static absl::StatusOr<std::unique_ptr<ListeningSocket>> Bind(
      const SocketDirectory& directory);

  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  const std::string& path() const { return path_; }

  // The non-blocking, close-on-exec descriptor; the caller closes it.
  [[nodiscard]] int ReleaseFd() { return fd_.Release(); }

 private:
  ListeningSocket(std::string path, FileDescriptor fd);

  std::string path_;
  FileDescriptor fd_;
  pid_t owner_pid_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_SOCKET_H_
