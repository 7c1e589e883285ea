#include "stats/tcache_statistics.h"

#include <array>
#include <string>

#include "allocator/arena/domain_test_fixture.h"
#include "allocator/base/clock.h"
#include "allocator/cache/tcache.h"
#include "gtest/gtest.h"
#include "stats/lock_statistics.h"

namespace acre::stats {
namespace {

using allocator::Arena;
using allocator::Tcache;

class TcacheStatisticsTest : public allocator::DomainTest {
 protected:
  static Tcache Open(Arena* arena) {
    return Tcache(arena, arena->cache_generation.load());
  }
  // Until the coarse clock has moved on.
  static void Wait() {
    const uint64_t since = allocator::SystemClock::CoarseNow();
    while (allocator::SystemClock::CoarseNow() == since) {
    }
  }
};

TEST_F(TcacheStatisticsTest, ListsOpenOnesFirstAndTheOldestOfThem) {
  Arena* a = NewArena({.name = "a"});
  Arena* b = NewArena({.name = "b"});
  Tcache old = Open(a);
  Tcache young = Open(b);
  Tcache parked = Open(a);
  Tcache unused = Open(a);
  void* p = old.Allocate(100);
  Wait();
  void* q = parked.Allocate(200);
  Wait();
  void* r = young.Allocate(300);
  const uint64_t held = old.CachedBytes();
  parked.Close();

  std::array<TcacheStatistics, 8> rows;
  TcacheCounts counts = ReadTcaches(*domain_, nullptr, rows);
  ASSERT_EQ(counts.written, 3u);
  EXPECT_EQ(counts.open, 2u);
  EXPECT_EQ(counts.parked, 1u);
  EXPECT_EQ(std::string(rows[0].arena), "a");
  EXPECT_EQ(rows[0].bytes, held);
  EXPECT_EQ(rows[0].regions, held / 112);
  EXPECT_FALSE(rows[0].parked);
  EXPECT_EQ(std::string(rows[1].arena), "b");
  EXPECT_GT(rows[0].age_ns, rows[1].age_ns);
  EXPECT_NE(rows[0].id, rows[1].id);
  EXPECT_TRUE(rows[2].parked);

  counts = ReadTcaches(*domain_, b, rows);
  EXPECT_EQ(counts.written, 1u);
  counts = ReadTcaches(*domain_, nullptr, std::span(rows).first(1));
  EXPECT_EQ(counts.written, 1u);
  EXPECT_EQ(counts.open, 2u);
  EXPECT_EQ(std::string(rows[0].arena), "a");
  counts = ReadTcaches(*domain_, nullptr, {});
  EXPECT_EQ(counts.written, 0u);
  EXPECT_EQ(counts.open, 2u);

  // What a query takes into use again is new.
  Wait();
  Tcache again = Open(a);
  void* s = again.Allocate(200);
  counts = ReadTcaches(*domain_, a, rows);
  ASSERT_EQ(counts.written, 2u);
  EXPECT_EQ(counts.parked, 0u);
  EXPECT_GT(rows[0].age_ns, rows[1].age_ns);
  for (void* ptr : {p, q, r, s}) domain_->Free(ptr);
  for (Tcache* tcache : {&old, &young, &again, &unused}) tcache->Close();
}

TEST_F(TcacheStatisticsTest, LocksTellHowOftenTheyWereTaken) {
  Arena* arena = NewArena({.name = "busy"});
  for (int i = 0; i < 100; ++i) domain_->Free(arena->Allocate(100));
  std::array<LockStatistics, 256> rows;
  const size_t n = ReadLocks(*domain_, rows);
  bool found = false;
  for (size_t i = 0; i < n; ++i) {
    if (i > 0) {
      EXPECT_GE(rows[i - 1].wait_ns, rows[i].wait_ns);
    }
    if (rows[i].name == "bin" && std::string(rows[i].arena) == "busy") {
      found = true;
      EXPECT_EQ(rows[i].size_class, 112u);
      EXPECT_GE(rows[i].acquisitions, 200u);
    }
  }
  EXPECT_TRUE(found);
  domain_->ForgetLockCounts();
  EXPECT_EQ(ReadLocks(*domain_, std::span(rows).first(0)), 0u);
  const size_t after = ReadLocks(*domain_, rows);
  for (size_t i = 0; i < after; ++i) EXPECT_LT(rows[i].acquisitions, 100u);
}

}  // namespace
}  // namespace acre::stats
