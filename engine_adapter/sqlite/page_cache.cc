#include "engine_adapter/sqlite/page_cache.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "engine_adapter/sqlite/scoped_memory.h"

namespace acre::sqlite {
namespace {

constexpr uint32_t kFirstBucketCount = 32;
constexpr uint32_t kMaxBucketCount = uint32_t{1} << 30;

size_t TableBytes(uint32_t buckets) { return buckets * sizeof(void*); }

}  // namespace

PageCache::PageCache(ArenaRef owner, int page_bytes, int extra_bytes,
                     bool purgeable) noexcept
    : owner_(owner),
      frames_(owner, static_cast<size_t>(page_bytes) + sizeof(Page) +
                         static_cast<size_t>(extra_bytes)),
      page_bytes_(static_cast<uint32_t>(page_bytes)),
      extra_bytes_(static_cast<uint32_t>(extra_bytes)),
      purgeable_(purgeable),
      recyclable_{&recyclable_, &recyclable_} {}

PageCache* PageCache::Create(ArenaRef owner, int page_bytes, int extra_bytes,
                             bool purgeable) noexcept {
  void* memory = AllocateIn(owner, sizeof(PageCache));
  if (memory == nullptr) return nullptr;
  auto* cache =
      new (memory) PageCache(owner, page_bytes, extra_bytes, purgeable);
  if (cache->GrowTable()) return cache;
  cache->Destroy();
  return nullptr;
}

void PageCache::Destroy() noexcept {
  Truncate(0);
  const ArenaRef owner = owner_;
  if (buckets_ != nullptr) {
    DeallocateIn(owner, buckets_, TableBytes(bucket_count_));
  }
  this->~PageCache();
  DeallocateIn(owner, this, sizeof(PageCache));
}

void PageCache::SetCapacity(int pages) noexcept {
  capacity_ = static_cast<uint32_t>(std::max(pages, 0));
  EvictDownTo(capacity_);
}

sqlite3_pcache_page* PageCache::Fetch(uint32_t key, FetchMode mode) noexcept {
  if (Page* page = Find(key); page != nullptr) {
    if (!IsPinned(*page)) Pin(page);
    return &page->handle;
  }
  if (mode == FetchMode::kFindOnly) return nullptr;
  // Declining lets SQLite write dirty pages out and unpin them before it asks
  // again with kCreate. The threshold is the built-in cache's.
  const uint32_t pinned = page_count_ - recyclable_count_;
  if (mode == FetchMode::kCreateIfEasy && purgeable_ &&
      pinned >= uint64_t{capacity_} * 9 / 10) {
    return nullptr;
  }
  Page* page = AcquireBlank();
  if (page == nullptr) return nullptr;
  page->key = key;
  page->link = {nullptr, nullptr};
  std::memset(page->handle.pExtra, 0, extra_bytes_);
  InsertIntoTable(page);
  return &page->handle;
}

void PageCache::Unpin(sqlite3_pcache_page* handle, bool discard) noexcept {
  Page* page = FromHandle(handle);
  if (discard || (purgeable_ && page_count_ > capacity_)) {
    Drop(page);
    return;
  }
  page->link = {recyclable_.next, &recyclable_};
  recyclable_.next->previous = &page->link;
  recyclable_.next = &page->link;
  ++recyclable_count_;
}

void PageCache::Rekey(sqlite3_pcache_page* handle, uint32_t old_key,
                      uint32_t new_key) noexcept {
  if (old_key == new_key) return;
  if (Page* other = Find(new_key); other != nullptr) Drop(other);
  Page* page = FromHandle(handle);
  RemoveFromTable(page);
  page->key = new_key;
  InsertIntoTable(page);
}

void PageCache::Truncate(uint32_t first_key) noexcept {
  if (page_count_ == 0 || first_key > largest_key_) return;
  const uint32_t span = largest_key_ - first_key;
  if (span < bucket_count_) {
    // Truncating the tail of a large database visits only the tail's buckets.
    for (uint32_t offset = 0; offset <= span; ++offset) {
      DropFromBucket(Bucket(first_key + offset), first_key);
    }
  } else {
    for (uint32_t i = 0; i < bucket_count_; ++i) {
      DropFromBucket(&buckets_[i], first_key);
    }
  }
  largest_key_ = first_key == 0 ? 0 : first_key - 1;
}

void PageCache::Shrink() noexcept { EvictDownTo(0); }

bool PageCache::Verify() const noexcept {
  uint32_t pages = 0;
  uint32_t pinned = 0;
  for (uint32_t i = 0; i < bucket_count_; ++i) {
    for (const Page* page = buckets_[i]; page != nullptr;
         page = page->hash_next) {
      if (Bucket(page->key) != &buckets_[i]) return false;
      if (page->key > largest_key_) return false;
      ++pages;
      if (IsPinned(*page)) ++pinned;
    }
  }
  uint32_t recyclable = 0;
  for (const Link* link = recyclable_.next; link != &recyclable_;
       link = link->next) {
    if (link->next->previous != link || recyclable > pages) return false;
    ++recyclable;
  }
  return pages == page_count_ && recyclable == recyclable_count_ &&
         pinned + recyclable == pages && frames_.Verify();
}

PageCache::Page* PageCache::FromHandle(sqlite3_pcache_page* handle) noexcept {
  static_assert(offsetof(Page, handle) == 0);
  return reinterpret_cast<Page*>(handle);
}

PageCache::Page* PageCache::FromLink(Link* link) noexcept {
  return reinterpret_cast<Page*>(reinterpret_cast<char*>(link) -
                                 offsetof(Page, link));
}

bool PageCache::IsPinned(const Page& page) noexcept {
  return page.link.next == nullptr;
}

PageCache::Page* PageCache::Find(uint32_t key) const noexcept {
  Page* page = *Bucket(key);
  while (page != nullptr && page->key != key) page = page->hash_next;
  return page;
}

// A page under no key: recycled when the cache is full or the arena refuses,
// fresh otherwise.
PageCache::Page* PageCache::AcquireBlank() noexcept {
  const bool full = purgeable_ && page_count_ >= capacity_;
  Page* page = full ? OldestRecyclable() : nullptr;
  if (page == nullptr) {
    page = AllocatePage();
    if (page != nullptr) return page;
    page = OldestRecyclable();
    if (page == nullptr) return nullptr;
  }
  Pin(page);
  RemoveFromTable(page);
  return page;
}

PageCache::Page* PageCache::AllocatePage() noexcept {
  if (page_count_ >= bucket_count_) GrowTable();
  void* frame = frames_.Allocate();
  if (frame == nullptr) return nullptr;
  auto* page = new (static_cast<char*>(frame) + page_bytes_) Page{};
  page->handle.pBuf = frame;
  page->handle.pExtra = page + 1;
  return page;
}

void PageCache::FreePage(Page* page) noexcept {
  frames_.Free(page->handle.pBuf);
}

void PageCache::Drop(Page* page) noexcept {
  if (!IsPinned(*page)) Pin(page);
  RemoveFromTable(page);
  FreePage(page);
}

void PageCache::Pin(Page* page) noexcept {
  page->link.previous->next = page->link.next;
  page->link.next->previous = page->link.previous;
  page->link = {nullptr, nullptr};
  --recyclable_count_;
}

PageCache::Page* PageCache::OldestRecyclable() noexcept {
  if (recyclable_count_ == 0) return nullptr;
  return FromLink(recyclable_.previous);
}

void PageCache::EvictDownTo(uint32_t pages) noexcept {
  while (page_count_ > pages) {
    Page* page = OldestRecyclable();
    if (page == nullptr) return;
    Drop(page);
  }
}

// Doubles the hash table. When the arena refuses, the table keeps its size:
// chains grow longer and every answer stays right.
bool PageCache::GrowTable() noexcept {
  const uint32_t count =
      bucket_count_ == 0 ? kFirstBucketCount : bucket_count_ * 2;
  if (count > kMaxBucketCount) return false;
  const size_t bytes = TableBytes(count);
  auto** grown = static_cast<Page**>(AllocateIn(owner_, bytes));
  if (grown == nullptr) return false;
  std::memset(grown, 0, bytes);
  for (uint32_t i = 0; i < bucket_count_; ++i) {
    while (buckets_[i] != nullptr) {
      Page* page = buckets_[i];
      buckets_[i] = page->hash_next;
      Page** bucket = &grown[page->key & (count - 1)];
      page->hash_next = *bucket;
      *bucket = page;
    }
  }
  if (buckets_ != nullptr) {
    DeallocateIn(owner_, buckets_, TableBytes(bucket_count_));
  }
  buckets_ = grown;
  bucket_count_ = count;
  return true;
}

// SQLite numbers pages from 1 without gaps, so the low bits spread them evenly.
PageCache::Page** PageCache::Bucket(uint32_t key) const noexcept {
  return &buckets_[key & (bucket_count_ - 1)];
}

void PageCache::InsertIntoTable(Page* page) noexcept {
  Page** bucket = Bucket(page->key);
  page->hash_next = *bucket;
  *bucket = page;
  largest_key_ = std::max(largest_key_, page->key);
  ++page_count_;
}

void PageCache::RemoveFromTable(Page* page) noexcept {
  Page** position = Bucket(page->key);
  while (*position != page) position = &(*position)->hash_next;
  *position = page->hash_next;
  --page_count_;
}

void PageCache::DropFromBucket(Page** bucket, uint32_t first_key) noexcept {
  Page* page = *bucket;
  while (page != nullptr) {
    Page* next = page->hash_next;
    if (page->key >= first_key) Drop(page);
    page = next;
  }
}

}  // namespace acre::sqlite
