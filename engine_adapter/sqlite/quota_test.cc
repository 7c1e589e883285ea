// What a tenant's hard limit means to its databases, and to its neighbours'.
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/sql_transcript.h"
#include "engine_adapter/sqlite/sqlite_allocator.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::sqlite {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// An arena with one database, both used through a tcache per statement.
class TenantDatabase {
 public:
  TenantDatabase(MemoryService& service, std::string_view name,
                 uint64_t hard_limit_bytes, const std::string& setup)
      : service_(service), arena_(NewArena(service, name, hard_limit_bytes)) {
    ArenaScope scope(arena_.ref());
    connection_ = std::make_unique<Connection>(":memory:");
    EXPECT_EQ(connection_->Execute(setup), SQLITE_OK);
  }
  ~TenantDatabase() {
    connection_.reset();
    const absl::Status status = arena_.Destroy(DestroyPolicy::kFailIfAllocated);
    EXPECT_TRUE(status.ok()) << status;
  }

  int Execute(const std::string& sql) {
    Tcache tcache = arena_.OpenTcache();
    ArenaScope scope(arena_.ref(), &tcache);
    return connection_->Execute(sql);
  }

  std::string Ask(const std::string& sql) {
    Tcache tcache = arena_.OpenTcache();
    ArenaScope scope(arena_.ref(), &tcache);
    return Query(connection_->get(), sql);
  }

  stats::ArenaStatistics Statistics() const {
    stats::ArenaStatistics statistics = {};
    EXPECT_TRUE(stats::ReadArena(service_.domain(), arena_.index(),
                                 arena_.generation(), &statistics));
    return statistics;
  }

  Arena& arena() { return arena_; }
  Connection& connection() { return *connection_; }

 private:
  static Arena NewArena(MemoryService& service, std::string_view name,
                        uint64_t hard_limit_bytes) {
    ArenaOptions options;
    options.name = name;
    options.hard_limit_bytes = hard_limit_bytes;
    return std::move(service.CreateArena(options)).value();
  }

  MemoryService& service_;
  Arena arena_;
  std::unique_ptr<Connection> connection_;
};

// Adds rows of about 100 bytes each.
std::string InsertRows(int rows) {
  return "INSERT INTO t(filler) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL "
         "SELECT i + 1 FROM n WHERE i < " +
         std::to_string(rows) + ") SELECT printf('%090d', i) FROM n";
}

constexpr char kSchema[] =
    "PRAGMA temp_store = MEMORY;"
    "CREATE TABLE t(id INTEGER PRIMARY KEY, filler TEXT);"
    "CREATE INDEX t_by_filler ON t(filler);";

constexpr char kGreedySort[] =
    "SELECT count(*) FROM (SELECT a.filler || b.filler AS f FROM t a, t b "
    "ORDER BY f LIMIT -1 OFFSET 1)";

class QuotaTest : public testing::Test {
 protected:
  QuotaTest() : service_(std::move(MemoryService::Create({})).value()) {
    EXPECT_TRUE(InstallSqliteAllocator(*service_).ok());
  }
  ~QuotaTest() override {
    const absl::Status status = UninstallSqliteAllocator();
    EXPECT_TRUE(status.ok()) << status;
  }

  std::unique_ptr<MemoryService> service_;
};

TEST_F(QuotaTest, PagesAreChargedToTheDatabasesTenant) {
  TenantDatabase a(*service_, "a", 0, kSchema);
  TenantDatabase b(*service_, "b", 0, kSchema);
  const uint64_t b_before = b.Statistics().allocated;
  ASSERT_EQ(a.Execute(InsertRows(20000)), SQLITE_OK);
  const uint64_t database_bytes = std::stoull(a.Ask("PRAGMA page_count")) *
                                  std::stoull(a.Ask("PRAGMA page_size"));
  ASSERT_GT(database_bytes, 4 * kMiB);
  const uint64_t allocated = a.Statistics().allocated;
  EXPECT_GE(allocated, database_bytes);
  // Headers, hash table and the connection itself.
  EXPECT_LE(allocated, database_bytes + database_bytes / 8 + kMiB);
  EXPECT_EQ(b.Statistics().allocated, b_before);
}

TEST_F(QuotaTest, PagesFetchedByOthersAreStillTheTenants) {
  // What else a's connection allocates under b's scope lives in b's arena, so
  // b has to outlive it.
  TenantDatabase b(*service_, "b", 0, kSchema);
  TenantDatabase a(*service_, "a", 0, kSchema);
  const uint64_t b_before = b.Statistics().allocated;
  const uint64_t a_before = a.Statistics().allocated;
  {
    Tcache tcache = b.arena().OpenTcache();
    ArenaScope scope(b.arena().ref(), &tcache);
    ASSERT_EQ(a.connection().Execute(InsertRows(20000)), SQLITE_OK);
  }
  EXPECT_GT(a.Statistics().allocated, a_before + 4 * kMiB);
  EXPECT_LT(b.Statistics().allocated, b_before + kMiB);
}

TEST_F(QuotaTest, ARefusedWriteIsRolledBackAndTheConnectionLivesOn) {
  TenantDatabase tenant(*service_, "tenant", 4 * kMiB, kSchema);
  ASSERT_EQ(tenant.Execute(InsertRows(1000)), SQLITE_OK);
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(tenant.Execute(InsertRows(50000)), SQLITE_NOMEM);
    EXPECT_EQ(tenant.Ask("SELECT count(*) FROM t"), "1000");
    EXPECT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
  }
  EXPECT_GE(tenant.Statistics().refusals, 5u);
  EXPECT_LE(tenant.Statistics().charged, 4 * kMiB);
}

TEST_F(QuotaTest, ARefusedTransactionCanBeRolledBackByHand) {
  TenantDatabase tenant(*service_, "tenant", 4 * kMiB, kSchema);
  ASSERT_EQ(tenant.Execute(InsertRows(2000)), SQLITE_OK);
  ASSERT_EQ(tenant.Execute("BEGIN; UPDATE t SET filler = 'x' || filler "
                           "WHERE id <= 1000"),
            SQLITE_OK);
  EXPECT_EQ(tenant.Execute(InsertRows(50000)), SQLITE_NOMEM);
  tenant.Execute("ROLLBACK");
  EXPECT_EQ(tenant.Ask("SELECT count(*), sum(filler LIKE 'x%') FROM t"),
            "2000|0");
  EXPECT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
}

TEST_F(QuotaTest, ARefusedQueryLeavesTheDataReadable) {
  TenantDatabase tenant(*service_, "tenant", 4 * kMiB, kSchema);
  ASSERT_EQ(tenant.Execute(InsertRows(2000)), SQLITE_OK);
  for (int round = 0; round < 3; ++round) {
    EXPECT_NE(tenant.Ask(kGreedySort).find("error: 7 out of memory"),
              std::string::npos);
    EXPECT_EQ(tenant.Ask("SELECT count(*) FROM t"), "2000");
  }
  EXPECT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
}

TEST_F(QuotaTest, RaisingTheLimitLetsTheWriteThrough) {
  TenantDatabase tenant(*service_, "tenant", 4 * kMiB, kSchema);
  ASSERT_EQ(tenant.Execute(InsertRows(30000)), SQLITE_NOMEM);
  ASSERT_TRUE(tenant.arena().SetHardLimit(64 * kMiB).ok());
  EXPECT_EQ(tenant.Execute(InsertRows(30000)), SQLITE_OK);
  EXPECT_EQ(tenant.Ask("SELECT count(*) FROM t"), "30000");
  EXPECT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
}

TEST_F(QuotaTest, FreeingMakesRoomAgain) {
  TenantDatabase tenant(*service_, "tenant", 6 * kMiB, kSchema);
  void* buffer = tenant.arena().Allocate(2 * kMiB);
  ASSERT_NE(buffer, nullptr);
  while (tenant.Execute(InsertRows(500)) == SQLITE_OK) {
  }
  EXPECT_EQ(tenant.Execute(InsertRows(500)), SQLITE_NOMEM);
  tenant.arena().Deallocate(buffer);
  EXPECT_EQ(tenant.Execute(InsertRows(500)), SQLITE_OK);
  EXPECT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
}

// A refused query frees a lot into its tcache, in sizes that the next query,
// which opens the same warm tcache, does not ask for. That is no reason to
// refuse the next one.
TEST_F(QuotaTest, AFullTcacheIsGivenUpBeforeSqliteSeesARefusal) {
  TenantDatabase tenant(*service_, "tenant", 0, kSchema);
  ASSERT_EQ(tenant.Execute(InsertRows(1000)), SQLITE_OK);
  Tcache tcache = tenant.arena().OpenTcache();
  std::vector<void*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(tcache.Allocate(64 << 10));
  for (void* block : blocks) tcache.Deallocate(block);
  ASSERT_GT(tcache.cached_bytes(), kMiB / 2);
  ASSERT_TRUE(tenant.arena().Purge().ok());
  ASSERT_TRUE(tenant.arena().SetHardLimit(tenant.Statistics().charged).ok());

  ArenaScope scope(tenant.arena().ref(), &tcache);
  EXPECT_EQ(
      Query(tenant.connection().get(), "SELECT length(hex(zeroblob(100000)))"),
      "200000");
  EXPECT_EQ(tenant.connection().Execute(InsertRows(500)), SQLITE_OK);
  EXPECT_TRUE(tcache.valid());
}

// Wherever within a script of writes the memory ends, the database is intact.
TEST_F(QuotaTest, RefusalsAnywhereInAScriptLeaveAnIntactDatabase) {
  int refused = 0;
  for (uint64_t limit = kMiB; limit < 6 * kMiB; limit += kMiB / 16) {
    SCOPED_TRACE(testing::Message() << "limit " << limit);
    TenantDatabase tenant(*service_, "tenant", 0, kSchema);
    ASSERT_EQ(tenant.Execute(InsertRows(1000)), SQLITE_OK);
    ASSERT_TRUE(tenant.arena().SetHardLimit(limit).ok());
    const int code = tenant.Execute(
        "BEGIN;" + InsertRows(2000) +
        ";SAVEPOINT s; UPDATE t SET filler = filler || id;"
        "CREATE INDEX t_backwards ON t(id DESC, filler);"
        "DELETE FROM t WHERE id % 3 = 0; RELEASE s; COMMIT;"
        "VACUUM; CREATE TEMP TABLE copy AS SELECT * FROM t ORDER BY filler;");
    if (code != SQLITE_OK) {
      ASSERT_EQ(code, SQLITE_NOMEM);
      ++refused;
      tenant.Execute("ROLLBACK");
    }
    ASSERT_TRUE(tenant.arena().SetHardLimit(64 * kMiB).ok());
    ASSERT_EQ(tenant.Ask("PRAGMA integrity_check"), "ok");
    ASSERT_EQ(tenant.Execute(InsertRows(100)), SQLITE_OK);
  }
  EXPECT_GT(refused, 10);
}

TEST_F(QuotaTest, ARefusedTenantDisturbsNobody) {
  TenantDatabase greedy(*service_, "greedy", 4 * kMiB, kSchema);
  TenantDatabase modest(*service_, "modest", 8 * kMiB, kSchema);
  ASSERT_EQ(greedy.Execute(InsertRows(1000)), SQLITE_OK);
  ASSERT_EQ(modest.Execute(InsertRows(1000)), SQLITE_OK);
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(greedy.Execute(InsertRows(50000)), SQLITE_NOMEM);
    EXPECT_EQ(modest.Execute(InsertRows(100)), SQLITE_OK);
  }
  EXPECT_EQ(modest.Statistics().refusals, 0u);
  EXPECT_EQ(modest.Ask("SELECT count(*) FROM t"), "2000");
  EXPECT_EQ(modest.Ask("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace acre::sqlite
