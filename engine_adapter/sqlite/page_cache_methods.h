// SQLite's view of the page cache: the method table for
// SQLITE_CONFIG_PCACHE2.
//
// A cache belongs to the arena of the scope in force when SQLite creates it,
// or to the installed service's system arena. Thread-safety: any number of
// threads, each cache used by one at a time.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_METHODS_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_METHODS_H_

#include <sqlite3.h>

#include <cstdint>

namespace acre::sqlite {

sqlite3_pcache_methods2 PageCacheMethods() noexcept;

// Page caches that SQLite has created and not destroyed: at least one for
// every open database.
int64_t LivePageCaches() noexcept;

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_METHODS_H_
