#include "allocator/background/system_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "allocator/background/pressure_text.h"
#include "allocator/base/check.h"

namespace acre::allocator {
namespace {

// Also -1 for a path that is bad.
int OpenToRead(const SystemPath& path) {
  return path.ok() ? open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
}

}  // namespace

SystemPath& SystemPath::Append(std::string_view text) noexcept {
  if (!ok_ || text.size() >= kCapacity - size_) {
    ok_ = false;
    return *this;
  }
  if (!text.empty()) std::memcpy(text_ + size_, text.data(), text.size());
  size_ += text.size();
  text_[size_] = '\0';
  return *this;
}

SystemPath& SystemPath::AppendMountField(std::string_view field) noexcept {
  size_t written;
  if (!ok_ || !UnescapeMountField(field, text_ + size_, kCapacity - size_ - 1,
                                  &written)) {
    ok_ = false;
    return *this;
  }
  size_ += written;
  text_[size_] = '\0';
  return *this;
}

void SystemPath::Truncate(size_t size) noexcept {
  ACRE_DCHECK(size <= size_);
  size_ = size;
  text_[size_] = '\0';
}

void SystemPath::Clear() noexcept {
  Truncate(0);
  ok_ = true;
}

bool SystemFile::Open(const SystemPath& path) noexcept {
  Close();
  fd_ = OpenToRead(path);
  return is_open();
}

void SystemFile::Close() noexcept {
  if (is_open()) close(fd_);
  fd_ = -1;
}

std::string_view SystemFile::Read(char* buffer,
                                  size_t capacity) const noexcept {
  if (!is_open()) return {};
  const ssize_t size = pread(fd_, buffer, capacity, 0);
  if (size <= 0) return {};
  return {buffer, static_cast<size_t>(size)};
}

SystemLines::SystemLines(const SystemPath& path) noexcept
    : fd_(OpenToRead(path)) {}

SystemLines::~SystemLines() {
  if (fd_ >= 0) close(fd_);
}

bool SystemLines::Next(std::string_view* line) noexcept {
  for (;;) {
    const char* begin = buffer_ + begin_;
    const void* found = std::memchr(begin, '\n', end_ - begin_);
    if (found == nullptr) {
      if (!Fill()) return false;
      continue;
    }
    const size_t size =
        static_cast<size_t>(static_cast<const char*>(found) - begin);
    begin_ += size + 1;
    const bool whole = !too_long_;
    too_long_ = false;
    if (whole) {
      *line = {begin, size};
      return true;
    }
  }
}

bool SystemLines::Fill() noexcept {
  if (fd_ < 0) return false;
  if (begin_ == 0 && end_ == kLongestLine) {
    too_long_ = true;
    end_ = 0;
  }
  std::memmove(buffer_, buffer_ + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  ssize_t size;
  do {
    size = read(fd_, buffer_ + end_, kLongestLine - end_);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  end_ += static_cast<size_t>(size);
  return true;
}

}  // namespace acre::allocator
