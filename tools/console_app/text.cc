#include "tools/console_app/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace acre::console {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: no valid UTF-8
};

CodePoint DecodeFirst(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0   ? 4
                       : lead >= 0xE0 ? 3
                       : lead >= 0xC2 ? 2
                                      : 0;
  if (bytes == 0 || lead > 0xF4 || text.size() < bytes) return {};
  uint32_t value = lead & (0x7F >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[bytes] || value > 0x10FFFF || surrogate) return {};
  return {value, bytes};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

template <size_t kSize>
bool Contains(const Range (&ranges)[kSize], uint32_t value) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](Range range) {
    return value >= range.first && value <= range.last;
  });
}

// C0 and C1 controls, and the marks that reorder text around them.
constexpr Range kHarmful[] = {{0x00, 0x1F},
                              {0x7F, 0x9F},
                              {0x200E, 0x200F},
                              {0x2028, 0x202E},
                              {0x2066, 0x2069}};

// The blocks of Unicode's East Asian Width W and F, coarsely.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

constexpr Range kZeroWidth[] = {{0x0300, 0x036F},
                                {0x200B, 0x200D},
                                {0x20D0, 0x20FF},
                                {0xFE00, 0xFE0F},
                                {0xFEFF, 0xFEFF}};

size_t Width(uint32_t code_point) {
  if (Contains(kZeroWidth, code_point)) return 0;
  return Contains(kWide, code_point) ? 2 : 1;
}

// Bytes of the longest beginning of at most `columns`.
size_t BytesThatFit(std::string_view text, size_t columns) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint next = DecodeFirst(text.substr(bytes));
    const size_t width = next.bytes == 0 ? 1 : Width(next.value);
    if (width > columns) break;
    columns -= width;
    bytes += std::max<size_t>(next.bytes, 1);
  }
  return bytes;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const CodePoint next = DecodeFirst(text);
    const size_t bytes = std::max<size_t>(next.bytes, 1);
    if (next.bytes == 0 || Contains(kHarmful, next.value)) {
      for (const char c : text.substr(0, bytes)) {
        printable += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
      }
    } else {
      printable += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return printable;
}

std::string PrintableJson(std::string_view json) {
  std::string printable;
  while (!json.empty()) {
    const CodePoint next = DecodeFirst(json);
    const size_t bytes = std::max<size_t>(next.bytes, 1);
    if (next.bytes == 0) {
      printable += "\\ufffd";
    } else if (next.value != '\n' && Contains(kHarmful, next.value)) {
      printable += fmt::format("\\u{:04x}", next.value);
    } else {
      printable += json.substr(0, bytes);
    }
    json.remove_prefix(bytes);
  }
  return printable;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint next = DecodeFirst(text);
    width += next.bytes == 0 ? 1 : Width(next.value);
    text.remove_prefix(std::max<size_t>(next.bytes, 1));
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  return std::string(text.substr(0, BytesThatFit(text, columns - 1))) + "~";
}

std::string CutPaintedToWidth(std::string_view text, size_t columns) {
  std::string cut;
  while (!text.empty()) {
    const size_t code = text.find('\x1b');
    const std::string_view plain = text.substr(0, code);
    const std::string_view kept = plain.substr(0, BytesThatFit(plain, columns));
    columns -= DisplayWidth(kept);
    if (kept.size() < plain.size()) columns = 0;
    cut += kept;
    if (code == std::string_view::npos) break;
    const size_t end = text.find('m', code);
    cut +=
        text.substr(code, end == std::string_view::npos ? end : end + 1 - code);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return cut;
}

}  // namespace acre::console
