#include "engine_adapter/sqlite/page_cache_methods.h"

#include <atomic>

#include "engine_adapter/sqlite/installed_service.h"
#include "engine_adapter/sqlite/page_cache.h"

namespace acre::sqlite {
namespace {

std::atomic<int64_t> live_caches{0};

PageCache* FromSqlite(sqlite3_pcache* cache) {
  return reinterpret_cast<PageCache*>(cache);
}

int Init(void*) { return SQLITE_OK; }

void Shutdown(void*) {}

sqlite3_pcache* CreateCache(int page_bytes, int extra_bytes, int purgeable) {
  PageCache* cache = PageCache::Create(ArenaInForce(), page_bytes, extra_bytes,
                                       purgeable != 0);
  if (cache != nullptr) live_caches.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<sqlite3_pcache*>(cache);
}

void SetCapacity(sqlite3_pcache* cache, int pages) {
  FromSqlite(cache)->SetCapacity(pages);
}

int PageCount(sqlite3_pcache* cache) { return FromSqlite(cache)->page_count(); }

sqlite3_pcache_page* Fetch(sqlite3_pcache* cache, unsigned key, int create) {
  return FromSqlite(cache)->Fetch(key, static_cast<FetchMode>(create));
}

void Unpin(sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
  FromSqlite(cache)->Unpin(page, discard != 0);
}

void Rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned old_key,
           unsigned new_key) {
  FromSqlite(cache)->Rekey(page, old_key, new_key);
}

void Truncate(sqlite3_pcache* cache, unsigned first_key) {
  FromSqlite(cache)->Truncate(first_key);
}

void DestroyCache(sqlite3_pcache* cache) {
  FromSqlite(cache)->Destroy();
  live_caches.fetch_sub(1, std::memory_order_relaxed);
}

void Shrink(sqlite3_pcache* cache) { FromSqlite(cache)->Shrink(); }

}  // namespace

sqlite3_pcache_methods2 PageCacheMethods() noexcept {
  sqlite3_pcache_methods2 methods = {};
  methods.iVersion = 1;
  methods.xInit = Init;
  methods.xShutdown = Shutdown;
  methods.xCreate = CreateCache;
  methods.xCachesize = SetCapacity;
  methods.xPagecount = PageCount;
  methods.xFetch = Fetch;
  methods.xUnpin = Unpin;
  methods.xRekey = Rekey;
  methods.xTruncate = Truncate;
  methods.xDestroy = DestroyCache;
  methods.xShrink = Shrink;
  return methods;
}

int64_t LivePageCaches() noexcept {
  return live_caches.load(std::memory_order_relaxed);
}

}  // namespace acre::sqlite
