#include "stats/writers/text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace acre::stats {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr char kHexDigits[] = "0123456789abcdef";

// Digits of 64 bits, a sign, a point.
constexpr size_t kMostDigits = 24;

struct Digits {
  char text[kMostDigits];
  size_t size = 0;

  std::string_view view() const { return {text, size}; }
};

Digits DigitsOf(uint64_t value) {
  Digits digits;
  digits.size = static_cast<size_t>(
      std::to_chars(digits.text, digits.text + kMostDigits, value).ptr -
      digits.text);
  return digits;
}

Digits DigitsOf(int64_t value) {
  Digits digits;
  digits.size = static_cast<size_t>(
      std::to_chars(digits.text, digits.text + kMostDigits, value).ptr -
      digits.text);
  return digits;
}

// By integers: the standard's conversion of floating point may use a buffer of
// any size.
Digits DigitsOf(double value, int places) {
  places = std::clamp(places, 0, 9);
  uint64_t scale = 1;
  for (int i = 0; i < places; ++i) scale *= 10;
  const bool negative = value < 0;
  const double scaled =
      (negative ? -value : value) * static_cast<double>(scale) + 0.5;
  // Below 2^63; false for what is no number, too.
  const uint64_t whole = scaled < 9.2e18 ? static_cast<uint64_t>(scaled) : 0;
  Digits digits;
  if (negative && whole != 0) digits.text[digits.size++] = '-';
  const Digits integer = DigitsOf(whole / scale);
  memcpy(digits.text + digits.size, integer.text, integer.size);
  digits.size += integer.size;
  if (places == 0) return digits;
  digits.text[digits.size++] = '.';
  uint64_t rest = whole % scale;
  for (size_t i = static_cast<size_t>(places); i > 0; --i) {
    digits.text[digits.size + i - 1] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  digits.size += static_cast<size_t>(places);
  return digits;
}

bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; }

// Calls write(character) for each character of `text`, U+FFFD for what is none.
template <typename Write>
void ForEachCharacter(std::string_view text, Write write) {
  while (!text.empty()) {
    const size_t bytes = Utf8CharacterBytes(text);
    write(bytes == 0 ? kReplacement : std::string_view(text.data(), bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

// Characters, not bytes.
size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

// Rejects overlong forms and surrogates by the ranges of Unicode's table 3-7.
size_t Utf8CharacterBytes(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < bytes) return 0;
  const uint8_t second_from = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t second_to = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < second_from || byte(1) > second_to) return 0;
  for (size_t i = 2; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

Text& Text::Append(std::string_view text) noexcept {
  // Nothing after a gap.
  const size_t fits = overflowed_ ? 0 : std::min(text.size(), room());
  if (fits != 0) memcpy(data_ + size_, text.data(), fits);
  size_ += fits;
  overflowed_ = overflowed_ || fits < text.size();
  return *this;
}

Text& Text::Number(uint64_t value) noexcept {
  return Append(DigitsOf(value).view());
}

Text& Text::Signed(int64_t value) noexcept {
  return Append(DigitsOf(value).view());
}

Text& Text::Decimal(double value, int digits) noexcept {
  return Append(DigitsOf(value, digits).view());
}

Text& Text::Seconds(uint64_t nanoseconds) noexcept {
  constexpr uint64_t kSecond = 1'000'000'000;
  Number(nanoseconds / kSecond).Append('.');
  for (uint64_t scale = kSecond / 10; scale != 0; scale /= 10) {
    Append(static_cast<char>('0' + nanoseconds / scale % 10));
  }
  return *this;
}

Text& Text::NumberColumn(uint64_t value, size_t width) noexcept {
  return RightColumn(DigitsOf(value).view(), width);
}

Text& Text::SignedColumn(int64_t value, size_t width) noexcept {
  return RightColumn(DigitsOf(value).view(), width);
}

Text& Text::DecimalColumn(double value, int digits, size_t width) noexcept {
  return RightColumn(DigitsOf(value, digits).view(), width);
}

Text& Text::RightColumn(std::string_view text, size_t width) noexcept {
  for (size_t i = WidthOf(text); i < width; ++i) Append(' ');
  return Append(text);
}

Text& Text::LeftColumn(std::string_view text, size_t width) noexcept {
  Append(text);
  for (size_t i = WidthOf(text); i < width; ++i) Append(' ');
  return *this;
}

Text& Text::JsonEscaped(std::string_view text) noexcept {
  ForEachCharacter(text, [this](std::string_view character) {
    const char c = character[0];
    if (c == '"' || c == '\\') {
      const char escaped[] = {'\\', c};
      Append(std::string_view(escaped, 2));
    } else if (IsControl(c)) {
      const char escaped[] = {
          '\\', 'u', '0', '0', kHexDigits[(c >> 4) & 15], kHexDigits[c & 15]};
      Append(std::string_view(escaped, 6));
    } else {
      Append(character);
    }
  });
  return *this;
}

Text& Text::LabelEscaped(std::string_view text) noexcept {
  ForEachCharacter(text, [this](std::string_view character) {
    const char c = character[0];
    if (c == '\n') {
      Append("\\n");
    } else if (c == '"' || c == '\\') {
      const char escaped[] = {'\\', c};
      Append(std::string_view(escaped, 2));
    } else {
      Append(character);
    }
  });
  return *this;
}

Text& Text::Printable(std::string_view text) noexcept {
  ForEachCharacter(text, [this](std::string_view character) {
    Append(IsControl(character[0]) ? kReplacement : character);
  });
  return *this;
}

}  // namespace acre::stats
