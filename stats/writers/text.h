// Text in a buffer that somebody else owns: what every document is written
// with. Nothing here allocates, throws, takes a lock or asks the system, so it
// serves in a signal handler and out of memory as it does elsewhere.
//
// What does not fit is left out from there on, and the text says so.
//
// Not thread-safe.

#ifndef ACRE_STATS_WRITERS_TEXT_H_
#define ACRE_STATS_WRITERS_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace acre::stats {

// Bytes of the UTF-8 character that `text` begins with; 0 when it is none.
size_t Utf8CharacterBytes(std::string_view text) noexcept;

class Text {
 public:
  Text(char* data, size_t capacity) noexcept
      : data_(data), capacity_(capacity) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  Text& Append(std::string_view text) noexcept;
  Text& Append(char c) noexcept { return Append(std::string_view(&c, 1)); }
  Text& Number(uint64_t value) noexcept;
  Text& Signed(int64_t value) noexcept;
  // With this many digits behind the point, at most 9. What is no number, or is
  // beyond what 64 bits hold, is written as 0.
  Text& Decimal(double value, int digits) noexcept;
  // Nanoseconds as seconds with nine digits behind the point.
  Text& Seconds(uint64_t nanoseconds) noexcept;
  // Filled up with blanks to `width` characters, at the left or at the right.
  Text& NumberColumn(uint64_t value, size_t width) noexcept;
  Text& SignedColumn(int64_t value, size_t width) noexcept;
  Text& DecimalColumn(double value, int digits, size_t width) noexcept;
  Text& RightColumn(std::string_view text, size_t width) noexcept;
  Text& LeftColumn(std::string_view text, size_t width) noexcept;

  // As UTF-8 whatever comes in: what is none becomes U+FFFD.
  //
  // What stands between the quotes of a JSON string.
  Text& JsonEscaped(std::string_view text) noexcept;
  // What stands between the quotes of an OpenMetrics label.
  Text& LabelEscaped(std::string_view text) noexcept;
  // For people: characters that move the cursor become U+FFFD, too.
  Text& Printable(std::string_view text) noexcept;

  std::string_view view() const noexcept { return {data_, size_}; }
  size_t size() const noexcept { return size_; }
  size_t room() const noexcept { return capacity_ - size_; }
  // Something did not fit since the text was last cleared.
  bool overflowed() const noexcept { return overflowed_; }
  void Clear() noexcept {
    size_ = 0;
    overflowed_ = false;
  }

 private:
  char* const data_;
  const size_t capacity_;
  size_t size_ = 0;
  bool overflowed_ = false;
};

// With the buffer in it.
template <size_t kCapacity>
class FixedText : public Text {
 public:
  FixedText() noexcept : Text(storage_, kCapacity) {}

 private:
  char storage_[kCapacity];
};

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_TEXT_H_
