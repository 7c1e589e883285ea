#include "engine_adapter/admin/listening_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/stale_sockets.h"
#include "engine_adapter/admin/unix_address.h"

namespace acre::admin {
namespace {

// The lock is held for the few system calls between bind and listen, so
// somebody who keeps it longer is stopped or malicious: do not wait for him.
constexpr int kLockAttempts = 100;
constexpr int kLockPauseMs = 10;

constexpr int kBacklog = 16;

// The lock ends with the descriptor.
absl::StatusOr<FileDescriptor> LockDirectory(const SocketDirectory& directory) {
  FileDescriptor fd(
      openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return absl::UnavailableError(fmt::format(
        "cannot open \"{}\": {}", directory.path(), strerror(errno)));
  }
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    poll(nullptr, 0, kLockPauseMs);
  }
  return absl::UnavailableError(
      fmt::format("socket directory \"{}\" stayed locked for {} ms",
                  directory.path(), kLockAttempts * kLockPauseMs));
}

absl::Status SocketError(const char* call, const std::string& path) {
  return absl::UnavailableError(fmt::format("{} of admin socket \"{}\": {}",
                                            call, path, strerror(errno)));
}

// AlreadyExists when the name is taken.
absl::StatusOr<FileDescriptor> BindAndListen(const std::string& path) {
  const auto address = UnixAddress(path);
  if (!address) {
    return absl::InvalidArgumentError(
        fmt::format("admin socket path \"{}\" has {} bytes, a Unix socket "
                    "allows {}",
                    path, path.size(), kMaxSocketPathBytes));
  }
  FileDescriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return SocketError("creation", path);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address),
           sizeof(*address)) != 0) {
    if (errno == EADDRINUSE) return absl::AlreadyExistsError(path);
    return SocketError("bind", path);
  }
  // Nobody can connect before listen, so no one ever sees the mode that the
  // umask has left.
  if (chmod(path.c_str(), 0600) != 0 || listen(fd.get(), kBacklog) != 0) {
    const absl::Status error = SocketError("listen", path);
    unlink(path.c_str());
    return error;
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ListeningSocket>> ListeningSocket::Bind(
    const SocketDirectory& directory) {
  auto lock = LockDirectory(directory);
  if (!lock.ok()) return lock.status();
  RemoveStaleSockets(directory);
  for (int ordinal = 1; ordinal <= kMaxServersPerProcess; ++ordinal) {
    std::string path = directory.PathOf(FormatSocketName({getpid(), ordinal}));
    auto fd = BindAndListen(path);
    if (fd.ok()) {
      return std::unique_ptr<ListeningSocket>(
          new ListeningSocket(std::move(path), *std::move(fd)));
    }
    if (!absl::IsAlreadyExists(fd.status())) return fd.status();
  }
  return absl::ResourceExhaustedError(
      fmt::format("pid {} already has {} admin sockets in \"{}\"", getpid(),
                  kMaxServersPerProcess, directory.path()));
}

ListeningSocket::ListeningSocket(std::string path, FileDescriptor fd)
    : path_(std::move(path)), fd_(std::move(fd)), owner_pid_(getpid()) {
  struct stat info;
  if (lstat(path_.c_str(), &info) == 0) {
    device_ = info.st_dev;
    inode_ = info.st_ino;
  }
}

ListeningSocket::~ListeningSocket() {
  // A forked child inherits this object, but the file is its parent's.
  if (getpid() != owner_pid_) return;
  struct stat info;
  if (lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ &&
      info.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

}  // namespace acre::admin
