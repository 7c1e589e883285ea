// Finds out whether anybody serves a socket file, and removes those that dead
// processes left behind.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_STALE_SOCKETS_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_STALE_SOCKETS_H_

#include <string>

#include "engine_adapter/admin/socket_directory.h"

namespace acre::admin {

enum class SocketState {
  kAnswers,  // somebody listens
  kStale,    // a socket, but nobody listens
  kAbsent,   // nothing there, or no socket
  kUnknown,  // cannot be told: no permission, or out of descriptors
};

// Connects and closes at once; never blocks.
SocketState ProbeSocket(const std::string& path);

// Removes the admin sockets in the directory that are ours (effective uid),
// whose process is dead or is this one, and that nobody listens on. Returns
// how many. Call with the directory locked: between bind and listen a socket
// of this process looks stale.
int RemoveStaleSockets(const SocketDirectory& directory);

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_STALE_SOCKETS_H_
