// Acre's statistics as SQL tables, for an administrator's connection:
//
//   SELECT name, charged, hard_limit FROM acre_arenas ORDER BY charged DESC;
//   SELECT * FROM acre_bins WHERE name = 'tenant-7';
//
// acre_arenas has a row for every live arena: name, arena_index, generation
// and the figures of stats/fields.h. acre_bins has a row for every size class
// that an arena has slabs of: the arena's name and the figures of a bin. Both
// are read-only, exist without CREATE, and need not have Acre installed as
// SQLite's allocator. Reading touches one arena at a time and stops nobody.
//
// The service must outlive the connections. Thread-safe.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_ACRE_TABLES_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_ACRE_TABLES_H_

#include <sqlite3.h>

#include "absl/status/status.h"
#include "engine_adapter/memory_service.h"

namespace acre {

// Adds both tables to one connection. The error is SQLite's.
absl::Status RegisterAcreTables(sqlite3* connection, MemoryService& service);

// Adds both tables to every connection that is opened from now on, as an
// auto-extension. Initializes SQLite, so it comes after
// InstallSqliteAllocator. AlreadyExists when another service did so before.
absl::Status RegisterAcreTablesOnOpen(MemoryService& service);

// Ends that; open connections keep their tables. Shutting SQLite down does
// not forget the service: call this before the service ends.
void CancelAcreTablesOnOpen();

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_ACRE_TABLES_H_
