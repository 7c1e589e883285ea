#include "engine_adapter/sqlite/sqlite_allocator.h"

#include <sqlite3.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/memory_methods.h"
#include "engine_adapter/sqlite/sql_transcript.h"
#include "gtest/gtest.h"

namespace acre::sqlite {
namespace {

std::unique_ptr<MemoryService> NewService() {
  return std::move(MemoryService::Create({})).value();
}

class SqliteAllocatorTest : public testing::Test {
 protected:
  SqliteAllocatorTest() : service_(NewService()) {
    EXPECT_TRUE(InstallSqliteAllocator(*service_).ok());
  }
  ~SqliteAllocatorTest() override {
    const absl::Status status = UninstallSqliteAllocator();
    EXPECT_TRUE(status.ok()) << status;
  }

  Arena NewArena(std::string_view name) {
    ArenaOptions options;
    options.name = name;
    return std::move(service_->CreateArena(options)).value();
  }

  std::string OwnerOf(const void* ptr) {
    const std::optional<ArenaRef> owner = service_->ArenaOf(ptr);
    return owner.has_value() ? std::string(owner->name()) : "nobody";
  }

  std::unique_ptr<MemoryService> service_;
};

TEST(InstallTest, TooLateIsAnErrorThatSaysWhatToDo) {
  std::unique_ptr<MemoryService> service = NewService();
  ASSERT_EQ(sqlite3_initialize(), SQLITE_OK);
  const absl::Status status = InstallSqliteAllocator(*service);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("already initialized"), std::string::npos)
      << status;
  EXPECT_NE(status.message().find("before the first connection"),
            std::string::npos)
      << status;
  ASSERT_EQ(sqlite3_shutdown(), SQLITE_OK);
  EXPECT_TRUE(InstallSqliteAllocator(*service).ok());
  EXPECT_TRUE(UninstallSqliteAllocator().ok());
}

TEST(InstallTest, TwiceIsAnErrorAndChangesNothing) {
  std::unique_ptr<MemoryService> first = NewService();
  std::unique_ptr<MemoryService> second = NewService();
  ASSERT_TRUE(InstallSqliteAllocator(*first).ok());
  EXPECT_EQ(InstallSqliteAllocator(*second).code(),
            absl::StatusCode::kAlreadyExists);
  void* block = sqlite3_malloc(100);
  EXPECT_TRUE(first->ArenaOf(block).has_value());
  sqlite3_free(block);
  EXPECT_TRUE(UninstallSqliteAllocator().ok());
}

TEST(InstallTest, UninstallGivesSqliteItsOwnAllocatorBack) {
  EXPECT_EQ(UninstallSqliteAllocator().code(),
            absl::StatusCode::kFailedPrecondition);
  std::unique_ptr<MemoryService> service = NewService();
  ASSERT_TRUE(InstallSqliteAllocator(*service).ok());
  ASSERT_TRUE(UninstallSqliteAllocator().ok());
  Connection connection(":memory:");
  void* block = sqlite3_malloc(100);
  EXPECT_FALSE(service->ArenaOf(block).has_value());
  EXPECT_GT(sqlite3_memory_used(), 100);
  sqlite3_free(block);
}

TEST(InstallTest, UninstallWaitsUntilEveryDatabaseIsClosed) {
  ASSERT_EQ(sqlite3_shutdown(), SQLITE_OK);
  std::unique_ptr<MemoryService> service = NewService();
  ASSERT_TRUE(InstallSqliteAllocator(*service).ok());
  {
    Connection connection(":memory:");
    const absl::Status status = UninstallSqliteAllocator();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_NE(status.message().find("1 page cache"), std::string::npos)
        << status;
    EXPECT_EQ(Query(connection.get(), "SELECT 1 + 1"), "2");
  }
  EXPECT_TRUE(UninstallSqliteAllocator().ok());
}

TEST(InstallTest, MemoryStatusIsCountedOnRequest) {
  std::unique_ptr<MemoryService> service = NewService();
  SqliteAllocatorOptions options;
  options.memory_status = true;
  ASSERT_TRUE(InstallSqliteAllocator(*service, options).ok());
  void* block = sqlite3_malloc(1000);
  EXPECT_EQ(sqlite3_memory_used(), 1024);
  sqlite3_free(block);
  EXPECT_EQ(sqlite3_memory_used(), 0);
  EXPECT_TRUE(UninstallSqliteAllocator().ok());
}

TEST_F(SqliteAllocatorTest, SizesAndRoundingsAgreeExactly) {
  const sqlite3_mem_methods methods = MemoryMethods();
  ASSERT_EQ(sqlite3_initialize(), SQLITE_OK);
  for (int bytes = 1; bytes < 3'000'000; bytes += 1 + bytes / 13) {
    const int rounded = methods.xRoundup(bytes);
    ASSERT_GE(rounded, bytes);
    ASSERT_EQ(rounded % 8, 0);
    ASSERT_EQ(methods.xRoundup(rounded), rounded);
    for (int asked : {bytes, rounded}) {
      void* block = methods.xMalloc(asked);
      ASSERT_EQ(methods.xSize(block), rounded);
      std::memset(block, 0x5a, static_cast<size_t>(rounded));
      methods.xFree(block);
    }
  }
}

TEST_F(SqliteAllocatorTest, LargestSizesStayWithinAnInt) {
  const sqlite3_mem_methods methods = MemoryMethods();
  for (int bytes : {0x6fffffff, 0x70000001, 0x7ffffeff}) {
    EXPECT_GE(methods.xRoundup(bytes), bytes);
    EXPECT_EQ(methods.xRoundup(bytes) % 8, 0);
  }
}

TEST_F(SqliteAllocatorTest, TheScopeInForceSaysWhoPays) {
  Arena a = NewArena("a");
  Arena b = NewArena("b");
  void* of_system = sqlite3_malloc(100);
  void* of_a = nullptr;
  void* of_b = nullptr;
  void* of_a_again = nullptr;
  {
    ArenaScope outer(a.ref());
    of_a = sqlite3_malloc(100);
    {
      Tcache tcache = b.OpenTcache();
      ArenaScope inner(b.ref(), &tcache);
      of_b = sqlite3_malloc(100);
    }
    of_a_again = sqlite3_malloc(100);
  }
  EXPECT_EQ(OwnerOf(of_system), service_->system_arena().name());
  EXPECT_EQ(OwnerOf(of_a), "a");
  EXPECT_EQ(OwnerOf(of_b), "b");
  EXPECT_EQ(OwnerOf(of_a_again), "a");
  // Freed from another thread, under a scope of somebody else.
  std::thread([&] {
    Tcache tcache = a.OpenTcache();
    ArenaScope scope(a.ref(), &tcache);
    for (void* block : {of_system, of_a, of_b, of_a_again}) sqlite3_free(block);
  }).join();
  EXPECT_TRUE(a.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  EXPECT_TRUE(b.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

TEST_F(SqliteAllocatorTest, AResizedBlockStaysWithItsOwner) {
  Arena a = NewArena("a");
  Arena b = NewArena("b");
  void* block = nullptr;
  {
    ArenaScope scope(a.ref());
    block = sqlite3_malloc(100);
    std::memset(block, 0x33, 100);
  }
  for (int bytes : {200, 50, 5000, 100000, 3000000, 20}) {
    Tcache tcache = b.OpenTcache();
    ArenaScope scope(b.ref(), &tcache);
    block = sqlite3_realloc(block, bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(OwnerOf(block), "a") << bytes;
    EXPECT_EQ(static_cast<char*>(block)[19], 0x33);
  }
  sqlite3_free(block);
}

TEST_F(SqliteAllocatorTest, ConnectionsWorkFromAnyThreadAndScope) {
  Arena a = NewArena("a");
  Arena b = NewArena("b");
  std::unique_ptr<Connection> connection;
  {
    ArenaScope scope(a.ref());
    connection = std::make_unique<Connection>(":memory:");
    connection->Execute("CREATE TABLE t(x)");
  }
  for (Arena* arena : {&b, &a, &b}) {
    std::thread([&] {
      Tcache tcache = arena->OpenTcache();
      ArenaScope scope(arena->ref(), &tcache);
      EXPECT_EQ(connection->Execute(
                    "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION "
                    "ALL SELECT i + 1 FROM n WHERE i < 3000) "
                    "SELECT printf('%090d', i) FROM n"),
                SQLITE_OK);
    }).join();
  }
  EXPECT_EQ(Query(connection->get(), "SELECT count(*) FROM t"), "9000");
  EXPECT_EQ(Query(connection->get(), "PRAGMA integrity_check"), "ok");
  connection.reset();
  EXPECT_TRUE(a.Destroy(DestroyPolicy::kFailIfAllocated).ok());
  EXPECT_TRUE(b.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

}  // namespace
}  // namespace acre::sqlite
