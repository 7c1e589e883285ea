// Makes SQLite allocate from Acre's arenas.
//
// Once installed, everything SQLite allocates comes from the arena of the
// ArenaScope in force on the calling thread, through its tcache when it has
// one, and without a scope from the service's system arena. Frees go to the
// owner wherever they happen. Each database's pages stay in the arena under
// which it was opened (page_cache.h). A refusal surfaces as SQLITE_NOMEM and
// leaves the connection usable; before that the scope's tcache gives up what it
// holds (it stays open).
//
// An engine should
//  - open and use a tenant's connections under that tenant's scope: what a
//    connection allocates under another's lives, and dies, with the other's
//    arena (pages excepted);
//  - close them before it destroys the arena;
//  - create what SQLite shares among connections (auto-extensions, named
//    memdb databases, registered VFSes) under no scope.
//
// SQLite has one allocator per process, so this is process-wide state; calls
// to install and uninstall must not overlap each other or other uses of
// SQLite. Both follow SQLite's rules: before sqlite3_initialize or after
// sqlite3_shutdown.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_SQLITE_ALLOCATOR_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_SQLITE_ALLOCATOR_H_

#include "absl/status/status.h"
#include "engine_adapter/memory_service.h"

namespace acre {

struct SqliteAllocatorOptions {
  // SQLite's own count of its memory (sqlite3_status, sqlite3_memory_used and
  // the heap limits) takes one process-wide mutex for every allocation. Off:
  // the arenas' statistics and limits say the same, per tenant.
  bool memory_status = false;
};

// `service` must outlive SQLite's use of it. FailedPrecondition when SQLite
// is already initialized, AlreadyExists when Acre is already installed;
// nothing has changed then.
absl::Status InstallSqliteAllocator(MemoryService& service,
                                    const SqliteAllocatorOptions& options = {});

// Shuts SQLite down and restores the allocator that was there before. What
// SQLite still shares (auto-extensions) is released. FailedPrecondition, and
// nothing changed, when Acre is not installed or databases are still open.
absl::Status UninstallSqliteAllocator();

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_SQLITE_ALLOCATOR_H_
