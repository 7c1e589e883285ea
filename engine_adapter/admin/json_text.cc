#include "engine_adapter/admin/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace acre::admin {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the UTF-8 character that `text` begins with; 0 when it is none.
// Rejects overlong forms and surrogates by the ranges of Unicode's table 3-7.
size_t CharacterBytes(std::string_view text) {
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

}  // namespace

void JsonText::Separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

void JsonText::Key(std::string_view key) {
  Separate();
  text_ += '"';
  text_ += key;
  text_ += "\":";
}

void JsonText::Quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    const char c = text.front();
    if (bytes == 0) {
      text_ += kReplacement;
    } else if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(text_), "\\u{:04x}", c);
    } else {
      text_ += text.substr(0, bytes);
    }
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  text_ += '"';
}

JsonText& JsonText::BeginObject() {
  Separate();
  text_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonText& JsonText::BeginObject(std::string_view key) {
  Key(key);
  text_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonText& JsonText::EndObject() {
  text_ += '}';
  needs_comma_ = true;
  return *this;
}

JsonText& JsonText::BeginArray(std::string_view key) {
  Key(key);
  text_ += '[';
  needs_comma_ = false;
  return *this;
}

JsonText& JsonText::EndArray() {
  text_ += ']';
  needs_comma_ = true;
  return *this;
}

JsonText& JsonText::Field(std::string_view key, uint64_t value) {
  Key(key);
  const fmt::format_int digits(value);
  text_.append(digits.data(), digits.size());
  return *this;
}

JsonText& JsonText::Field(std::string_view key, std::string_view value) {
  Key(key);
  Quote(value);
  return *this;
}

JsonText& JsonText::Decimal(std::string_view key, double value) {
  Key(key);
  fmt::format_to(std::back_inserter(text_), "{:.3f}", value);
  return *this;
}

JsonText& JsonText::Flag(std::string_view key, bool value) {
  Key(key);
  text_ += value ? "true" : "false";
  return *this;
}

}  // namespace acre::admin
