// The page cache against a plain model of what SQLite expects from one.
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/page_cache.h"
#include "gtest/gtest.h"

namespace acre::sqlite {
namespace {

constexpr int kPageBytes = 4096;
constexpr int kExtraBytes = 216;

// What the cache promises, written as plainly as possible.
class ModelCache {
 public:
  explicit ModelCache(bool purgeable) : purgeable_(purgeable) {}

  struct Entry {
    uint32_t stamp = 0;
    bool pinned = true;
  };

  // Null when the fetch gives nothing; `created` says whether it is new.
  Entry* Fetch(uint32_t key, FetchMode mode, bool* created) {
    *created = false;
    if (auto it = pages_.find(key); it != pages_.end()) {
      if (!it->second.pinned) recency_.remove(key);
      it->second.pinned = true;
      return &it->second;
    }
    if (mode == FetchMode::kFindOnly) return nullptr;
    const size_t pinned = pages_.size() - recency_.size();
    if (mode == FetchMode::kCreateIfEasy && purgeable_ &&
        pinned >= capacity_ * 9 / 10) {
      return nullptr;
    }
    if (purgeable_ && pages_.size() >= capacity_) EvictOldest();
    *created = true;
    return &pages_[key];
  }
  void Unpin(uint32_t key, bool discard) {
    if (discard || (purgeable_ && pages_.size() > capacity_)) {
      pages_.erase(key);
    } else {
      pages_[key].pinned = false;
      recency_.push_front(key);
    }
  }
  void Rekey(uint32_t old_key, uint32_t new_key) {
    if (old_key == new_key) return;
    recency_.remove(new_key);
    pages_[new_key] = pages_[old_key];
    pages_.erase(old_key);
  }
  void Truncate(uint32_t first_key) {
    pages_.erase(pages_.lower_bound(first_key), pages_.end());
    recency_.remove_if([&](uint32_t key) { return key >= first_key; });
  }
  void SetCapacity(size_t pages) {
    capacity_ = pages;
    while (pages_.size() > capacity_ && EvictOldest()) {
    }
  }
  void Shrink() {
    while (EvictOldest()) {
    }
  }
  const std::map<uint32_t, Entry>& pages() const { return pages_; }

 private:
  bool EvictOldest() {
    if (recency_.empty()) return false;
    pages_.erase(recency_.back());
    recency_.pop_back();
    return true;
  }

  const bool purgeable_;
  size_t capacity_ = 0;
  std::map<uint32_t, Entry> pages_;
  std::list<uint32_t> recency_;  // most recent first
};

// Drives a cache and its model through the same random calls.
class ModelRun {
 public:
  ModelRun(PageCache& cache, bool purgeable, uint32_t seed)
      : cache_(cache), purgeable_(purgeable), model_(purgeable), random_(seed) {
    SetCapacity();
  }

  void Step() {
    switch (Draw(32)) {
      case 0:
        return SetCapacity();
      case 1:
        return Truncate();
      case 2:
        if (Draw(8) == 0) {
          cache_.Shrink();
          model_.Shrink();
        }
        return;
      case 3:
        return Rekey();
      default:
        return Draw(2) == 0 ? Fetch() : Unpin();
    }
  }

  void CheckCounts() {
    ASSERT_EQ(cache_.page_count(), static_cast<int>(model_.pages().size()));
    ASSERT_TRUE(cache_.Verify());
    ASSERT_EQ(held_.size(), PinnedInModel());
  }

 private:
  uint32_t Draw(uint32_t bound) { return random_() % bound; }
  uint32_t DrawKey() { return 1 + Draw(Draw(4) == 0 ? 2000 : 60); }

  void SetCapacity() {
    const uint32_t pages = Draw(80);
    cache_.SetCapacity(static_cast<int>(pages));
    model_.SetCapacity(pages);
  }

  void Truncate() {
    const uint32_t first = Draw(3) == 0 ? DrawKey() : 40 + Draw(2000);
    cache_.Truncate(first);
    model_.Truncate(first);
    held_.erase(held_.lower_bound(first), held_.end());
  }

  void Fetch() {
    const uint32_t key = DrawKey();
    const auto mode = static_cast<FetchMode>(Draw(3));
    bool created = false;
    ModelCache::Entry* expected = model_.Fetch(key, mode, &created);
    sqlite3_pcache_page* page = cache_.Fetch(key, mode);
    ASSERT_EQ(page != nullptr, expected != nullptr) << "key " << key;
    if (page == nullptr) return;
    auto* stamp = static_cast<uint32_t*>(page->pBuf);
    auto* extra = static_cast<uint32_t*>(page->pExtra);
    if (created) {
      ASSERT_EQ(*extra, 0u);
      expected->stamp = *stamp = *extra = ++stamps_;
    }
    ASSERT_EQ(*stamp, expected->stamp);
    ASSERT_EQ(*extra, expected->stamp);
    held_[key] = page;
  }

  void Unpin() {
    if (held_.empty()) return;
    auto it = std::next(held_.begin(), Draw(held_.size()));
    // SQLite only ever discards from a cache that is not purgeable.
    const bool discard = !purgeable_ || Draw(6) == 0;
    cache_.Unpin(it->second, discard);
    model_.Unpin(it->first, discard);
    held_.erase(it);
  }

  void Rekey() {
    if (held_.empty()) return;
    auto it = std::next(held_.begin(), Draw(held_.size()));
    const uint32_t new_key = DrawKey();
    if (held_.contains(new_key)) return;
    cache_.Rekey(it->second, it->first, new_key);
    model_.Rekey(it->first, new_key);
    sqlite3_pcache_page* page = it->second;
    held_.erase(it);
    held_[new_key] = page;
  }

  size_t PinnedInModel() const {
    size_t pinned = 0;
    for (const auto& [key, entry] : model_.pages()) pinned += entry.pinned;
    return pinned;
  }

  PageCache& cache_;
  const bool purgeable_;
  ModelCache model_;
  std::mt19937 random_;
  std::map<uint32_t, sqlite3_pcache_page*> held_;
  uint32_t stamps_ = 0;
};

std::unique_ptr<MemoryService> NewService() {
  return std::move(MemoryService::Create({})).value();
}

Arena NewArena(MemoryService& service, uint64_t hard_limit_bytes) {
  ArenaOptions options;
  options.name = "tenant";
  options.hard_limit_bytes = hard_limit_bytes;
  return std::move(service.CreateArena(options)).value();
}

TEST(PageCacheModelTest, AgreesWithAModelUnderRandomCalls) {
  std::unique_ptr<MemoryService> service = NewService();
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const bool purgeable = seed % 4 != 0;
    Arena arena = NewArena(*service, 0);
    PageCache* cache =
        PageCache::Create(arena.ref(), kPageBytes, kExtraBytes, purgeable);
    ASSERT_NE(cache, nullptr);
    ModelRun run(*cache, purgeable, seed);
    for (int step = 0; step < 5000; ++step) {
      run.Step();
      if (step % 50 == 0) run.CheckCounts();
      if (testing::Test::HasFatalFailure()) return;
    }
    cache->Destroy();
    const absl::Status status = arena.Destroy(DestroyPolicy::kFailIfAllocated);
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(PageCacheModelTest, KeepsPinnedPagesThroughRandomRefusals) {
  std::unique_ptr<MemoryService> service = NewService();
  Arena arena = NewArena(*service, 1 << 20);
  PageCache* cache =
      PageCache::Create(arena.ref(), kPageBytes, kExtraBytes, true);
  ASSERT_NE(cache, nullptr);
  cache->SetCapacity(1000);
  std::mt19937 random(7);
  std::map<uint32_t, sqlite3_pcache_page*> held;
  int refused = 0;
  for (int step = 0; step < 20000; ++step) {
    const uint32_t key = 1 + random() % 600;
    if (auto it = held.find(key); it != held.end()) {
      ASSERT_EQ(*static_cast<uint32_t*>(it->second->pBuf), key);
      if (random() % 3 != 0) {
        cache->Unpin(it->second, random() % 2 == 0);
        held.erase(it);
      }
    } else if (auto* page = cache->Fetch(key, FetchMode::kCreate)) {
      *static_cast<uint32_t*>(page->pBuf) = key;
      held[key] = page;
    } else {
      ++refused;
    }
    ASSERT_TRUE(step % 100 != 0 || cache->Verify());
  }
  EXPECT_GT(refused, 0);
  cache->Destroy();
}

}  // namespace
}  // namespace acre::sqlite
