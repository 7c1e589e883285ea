#include "engine_adapter/admin/socket_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <utility>

namespace acre::admin {
namespace {

absl::Status NotPrivate(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(
      fmt::format("socket directory \"{}\" {}", path, why));
}

// Opening through a symlink fails with ENOTDIR or ELOOP, which says little:
// ask what the path is.
absl::Status OpenError(const std::string& path, int error) {
  struct stat link;
  if (lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
    return NotPrivate(path,
                      fmt::format("is a symbolic link (owner uid {}); it must "
                                  "be a directory",
                                  link.st_uid));
  }
  if (error == ENOENT) {
    return absl::NotFoundError(
        fmt::format("socket directory \"{}\" does not exist", path));
  }
  if (error == ENOTDIR) return NotPrivate(path, "is not a directory");
  return absl::UnavailableError(fmt::format(
      "cannot open socket directory \"{}\": {}", path, strerror(error)));
}

}  // namespace

absl::StatusOr<SocketDirectory> SocketDirectory::OpenOrCreate(
    const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::UnavailableError(fmt::format(
        "cannot create socket directory \"{}\": {}", path, strerror(errno)));
  }
  return Open(path, geteuid());
}

absl::StatusOr<SocketDirectory> SocketDirectory::Open(const std::string& path,
                                                      uid_t owner) {
  FileDescriptor fd(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return OpenError(path, errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return OpenError(path, errno);
  if (info.st_uid != owner) {
    return NotPrivate(path, fmt::format("belongs to uid {}, expected uid {}",
                                        info.st_uid, owner));
  }
  if ((info.st_mode & 077) != 0) {
    return NotPrivate(
        path,
        fmt::format("has mode {:04o}, which lets others in; expected 0700",
                    info.st_mode & 07777));
  }
  return SocketDirectory(path, std::move(fd));
}

}  // namespace acre::admin
