// The TCP port of the loopback interface that an admin server may listen on.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_PORT_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_PORT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/file_descriptor.h"

namespace acre::admin {

struct ListeningPort {
  FileDescriptor fd;  // Non-blocking, close-on-exec, listening.
  uint16_t port = 0;

  // On 127.0.0.1 only; 0 lets the system choose. AlreadyExists: somebody
  // listens there. Unavailable: the system refused.
  static absl::StatusOr<ListeningPort> Bind(uint16_t port);
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_LISTENING_PORT_H_
