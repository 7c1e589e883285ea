#include "engine_adapter/admin/socket_name.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <limits>

namespace acre::admin {
namespace {

constexpr std::string_view kSuffix = ".sock";

// A whole decimal number from 1 to `max`, written without leading zeros so
// that a number has one name only.
std::optional<int> ParsePositive(std::string_view text, int max) {
  if (text.empty() || text.front() == '0') return std::nullopt;
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed_to != end || value < 1 || value > max) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string FormatSocketName(const SocketName& name) {
  if (name.ordinal == 1) return fmt::format("{}{}", name.pid, kSuffix);
  return fmt::format("{}-{}{}", name.pid, name.ordinal, kSuffix);
}

std::optional<SocketName> ParseSocketName(std::string_view file_name) {
  if (!file_name.ends_with(kSuffix)) return std::nullopt;
  file_name.remove_suffix(kSuffix.size());
  SocketName name;
  if (const size_t dash = file_name.find('-'); dash != std::string_view::npos) {
    const auto ordinal =
        ParsePositive(file_name.substr(dash + 1), kMaxServersPerProcess);
    if (!ordinal || *ordinal == 1) return std::nullopt;
    name.ordinal = *ordinal;
    file_name = file_name.substr(0, dash);
  }
  const auto pid = ParsePositive(file_name, std::numeric_limits<pid_t>::max());
  if (!pid) return std::nullopt;
  name.pid = *pid;
  return name;
}

std::string TemporarySocketDirectory(uid_t uid) {
  return fmt::format("/tmp/acre-{}", uid);
}

std::string DefaultSocketDirectory() {
  // A relative path would depend on who looks; the specification says to
  // ignore it.
  const char* runtime = secure_getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') {
    return fmt::format("{}/acre", runtime);
  }
  return TemporarySocketDirectory(geteuid());
}

}  // namespace acre::admin
