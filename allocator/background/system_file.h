// Files of /proc and /sys, which must be read without a heap: a path in a
// fixed buffer, a file that stays open to be read again, and one read once by
// lines. Not synchronised. Descriptors are close-on-exec.

#ifndef ACRE_ALLOCATOR_BACKGROUND_SYSTEM_FILE_H_
#define ACRE_ALLOCATOR_BACKGROUND_SYSTEM_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::allocator {

// A path that is never cut: what does not fit makes it bad for good.
class SystemPath {
 public:
  // PATH_MAX, the kernel's limit, with the terminating zero.
  static constexpr size_t kCapacity = 4096;

  bool ok() const { return ok_; }
  size_t size() const { return size_; }
  std::string_view view() const { return {text_, size_}; }
  const char* c_str() const { return text_; }

  SystemPath& Append(std::string_view text) noexcept;
  // Appends a field of /proc/self/mountinfo with its escapes undone.
  SystemPath& AppendMountField(std::string_view field) noexcept;
  // Back to the first `size` bytes, of at most size().
  void Truncate(size_t size) noexcept;
  void Clear() noexcept;

 private:
  size_t size_ = 0;
  bool ok_ = true;
  char text_[kCapacity] = "";
};

// A file that the kernel writes anew for each read from its start.
class SystemFile {
 public:
  SystemFile() = default;
  ~SystemFile() { Close(); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  bool is_open() const { return fd_ >= 0; }

  // False when there is no such file or the path is bad; then it is closed.
  bool Open(const SystemPath& path) noexcept;
  void Close() noexcept;

  // What the file says now, in one system call: at most `capacity` bytes, in
  // `buffer`. Empty when it is closed or cannot be read.
  std::string_view Read(char* buffer, size_t capacity) const noexcept;

 private:
  int fd_ = -1;
};

// The lines of a file of any size, once. A line longer than the buffer is left
// out, and so is a last one without a newline.
class SystemLines {
 public:
  static constexpr size_t kLongestLine = 8192;

  explicit SystemLines(const SystemPath& path) noexcept;
  ~SystemLines();
  SystemLines(const SystemLines&) = delete;
  SystemLines& operator=(const SystemLines&) = delete;

  // The next line, without its newline, valid until the next call. False at
  // the end, and when the file cannot be read.
  bool Next(std::string_view* line) noexcept;

 private:
  // Makes room and reads on; false at the end.
  bool Fill() noexcept;

  int fd_;
  size_t begin_ = 0;
  size_t end_ = 0;
  // The line that begins the buffer is the rest of one that did not fit.
  bool too_long_ = false;
  char buffer_[kLongestLine];
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BACKGROUND_SYSTEM_FILE_H_
