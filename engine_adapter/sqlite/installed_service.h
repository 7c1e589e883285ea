// The service that SQLite allocates from.
//
// SQLite has one allocator per process and gives its methods no context, so
// this pointer is process-wide. Set while SQLite is shut down, read by every
// method after that. Owns nothing. Thread-safe.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_INSTALLED_SERVICE_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_INSTALLED_SERVICE_H_

#include "engine_adapter/memory_service.h"

namespace acre::sqlite {

// Null before installation and after removal.
MemoryService* InstalledService() noexcept;
void SetInstalledService(MemoryService* service) noexcept;

// The arena of the scope in force on this thread, or the installed service's
// system arena.
ArenaRef ArenaInForce() noexcept;

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_INSTALLED_SERVICE_H_
