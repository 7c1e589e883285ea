#include "engine_adapter/admin/stale_sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/unix_address.h"

namespace acre::admin {
namespace {

bool ProcessIsDead(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

bool IsOurStaleSocket(const SocketDirectory& directory, const char* file_name) {
  const auto name = ParseSocketName(file_name);
  if (!name) return false;
  if (name->pid != getpid() && !ProcessIsDead(name->pid)) return false;
  struct stat info;
  if (fstatat(directory.fd(), file_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISSOCK(info.st_mode) || info.st_uid != geteuid()) {
    return false;
  }
  // A process in another pid namespace looks dead; whether it listens does not
  // depend on namespaces.
  return ProbeSocket(directory.PathOf(file_name)) == SocketState::kStale;
}

}  // namespace

SocketState ProbeSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? SocketState::kAbsent
                                               : SocketState::kUnknown;
  }
  if (!S_ISSOCK(info.st_mode)) return SocketState::kAbsent;
  const auto address = UnixAddress(path);
  if (!address) return SocketState::kUnknown;
  FileDescriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return SocketState::kUnknown;
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address),
              sizeof(*address)) == 0) {
    return SocketState::kAnswers;
  }
  switch (errno) {
    case EAGAIN:  // somebody listens, with a full queue
      return SocketState::kAnswers;
    case ECONNREFUSED:
      return SocketState::kStale;
    case ENOENT:
      return SocketState::kAbsent;
    default:
      return SocketState::kUnknown;
  }
}

int RemoveStaleSockets(const SocketDirectory& directory) {
  // fdopendir takes its descriptor over, and a duplicate would share the
  // position with other readers: open the directory anew.
  const int fd =
      openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = fd < 0 ? nullptr : fdopendir(fd);
  if (entries == nullptr) {
    if (fd >= 0) close(fd);
    return 0;
  }
  std::vector<std::string> stale;
  while (const dirent* entry = readdir(entries)) {
    if (IsOurStaleSocket(directory, entry->d_name)) {
      stale.emplace_back(entry->d_name);
    }
  }
  closedir(entries);
  int removed = 0;
  for (const std::string& name : stale) {
    if (unlinkat(directory.fd(), name.c_str(), 0) == 0) ++removed;
  }
  return removed;
}

}  // namespace acre::admin
