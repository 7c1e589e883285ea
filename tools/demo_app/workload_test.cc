#include "tools/demo_app/workload.h"

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "tools/demo_app/package_database.h"

namespace acre::demo {
namespace {

constexpr uint64_t kLimitBytes = 1 << 20;

class WorkloadTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<PackageList> list =
        ReadDpkgStatus("tools/demo_app/testdata/status");
    ASSERT_TRUE(list.ok()) << list.status();
    list_ = *std::move(list);
  }

  PackageList list_;
  std::mt19937_64 random_{1};
};

TEST_F(WorkloadTest, OrdinaryTenantsAskNothingGreedy) {
  const Workload workload(list_.packages, kLimitBytes);
  std::map<size_t, int> asked;
  for (int i = 0; i < 10000; ++i) ++asked[workload.Draw(false, random_)];
  for (size_t shape = 0; shape < QueryShapes().size(); ++shape) {
    EXPECT_EQ(asked.contains(shape), !QueryShapes()[shape].greedy) << shape;
  }
  EXPECT_NEAR(asked[0], 4000, 300);
}

TEST_F(WorkloadTest, AThirdOfAGreedyTenantsQueriesAreGreedy) {
  const Workload workload(list_.packages, kLimitBytes);
  int greedy = 0;
  for (int i = 0; i < 9000; ++i) {
    greedy += QueryShapes()[workload.Draw(true, random_)].greedy ? 1 : 0;
  }
  EXPECT_NEAR(greedy, 3000, 300);
}

TEST_F(WorkloadTest, EveryQueryRunsAndMostFindSomething) {
  const Workload workload(list_.packages, kLimitBytes);
  absl::StatusOr<ConnectionPtr> connection =
      OpenPackageDatabase(list_.packages);
  ASSERT_TRUE(connection.ok()) << connection.status();
  for (size_t shape = 0; shape < QueryShapes().size(); ++shape) {
    SCOPED_TRACE(QueryShapes()[shape].name);
    sqlite3_stmt* prepared = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(connection->get(), QueryShapes()[shape].sql,
                                 -1, &prepared, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(connection->get());
    StatementPtr statement(prepared);
    int rows = 0;
    const int rounds = QueryShapes()[shape].greedy ? 1 : 20;
    for (int i = 0; i < rounds; ++i) {
      ASSERT_EQ(workload.Bind(shape, prepared, random_), SQLITE_OK);
      int code = SQLITE_ROW;
      while ((code = sqlite3_step(prepared)) == SQLITE_ROW) ++rows;
      ASSERT_EQ(code, SQLITE_DONE) << sqlite3_errmsg(connection->get());
      sqlite3_reset(prepared);
    }
    const bool writes = sqlite3_stmt_readonly(prepared) == 0;
    EXPECT_EQ(rows > 0, !writes);
  }
}

TEST_F(WorkloadTest, GreedyQueriesTakeMoreThanTheLimit) {
  const Workload workload(list_.packages, kLimitBytes);
  absl::StatusOr<ConnectionPtr> connection =
      OpenPackageDatabase(list_.packages);
  ASSERT_TRUE(connection.ok()) << connection.status();
  for (size_t shape = 0; shape < QueryShapes().size(); ++shape) {
    if (!QueryShapes()[shape].greedy) continue;
    SCOPED_TRACE(QueryShapes()[shape].name);
    sqlite3_stmt* prepared = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(connection->get(), QueryShapes()[shape].sql,
                                 -1, &prepared, nullptr),
              SQLITE_OK);
    StatementPtr statement(prepared);
    ASSERT_EQ(workload.Bind(shape, prepared, random_), SQLITE_OK);
    sqlite3_memory_highwater(1);
    const sqlite3_int64 before = sqlite3_memory_used();
    EXPECT_NE(sqlite3_step(prepared), SQLITE_ERROR);
    EXPECT_GT(sqlite3_memory_highwater(0) - before,
              static_cast<sqlite3_int64>(2 * kLimitBytes));
  }
}

TEST_F(WorkloadTest, SearchesNamesWhereThereAreNoWords) {
  absl::StatusOr<PackageList> list =
      ParseDpkgStatus("status", "Package: 0ad\n\nPackage: a\"b\n");
  ASSERT_TRUE(list.ok()) << list.status();
  const Workload workload(list->packages, kLimitBytes);
  absl::StatusOr<ConnectionPtr> connection =
      OpenPackageDatabase(list->packages);
  ASSERT_TRUE(connection.ok()) << connection.status();
  for (size_t shape = 0; shape < QueryShapes().size(); ++shape) {
    if (QueryShapes()[shape].parameter != Parameter::kSearchWord) continue;
    sqlite3_stmt* prepared = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2(connection->get(), QueryShapes()[shape].sql,
                                 -1, &prepared, nullptr),
              SQLITE_OK);
    StatementPtr statement(prepared);
    for (int i = 0; i < 10; ++i) {
      ASSERT_EQ(workload.Bind(shape, prepared, random_), SQLITE_OK);
      EXPECT_EQ(sqlite3_step(prepared), SQLITE_ROW)
          << sqlite3_errmsg(connection->get());
      sqlite3_reset(prepared);
    }
  }
}

}  // namespace
}  // namespace acre::demo
