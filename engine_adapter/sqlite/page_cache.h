// The page cache of one SQLite database, kept in its tenant's arena.
//
// SQLite creates one cache per open database. Everything the cache holds (its
// own object, the hash table, page contents and page headers) comes from the
// arena that owned the scope when the cache was created, whoever fetches the
// page later; so a tenant's quota covers its pages.
//
// A page's header stands behind its content, as in SQLite's built-in cache, for
// two reasons. A read past the end of a corrupt page stays in the page's own
// header. And SQLite 3.40 compares pointers to cells with the ends of pages,
// and reports corruption when a cell it has copied elsewhere starts exactly
// where a page ends (balance_nonroot, SQLITE_OVERFLOW): no other allocation
// may follow a page's content.
//
// Thread-safety: one thread at a time, which SQLite's own locks ensure for
// each cache. Errors: null when the arena refuses; the cache stays intact.
// Sizes are in bytes, capacities in pages.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_H_

#include <sqlite3.h>

#include <cstdint>

#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/page_frames.h"

namespace acre::sqlite {

// xFetch's createFlag.
enum class FetchMode : int {
  kFindOnly = 0,      // never creates
  kCreateIfEasy = 1,  // not when most of the capacity is pinned
  kCreate = 2,        // unless the arena refuses and nothing can be recycled
};

class PageCache {
 public:
  // Null when the arena refuses. Destroy() ends it.
  static PageCache* Create(ArenaRef owner, int page_bytes, int extra_bytes,
                           bool purgeable) noexcept;
  void Destroy() noexcept;

  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  // Evicts recyclable pages until the capacity holds or none is left.
  void SetCapacity(int pages) noexcept;
  int page_count() const noexcept { return static_cast<int>(page_count_); }

  // Returns the page pinned. A page that is new under `key` has undefined
  // content and a zeroed extra.
  sqlite3_pcache_page* Fetch(uint32_t key, FetchMode mode) noexcept;
  // Hands the page back: recyclable, or freed at once with `discard`.
  void Unpin(sqlite3_pcache_page* handle, bool discard) noexcept;
  // Gives a pinned page a new key; another page under that key is dropped.
  void Rekey(sqlite3_pcache_page* handle, uint32_t old_key,
             uint32_t new_key) noexcept;
  // Drops every page with a key of `first_key` or more, pinned ones too.
  void Truncate(uint32_t first_key) noexcept;
  // Frees every recyclable page.
  void Shrink() noexcept;

  // Walks the table and the recycling list; true if they agree with the
  // counts. For tests.
  bool Verify() const noexcept;

 private:
  // Recyclable pages form a ring, most recently used first; a pinned page is
  // in no ring and has null links.
  struct Link {
    Link* next;
    Link* previous;
  };
  // The header of a page, in one frame with it: content, header, extra.
  struct Page {
    sqlite3_pcache_page handle;  // first: what SQLite holds is the page itself
    Link link;
    Page* hash_next;
    uint32_t key;
  };

  PageCache(ArenaRef owner, int page_bytes, int extra_bytes,
            bool purgeable) noexcept;
  ~PageCache() = default;

  static Page* FromHandle(sqlite3_pcache_page* handle) noexcept;
  static Page* FromLink(Link* link) noexcept;
  static bool IsPinned(const Page& page) noexcept;

  Page* Find(uint32_t key) const noexcept;
  Page* AcquireBlank() noexcept;
  Page* AllocatePage() noexcept;
  void FreePage(Page* page) noexcept;
  void Drop(Page* page) noexcept;

  void Pin(Page* page) noexcept;
  Page* OldestRecyclable() noexcept;
  void EvictDownTo(uint32_t pages) noexcept;

  bool GrowTable() noexcept;
  Page** Bucket(uint32_t key) const noexcept;
  void InsertIntoTable(Page* page) noexcept;
  void RemoveFromTable(Page* page) noexcept;
  void DropFromBucket(Page** bucket, uint32_t first_key) noexcept;

  const ArenaRef owner_;
  PageFrames frames_;
  const uint32_t page_bytes_;
  const uint32_t extra_bytes_;
  const bool purgeable_;
  uint32_t capacity_ = 0;
  uint32_t page_count_ = 0;
  uint32_t recyclable_count_ = 0;
  uint32_t bucket_count_ = 0;  // a power of two once the table exists
  uint32_t largest_key_ = 0;   // no page has a larger one
  Page** buckets_ = nullptr;
  Link recyclable_;
};

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_PAGE_CACHE_H_
