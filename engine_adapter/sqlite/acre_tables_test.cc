#include "engine_adapter/sqlite/acre_tables.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/sql_transcript.h"
#include "gtest/gtest.h"
#include "stats/arena_statistics.h"

namespace acre::sqlite {
namespace {

class AcreTablesTest : public testing::Test {
 protected:
  AcreTablesTest()
      : service_(std::move(MemoryService::Create({})).value()),
        connection_(":memory:") {
    EXPECT_TRUE(RegisterAcreTables(connection_.get(), *service_).ok());
  }

  Arena NewArena(std::string_view name, uint64_t hard_limit_bytes = 0) {
    ArenaOptions options;
    options.name = name;
    options.hard_limit_bytes = hard_limit_bytes;
    return std::move(service_->CreateArena(options)).value();
  }

  std::string Ask(const std::string& sql) {
    return Query(connection_.get(), sql);
  }

  std::unique_ptr<MemoryService> service_;
  Connection connection_;
};

TEST_F(AcreTablesTest, ListsEveryLiveArena) {
  Arena a = NewArena("tenant-a");
  {
    Arena gone = NewArena("tenant-gone");
    EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name LIKE 'tenant%'"),
              "2");
  }
  Arena b = NewArena("tenant-b");
  EXPECT_EQ(Ask("SELECT name FROM acre_arenas WHERE name LIKE 'tenant-%' "
                "ORDER BY name"),
            "tenant-a\ntenant-b");
  EXPECT_EQ(Ask("SELECT arena_index FROM acre_arenas WHERE name = 'tenant-b'"),
            std::to_string(b.index()));
}

TEST_F(AcreTablesTest, HasAColumnForEveryFigure) {
  std::string arenas = "name\narena_index\ngeneration";
  for (const auto& field : stats::kArenaFields) {
    arenas += "\n" + std::string(field.name);
  }
  EXPECT_EQ(Ask("SELECT name FROM pragma_table_info('acre_arenas')"), arenas);
  std::string bins = "name";
  for (const auto& field : stats::kBinFields) {
    bins += "\n" + std::string(field.name);
  }
  EXPECT_EQ(Ask("SELECT name FROM pragma_table_info('acre_bins')"), bins);
}

TEST_F(AcreTablesTest, ShowsTheFiguresOfTheSnapshot) {
  Arena arena = NewArena("tenant", 1 << 20);
  std::vector<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(arena.Allocate(100));
  while (void* block = arena.Allocate(64 << 10)) blocks.push_back(block);
  stats::ArenaStatistics expected;
  ASSERT_TRUE(stats::ReadArena(service_->domain(), arena.index(),
                               arena.generation(), &expected));
  ASSERT_GT(expected.refusals, 0u);
  ASSERT_GE(expected.allocated, 100 * 112u);
  for (const auto& field : stats::kArenaFields) {
    EXPECT_EQ(Ask("SELECT " + std::string(field.name) +
                  " FROM acre_arenas WHERE name = 'tenant'"),
              std::to_string(expected.*field.member))
        << field.name;
  }
  for (void* block : blocks) arena.Deallocate(block);
}

TEST_F(AcreTablesTest, ShowsTheBinsOfAnArena) {
  Arena arena = NewArena("tenant");
  Arena other = NewArena("other");
  void* small = arena.Allocate(100);
  void* larger = arena.Allocate(1000);
  void* of_other = other.Allocate(100);
  EXPECT_EQ(Ask("SELECT size, regions_out FROM acre_bins "
                "WHERE name = 'tenant' ORDER BY size"),
            "112|1\n1024|1");
  EXPECT_EQ(Ask("SELECT name FROM acre_bins WHERE size = 112 AND "
                "regions_out = 1 AND name IN ('tenant', 'other') "
                "ORDER BY name"),
            "other\ntenant");
  // Every arena's slabs are those of its bins.
  EXPECT_EQ(Ask("SELECT a.name FROM acre_arenas a WHERE a.slabs <> "
                "(SELECT coalesce(sum(slabs), 0) FROM acre_bins b "
                "WHERE b.name = a.name)"),
            "");
  EXPECT_EQ(Ask("SELECT count(*) = count(DISTINCT rowid) FROM acre_bins"), "1");
  arena.Deallocate(small);
  arena.Deallocate(larger);
  other.Deallocate(of_other);
}

TEST_F(AcreTablesTest, ANameIsLookedUp) {
  Arena arena = NewArena("tenant");
  EXPECT_NE(Ask("EXPLAIN QUERY PLAN SELECT * FROM acre_arenas "
                "WHERE name = 'tenant'")
                .find("VIRTUAL TABLE INDEX 1"),
            std::string::npos);
  EXPECT_NE(Ask("EXPLAIN QUERY PLAN SELECT * FROM acre_arenas")
                .find("VIRTUAL TABLE INDEX 0"),
            std::string::npos);
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name = 'tenant'"), "1");
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name = 'TENANT'"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name = NULL"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name = ''"), "0");
  EXPECT_EQ(Ask("SELECT count(*) FROM acre_arenas WHERE name = 7"), "0");
  EXPECT_EQ(
      Ask("SELECT count(*) FROM acre_arenas WHERE name = 'TENANT' COLLATE "
          "NOCASE"),
      "1");
}

TEST_F(AcreTablesTest, CannotBeWritten) {
  EXPECT_EQ(Ask("DELETE FROM acre_arenas"),
            "error: 1 table acre_arenas may not be modified");
  EXPECT_EQ(Ask("UPDATE acre_bins SET slabs = 0"),
            "error: 1 table acre_bins may not be modified");
  EXPECT_EQ(Ask("CREATE VIRTUAL TABLE copy USING acre_arenas"),
            "error: 1 no such module: acre_arenas");
}

TEST_F(AcreTablesTest, SkipsAnArenaDestroyedWhileBeingRead) {
  auto first = std::make_unique<Arena>(NewArena("tenant-1"));
  auto second = std::make_unique<Arena>(NewArena("tenant-2"));
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(
      sqlite3_prepare_v2(connection_.get(), "SELECT name FROM acre_arenas", -1,
                         &statement, nullptr),
      SQLITE_OK);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  first.reset();
  second.reset();
  int rest = 0;
  while (sqlite3_step(statement) == SQLITE_ROW) ++rest;
  EXPECT_EQ(rest, 0);
  sqlite3_finalize(statement);
}

TEST(AcreTablesOnOpenTest, EveryConnectionHasTheTables) {
  std::unique_ptr<MemoryService> service =
      std::move(MemoryService::Create({})).value();
  std::unique_ptr<MemoryService> other =
      std::move(MemoryService::Create({})).value();
  ASSERT_TRUE(RegisterAcreTablesOnOpen(*service).ok());
  EXPECT_TRUE(RegisterAcreTablesOnOpen(*service).ok());
  EXPECT_EQ(RegisterAcreTablesOnOpen(*other).code(),
            absl::StatusCode::kAlreadyExists);
  for (int i = 0; i < 3; ++i) {
    Connection connection(":memory:");
    EXPECT_EQ(Query(connection.get(), "SELECT count(*) > 0 FROM acre_arenas"),
              "1");
    EXPECT_EQ(Query(connection.get(), "SELECT count(*) >= 0 FROM acre_bins"),
              "1");
  }
  CancelAcreTablesOnOpen();
  CancelAcreTablesOnOpen();
  Connection connection(":memory:");
  EXPECT_EQ(Query(connection.get(), "SELECT * FROM acre_arenas"),
            "error: 1 no such table: acre_arenas");
}

}  // namespace
}  // namespace acre::sqlite
