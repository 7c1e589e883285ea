#include "engine_adapter/admin/peer_credentials.h"

#include <sys/socket.h>

namespace acre::admin {

std::optional<Peer> PeerOf(int connected_fd) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(connected_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) !=
          0 ||
      size != sizeof(credentials)) {
    return std::nullopt;
  }
  return Peer{.uid = credentials.uid, .pid = credentials.pid};
}

}  // namespace acre::admin
