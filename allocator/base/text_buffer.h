// Text in a fixed buffer, for reports that must not allocate. What does not
// fit is cut; the buffer is always terminated.

#ifndef ACRE_ALLOCATOR_BASE_TEXT_BUFFER_H_
#define ACRE_ALLOCATOR_BASE_TEXT_BUFFER_H_

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::allocator {

class TextSink {
 public:
  TextSink(char* data, size_t capacity) : data_(data), capacity_(capacity) {
    data_[0] = '\0';
  }

  TextSink& Append(std::string_view text) {
    for (char c : text) {
      if (size_ + 1 >= capacity_) break;
      data_[size_++] = c;
    }
    data_[size_] = '\0';
    return *this;
  }

  TextSink& AppendDecimal(uint64_t value) {
    char digits[20];
    size_t n = 0;
    do {
      digits[n++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (n > 0) Append(std::string_view(&digits[--n], 1));
    return *this;
  }

  TextSink& AppendHex(uint64_t value) {
    Append("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (value >> shift == 0 && shift > 0) continue;
      Append(std::string_view(&"0123456789abcdef"[(value >> shift) & 15], 1));
    }
    return *this;
  }

  // Bytes with a unit that keeps them readable and exact: 1536 -> "1536 B",
  // 65536 -> "64 KiB", 66977792 -> "63.8 MiB (66977792 B)". Rounds down, so
  // that what is below a limit never reads as the limit.
  TextSink& AppendBytes(uint64_t bytes);

  std::string_view view() const { return {data_, size_}; }
  const char* c_str() const { return data_; }

  // Best effort: a report that cannot be written is lost, not retried.
  void WriteTo(int fd) const {
    ssize_t written = write(fd, data_, size_);
    static_cast<void>(written);
  }

 private:
  char* data_;
  size_t capacity_;
  size_t size_ = 0;
};

template <size_t kCapacity>
class TextBuffer : public TextSink {
 public:
  TextBuffer() : TextSink(storage_, kCapacity) {}
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

 private:
  char storage_[kCapacity];
};

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_BASE_TEXT_BUFFER_H_
