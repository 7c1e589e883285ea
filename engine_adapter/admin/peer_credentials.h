// Who is at the other end of a Unix socket, and whether he may look.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_PEER_CREDENTIALS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_PEER_CREDENTIALS_H_

#include <sys/types.h>

#include <optional>

namespace acre::admin {

struct Peer {
  uid_t uid;
  pid_t pid;
};

// What the peer was when it connected; nothing when the kernel does not say.
std::optional<Peer> PeerOf(int connected_fd);

// The process's own user and root may; nobody else, whatever the modes of the
// directory and the socket have become since they were made.
constexpr bool PeerMayRead(uid_t peer, uid_t own) {
  return peer == own || peer == 0;
}

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_PEER_CREDENTIALS_H_
