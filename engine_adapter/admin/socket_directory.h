// A directory that only its owner can enter, checked and held open.
//
// Whoever may write to the directory of a socket can put a socket of his own
// in its place, so the directory is verified before anything is bound in it:
// a real directory (no symlink), owned by the effective uid, closed to group
// and others. Errors carry the uid and mode that were found.
//
// Owns one descriptor. Movable; const members are safe from any thread.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_DIRECTORY_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_DIRECTORY_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine_adapter/admin/file_descriptor.h"

namespace acre::admin {

class SocketDirectory {
 public:
  // Creates the last component with mode 0700 when it does not exist; parents
  // must. FailedPrecondition when what is there is not private.
  static absl::StatusOr<SocketDirectory> OpenOrCreate(const std::string& path);

  // As above, without creating and for a given owner: NotFound when there is
  // nothing.
  static absl::StatusOr<SocketDirectory> Open(const std::string& path,
                                              uid_t owner);

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }

  // Path of a file in the directory.
  std::string PathOf(const std::string& file_name) const {
    return path_ + "/" + file_name;
  }

 private:
  SocketDirectory(std::string path, FileDescriptor fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  FileDescriptor fd_;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_DIRECTORY_H_
