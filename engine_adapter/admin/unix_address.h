// A path as the address of a Unix socket.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_UNIX_ADDRESS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_UNIX_ADDRESS_H_

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>

namespace acre::admin {

// Bytes that a socket's path may have: the last one is for the terminator.
inline constexpr size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

// Nothing when the path is empty or too long.
inline std::optional<sockaddr_un> UnixAddress(const std::string& path) {
  if (path.empty() || path.size() > kMaxSocketPathBytes) return std::nullopt;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_UNIX_ADDRESS_H_
