#include "tools/demo_app/package_database.h"

#include <string>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

class PackageDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<PackageList> list =
        ReadDpkgStatus("tools/demo_app/testdata/status");
    ASSERT_TRUE(list.ok()) << list.status();
    list_ = *std::move(list);
    absl::StatusOr<ConnectionPtr> connection =
        OpenPackageDatabase(list_.packages);
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = *std::move(connection);
  }

  // The rows, columns separated by '|', rows by ' '.
  std::string Ask(const char* sql) {
    sqlite3_stmt* prepared = nullptr;
    EXPECT_EQ(
        sqlite3_prepare_v2(connection_.get(), sql, -1, &prepared, nullptr),
        SQLITE_OK)
        << sqlite3_errmsg(connection_.get());
    StatementPtr statement(prepared);
    std::string rows;
    while (sqlite3_step(prepared) == SQLITE_ROW) {
      if (!rows.empty()) rows += ' ';
      for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
        if (i > 0) rows += '|';
        rows += reinterpret_cast<const char*>(sqlite3_column_text(prepared, i));
      }
    }
    return rows;
  }

  PackageList list_;
  ConnectionPtr connection_;
};

TEST_F(PackageDatabaseTest, HoldsEveryPackage) {
  EXPECT_EQ(Ask("SELECT name, installed_kib, section FROM package ORDER BY id"),
            "libtide1|412|libs tide|96|science tide-doc|2048|doc "
            "libwater6|13000|libs");
}

TEST_F(PackageDatabaseTest, KeepsGroupsAndAlternatives) {
  EXPECT_EQ(Ask("SELECT kind, position, alternative, target, version "
                "FROM dependency WHERE package_id = 2"),
            "depends|0|0|libwater6| depends|1|0|libtide1|= 1.4.2-3 "
            "depends|2|0|default-almanac| depends|2|1|almanac| "
            "depends|3|0|python3|>= 3.9 recommends|0|0|tide-doc|");
}

TEST_F(PackageDatabaseTest, FindsWordsOfDescriptions) {
  EXPECT_EQ(Ask("SELECT rowid FROM description WHERE description MATCH "
                "'harbours' ORDER BY rowid"),
            "1");
  EXPECT_EQ(Ask("SELECT p.name FROM description d JOIN package p "
                "ON p.id = d.rowid WHERE description MATCH 'body: arena'"),
            "libwater6");
}

TEST_F(PackageDatabaseTest, IsIntact) {
  EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(Ask("PRAGMA foreign_key_check"), "");
}

}  // namespace
}  // namespace acre::demo
