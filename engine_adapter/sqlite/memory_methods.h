// SQLite's view of the arenas: the method table for SQLITE_CONFIG_MALLOC.
//
// Allocations come from the scope in force on the calling thread, else from
// the installed service's system arena; a resized one stays with its owner;
// frees go to the owner from any thread. Sizes and roundings are exactly those
// of Acre's size classes. Errors: null on refusal, the old block untouched.
// Thread-safe.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_MEMORY_METHODS_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_MEMORY_METHODS_H_

#include <sqlite3.h>

namespace acre::sqlite {

sqlite3_mem_methods MemoryMethods() noexcept;

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_MEMORY_METHODS_H_
