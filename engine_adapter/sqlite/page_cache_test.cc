#include "engine_adapter/sqlite/page_cache.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre::sqlite {
namespace {

constexpr int kPageBytes = 4096;
constexpr int kExtraBytes = 216;
constexpr bool kKeep = false;
constexpr bool kDiscard = true;

struct DestroyCache {
  void operator()(PageCache* cache) const { cache->Destroy(); }
};
using CachePtr = std::unique_ptr<PageCache, DestroyCache>;

class PageCacheTest : public testing::Test {
 protected:
  PageCacheTest() : service_(MemoryService::Create({}).value()) {}

  CachePtr NewCache(ArenaRef owner, int capacity, bool purgeable = true) {
    CachePtr cache(
        PageCache::Create(owner, kPageBytes, kExtraBytes, purgeable));
    if (cache != nullptr) cache->SetCapacity(capacity);
    return cache;
  }

  CachePtr NewCache(int capacity, bool purgeable = true) {
    return NewCache(service_->system_arena(), capacity, purgeable);
  }

  Arena NewArena(std::string_view name, uint64_t hard_limit_bytes) {
    ArenaOptions options;
    options.name = name;
    options.hard_limit_bytes = hard_limit_bytes;
    return std::move(service_->CreateArena(options)).value();
  }

  std::unique_ptr<MemoryService> service_;
};

sqlite3_pcache_page* FetchNew(PageCache& cache, uint32_t key) {
  sqlite3_pcache_page* page = cache.Fetch(key, FetchMode::kCreate);
  if (page != nullptr) {
    std::memset(page->pBuf, 0x40 + static_cast<int>(key % 64), kPageBytes);
  }
  return page;
}

TEST_F(PageCacheTest, FindOnlyNeverCreates) {
  CachePtr cache = NewCache(10);
  EXPECT_EQ(cache->Fetch(1, FetchMode::kFindOnly), nullptr);
  EXPECT_EQ(cache->page_count(), 0);
}

TEST_F(PageCacheTest, NewPageHasZeroedExtraEvenWhenRecycled) {
  CachePtr cache = NewCache(1);
  sqlite3_pcache_page* page = FetchNew(*cache, 1);
  std::memset(page->pExtra, 0xff, kExtraBytes);
  cache->Unpin(page, kKeep);
  sqlite3_pcache_page* recycled = cache->Fetch(2, FetchMode::kCreate);
  ASSERT_EQ(recycled, page);
  const std::vector<char> zeros(kExtraBytes, 0);
  EXPECT_EQ(std::memcmp(recycled->pExtra, zeros.data(), kExtraBytes), 0);
}

TEST_F(PageCacheTest, FetchAgainKeepsContentAndExtra) {
  CachePtr cache = NewCache(10);
  sqlite3_pcache_page* page = FetchNew(*cache, 7);
  std::memset(page->pExtra, 0x11, kExtraBytes);
  cache->Unpin(page, kKeep);
  sqlite3_pcache_page* again = cache->Fetch(7, FetchMode::kFindOnly);
  ASSERT_EQ(again, page);
  EXPECT_EQ(static_cast<char*>(again->pBuf)[kPageBytes - 1], 0x47);
  EXPECT_EQ(static_cast<char*>(again->pExtra)[kExtraBytes - 1], 0x11);
}

// SQLite 3.40 takes a cell that starts where a page ends for corruption.
TEST_F(PageCacheTest, NothingElseStartsWhereAPageEnds) {
  CachePtr cache = NewCache(100);
  for (uint32_t key = 1; key <= 90; ++key) {
    sqlite3_pcache_page* page = FetchNew(*cache, key);
    const auto end = reinterpret_cast<uintptr_t>(page->pBuf) + kPageBytes;
    const auto header = reinterpret_cast<uintptr_t>(page);
    EXPECT_EQ(header, end) << "the page's own header does";
  }
}

TEST_F(PageCacheTest, RecyclesTheLeastRecentlyUsedPage) {
  CachePtr cache = NewCache(3);
  for (uint32_t key : {1, 2, 3}) cache->Unpin(FetchNew(*cache, key), kKeep);
  cache->Unpin(cache->Fetch(1, FetchMode::kFindOnly), kKeep);
  cache->Unpin(FetchNew(*cache, 4), kKeep);
  EXPECT_EQ(cache->page_count(), 3);
  EXPECT_EQ(cache->Fetch(2, FetchMode::kFindOnly), nullptr);
  EXPECT_NE(cache->Fetch(1, FetchMode::kFindOnly), nullptr);
}

TEST_F(PageCacheTest, CreateIfEasyDeclinesOnceNineTenthsArePinned) {
  CachePtr cache = NewCache(10);
  for (uint32_t key = 1; key <= 9; ++key) FetchNew(*cache, key);
  EXPECT_EQ(cache->Fetch(10, FetchMode::kCreateIfEasy), nullptr);
  EXPECT_NE(cache->Fetch(10, FetchMode::kCreate), nullptr);
  EXPECT_NE(cache->Fetch(9, FetchMode::kCreateIfEasy), nullptr);
}

TEST_F(PageCacheTest, CapacityBindsOnlyPurgeableCaches) {
  CachePtr cache = NewCache(2, /*purgeable=*/false);
  for (uint32_t key = 1; key <= 8; ++key) {
    EXPECT_NE(cache->Fetch(key, FetchMode::kCreateIfEasy), nullptr);
  }
  EXPECT_EQ(cache->page_count(), 8);
}

TEST_F(PageCacheTest, UnpinAboveCapacityFreesThePage) {
  CachePtr cache = NewCache(2);
  std::vector<sqlite3_pcache_page*> pages;
  for (uint32_t key = 1; key <= 4; ++key) {
    pages.push_back(FetchNew(*cache, key));
  }
  for (sqlite3_pcache_page* page : pages) cache->Unpin(page, kKeep);
  EXPECT_EQ(cache->page_count(), 2);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, DiscardFreesThePageAtOnce) {
  CachePtr cache = NewCache(10);
  cache->Unpin(FetchNew(*cache, 1), kKeep);
  cache->Unpin(FetchNew(*cache, 2), kDiscard);
  EXPECT_EQ(cache->page_count(), 1);
  EXPECT_EQ(cache->Fetch(2, FetchMode::kFindOnly), nullptr);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, RekeyDropsThePageThatHeldTheKey) {
  CachePtr cache = NewCache(10);
  cache->Unpin(FetchNew(*cache, 5), kKeep);
  sqlite3_pcache_page* page = FetchNew(*cache, 1);
  cache->Rekey(page, 1, 5);
  EXPECT_EQ(cache->page_count(), 1);
  EXPECT_EQ(cache->Fetch(5, FetchMode::kFindOnly), page);
  EXPECT_EQ(cache->Fetch(1, FetchMode::kFindOnly), nullptr);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, TruncateDropsPinnedPagesToo) {
  CachePtr cache = NewCache(1000);
  for (uint32_t key = 1; key <= 500; ++key) {
    sqlite3_pcache_page* page = FetchNew(*cache, key);
    if (key % 2 == 0) cache->Unpin(page, kKeep);
  }
  cache->Truncate(490);
  EXPECT_EQ(cache->page_count(), 489);
  cache->Truncate(10);
  EXPECT_EQ(cache->page_count(), 9);
  EXPECT_TRUE(cache->Verify());
  EXPECT_NE(cache->Fetch(9, FetchMode::kFindOnly), nullptr);
}

TEST_F(PageCacheTest, SparseKeysUpToTheLargestCanBeTruncated) {
  CachePtr cache = NewCache(1000);
  for (uint32_t key : {1u, 77u, 0xfffffffeu, 0xffffffffu}) {
    FetchNew(*cache, key);
  }
  cache->Truncate(0xffffffffu);
  EXPECT_EQ(cache->page_count(), 3);
  cache->Truncate(78);
  EXPECT_EQ(cache->page_count(), 2);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, ShrinkFreesRecyclablePagesOnly) {
  CachePtr cache = NewCache(100);
  for (uint32_t key = 1; key <= 20; ++key) {
    sqlite3_pcache_page* page = FetchNew(*cache, key);
    if (key > 5) cache->Unpin(page, kKeep);
  }
  cache->Shrink();
  EXPECT_EQ(cache->page_count(), 5);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, EverythingComesFromTheOwnerWhoeverFetches) {
  Arena owner = NewArena("owner", 0);
  Arena other = NewArena("other", 0);
  CachePtr cache = NewCache(owner.ref(), 100);
  const uint64_t owner_before = owner.charged_bytes();
  std::thread([&] {
    Tcache tcache = other.OpenTcache();
    ArenaScope scope(other.ref(), &tcache);
    for (uint32_t key = 1; key <= 90; ++key) {
      ASSERT_NE(FetchNew(*cache, key), nullptr);
    }
  }).join();
  EXPECT_GE(owner.charged_bytes(), owner_before + uint64_t{90} * kPageBytes);
  EXPECT_TRUE(other.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  EXPECT_FALSE(owner.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  cache.reset();
  EXPECT_TRUE(owner.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

TEST_F(PageCacheTest, RefusedFetchRecyclesBelowCapacity) {
  Arena arena = NewArena("small", 1 << 20);
  CachePtr cache = NewCache(arena.ref(), 100000);
  uint32_t created = 0;
  while (sqlite3_pcache_page* page = FetchNew(*cache, created + 1)) {
    ++created;
    if (created <= 3) cache->Unpin(page, kKeep);
    ASSERT_LT(created, 1000u);
  }
  // The three recyclable pages were taken before the refusal came through.
  EXPECT_EQ(cache->page_count(), static_cast<int>(created) - 3);
  for (uint32_t key = 1; key <= 3; ++key) {
    EXPECT_EQ(cache->Fetch(key, FetchMode::kFindOnly), nullptr);
  }
  EXPECT_NE(cache->Fetch(4, FetchMode::kFindOnly), nullptr);
  EXPECT_TRUE(cache->Verify());
}

TEST_F(PageCacheTest, CreateInAFullArenaIsRefusedAndLeaksNothing) {
  Arena arena = NewArena("full", 1 << 20);
  std::vector<void*> blocks;
  for (size_t size : {size_t{65536}, size_t{4096}, size_t{512}, size_t{8}}) {
    while (void* block = arena.Allocate(size)) blocks.push_back(block);
  }
  EXPECT_EQ(NewCache(arena.ref(), 10), nullptr);
  for (void* block : blocks) arena.Deallocate(block);
  EXPECT_NE(NewCache(arena.ref(), 10), nullptr);
  EXPECT_TRUE(arena.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

}  // namespace
}  // namespace acre::sqlite
