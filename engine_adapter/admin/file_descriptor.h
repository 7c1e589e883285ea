// A file descriptor that closes itself. Movable; not thread-safe.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_FILE_DESCRIPTOR_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace acre::admin {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  ~FileDescriptor() { Reset(-1); }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // The caller closes it from now on.
  [[nodiscard]] int Release() { return std::exchange(fd_, -1); }

 private:
  void Reset(int fd) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

  int fd_ = -1;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_FILE_DESCRIPTOR_H_
