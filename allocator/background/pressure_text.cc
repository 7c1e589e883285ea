#include "allocator/background/pressure_text.h"

namespace acre::allocator {
namespace {

// Version 1 prints PAGE_COUNTER_MAX in bytes: 2^63 less a page, whose size
// depends on the machine.
constexpr uint64_t kLeastUnlimitedV1 = uint64_t{1} << 62;

// Takes what lies before the first `delimiter` off the text, and that one, too.
// False when there is none.
bool Take(std::string_view* text, char delimiter, std::string_view* head) {
  const size_t end = text->find(delimiter);
  if (end == std::string_view::npos) return false;
  *head = std::string_view(text->data(), end);
  text->remove_prefix(end + 1);
  return true;
}

bool TakePrefix(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// Whether `item` is one of the `list`, which commas separate.
bool ListHas(std::string_view list, std::string_view item) {
  std::string_view head;
  while (Take(&list, ',', &head)) {
    if (head == item) return true;
  }
  return list == item;
}

bool OnlyLine(std::string_view text, std::string_view* line) {
  return Take(&text, '\n', line) && text.empty();
}

// "   1234 kB", what follows a name of /proc/meminfo.
bool ParseKibibytes(std::string_view text, uint64_t* bytes) {
  while (TakePrefix(&text, " ")) {
  }
  std::string_view digits;
  uint64_t kibibytes;
  if (!Take(&text, ' ', &digits) || text != "kB" ||
      !ParseDecimal(digits, &kibibytes) || kibibytes > UINT64_MAX / 1024) {
    return false;
  }
  *bytes = kibibytes * 1024;
  return true;
}

// "12.34", or with any other number of decimals, of which two count.
bool ParsePercentage(std::string_view text, uint32_t* hundredths) {
  std::string_view whole_digits;
  uint64_t whole;
  uint64_t rest;
  if (!Take(&text, '.', &whole_digits)) return false;
  const std::string_view decimals(text.data(),
                                  text.size() < 2 ? text.size() : 2);
  if (!ParseDecimal(whole_digits, &whole) || !ParseDecimal(decimals, &rest) ||
      whole > 100) {
    return false;
  }
  if (decimals.size() == 1) rest *= 10;
  const uint64_t value = whole * 100 + rest;
  if (value > 10000) return false;
  *hundredths = static_cast<uint32_t>(value);
  return true;
}

// Whether one of the components of the path is "..".
bool LeadsUp(std::string_view path) {
  std::string_view component;
  while (Take(&path, '/', &component)) {
    if (component == "..") return true;
  }
  return path == "..";
}

// Whether the path is "/..", "/../.." and so on.
bool OnlyLeadsUp(std::string_view path) {
  if (path.empty()) return false;
  while (TakePrefix(&path, "/..")) {
  }
  return path.empty();
}

constexpr bool IsOctal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

bool ParseDecimal(std::string_view digits, uint64_t* value) noexcept {
  if (digits.empty()) return false;
  uint64_t sum = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return false;
    if (__builtin_mul_overflow(sum, uint64_t{10}, &sum) ||
        __builtin_add_overflow(sum, static_cast<uint64_t>(c - '0'), &sum)) {
      return false;
    }
  }
  *value = sum;
  return true;
}

bool ParseByteCount(std::string_view text, uint64_t* bytes) noexcept {
  std::string_view line;
  return OnlyLine(text, &line) && ParseDecimal(line, bytes);
}

bool ParseLimit(std::string_view text, CgroupVersion version,
                uint64_t* bytes) noexcept {
  if (version == CgroupVersion::kV2 && text == "max\n") {
    *bytes = kNoLimit;
    return true;
  }
  uint64_t limit;
  if (!ParseByteCount(text, &limit)) return false;
  const bool unlimited =
      version == CgroupVersion::kV1 && limit >= kLeastUnlimitedV1;
  *bytes = unlimited ? kNoLimit : limit;
  return true;
}

bool ParseStatField(std::string_view text, std::string_view name,
                    uint64_t* value) noexcept {
  std::string_view line;
  while (Take(&text, '\n', &line)) {
    if (TakePrefix(&line, name) && TakePrefix(&line, " ")) {
      return ParseDecimal(line, value);
    }
  }
  return false;
}

bool ParseMemInfo(std::string_view text, MemInfo* info) noexcept {
  MemInfo found;
  bool has_total = false;
  bool has_available = false;
  std::string_view line;
  while (!(has_total && has_available) && Take(&text, '\n', &line)) {
    if (TakePrefix(&line, "MemTotal:")) {
      has_total = ParseKibibytes(line, &found.total_bytes);
    } else if (TakePrefix(&line, "MemAvailable:")) {
      has_available = ParseKibibytes(line, &found.available_bytes);
    }
  }
  if (!has_total || !has_available) return false;
  *info = found;
  return true;
}

bool ParsePsiSomeAvg10(std::string_view text, uint32_t* hundredths) noexcept {
  std::string_view line;
  std::string_view value;
  while (Take(&text, '\n', &line)) {
    if (TakePrefix(&line, "some avg10=")) {
      return Take(&line, ' ', &value) && ParsePercentage(value, hundredths);
    }
  }
  return false;
}

bool ParseCgroupLine(std::string_view line, CgroupLine* cgroup) noexcept {
  std::string_view hierarchy;
  std::string_view controllers;
  if (!Take(&line, ':', &hierarchy) || !Take(&line, ':', &controllers) ||
      !line.starts_with('/')) {
    return false;
  }
  if (hierarchy == "0" && controllers.empty()) {
    *cgroup = {CgroupVersion::kV2, line};
    return true;
  }
  if (!ListHas(controllers, "memory")) return false;
  *cgroup = {CgroupVersion::kV1, line};
  return true;
}

bool ParseCgroupMountLine(std::string_view line,
                          CgroupMountLine* mount) noexcept {
  CgroupMountLine found;
  std::string_view ignored;
  // Mount id, parent id, device; then the two of interest; then options.
  for (int i = 0; i < 3; ++i) {
    if (!Take(&line, ' ', &ignored)) return false;
  }
  if (!Take(&line, ' ', &found.root) || !Take(&line, ' ', &found.mount_point) ||
      !found.root.starts_with('/') || !found.mount_point.starts_with('/')) {
    return false;
  }
  // Any number of optional fields, up to a dash.
  do {
    if (!Take(&line, ' ', &ignored)) return false;
  } while (ignored != "-");
  std::string_view type;
  std::string_view device;
  if (!Take(&line, ' ', &type) || !Take(&line, ' ', &device)) return false;
  if (type == "cgroup2") {
    found.version = CgroupVersion::kV2;
  } else if (type == "cgroup" && ListHas(line, "memory")) {
    found.version = CgroupVersion::kV1;
  } else {
    return false;
  }
  *mount = found;
  return true;
}

bool UnescapeMountField(std::string_view field, char* buffer, size_t capacity,
                        size_t* size) noexcept {
  size_t n = 0;
  while (!field.empty()) {
    int c = static_cast<unsigned char>(field[0]);
    size_t taken = 1;
    if (c == '\\') {
      if (field.size() < 4 || !IsOctal(field[1]) || !IsOctal(field[2]) ||
          !IsOctal(field[3])) {
        return false;
      }
      c = (field[1] - '0') * 64 + (field[2] - '0') * 8 + (field[3] - '0');
      taken = 4;
    }
    // A path holds neither zero nor what does not fit a byte.
    if (c == 0 || c > 255 || n == capacity) return false;
    buffer[n++] = static_cast<char>(c);
    field.remove_prefix(taken);
  }
  *size = n;
  return true;
}

bool CgroupPathBelowMount(std::string_view path, std::string_view root,
                          std::string_view* below) noexcept {
  std::string_view rest = path;
  if (root != "/" && !TakePrefix(&rest, root)) {
    if (!OnlyLeadsUp(root) || LeadsUp(path)) return false;
    *below = std::string_view(path.data() + path.size(), 0);
    return true;
  }
  if (rest == "/") rest.remove_prefix(1);
  // "/ab" does not lie below "/a", and what lies beside the namespace's root
  // is not below its mount.
  if ((!rest.empty() && rest[0] != '/') || LeadsUp(rest)) return false;
  *below = rest;
  return true;
}

}  // namespace acre::allocator
