#include "tools/demo_app/package_database.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace acre::demo {
namespace {

// Sorting and temporary tables stay in memory, where the tenant's quota sees
// them.
constexpr char kSchema[] = R"(
PRAGMA temp_store = MEMORY;
CREATE TABLE package(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  architecture TEXT NOT NULL,
  version TEXT NOT NULL,
  section TEXT NOT NULL,
  priority TEXT NOT NULL,
  maintainer TEXT NOT NULL,
  installed_kib INTEGER NOT NULL,
  summary TEXT NOT NULL,
  UNIQUE (name, architecture)
);
CREATE INDEX package_by_section ON package(section, installed_kib);
CREATE TABLE dependency(
  package_id INTEGER NOT NULL REFERENCES package(id),
  kind TEXT NOT NULL CHECK (kind IN ('depends', 'recommends')),
  position INTEGER NOT NULL,
  alternative INTEGER NOT NULL,
  target TEXT NOT NULL,
  version TEXT NOT NULL,
  PRIMARY KEY (package_id, kind, position, alternative)
) WITHOUT ROWID;
CREATE INDEX dependency_by_target ON dependency(target);
CREATE TABLE visit(
  package_id INTEGER PRIMARY KEY REFERENCES package(id),
  visits INTEGER NOT NULL
);
CREATE TABLE hoard(id INTEGER PRIMARY KEY, filler TEXT NOT NULL);
CREATE VIRTUAL TABLE description USING fts5(
  name, summary, body, tokenize = 'porter unicode61');
)";

constexpr char kInsertPackage[] =
    "INSERT INTO package VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
constexpr char kInsertDependency[] =
    "INSERT INTO dependency VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr char kInsertDescription[] =
    "INSERT INTO description(rowid, name, summary, body) "
    "VALUES (?1, ?2, ?3, ?4)";

// The views outlive the statement's step, so SQLite need not copy them.
void Bind(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(),
                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Bind(sqlite3_stmt* statement, int index, int64_t number) {
  sqlite3_bind_int64(statement, index, number);
}

template <typename... Values>
bool Insert(sqlite3_stmt* statement, const Values&... values) {
  int index = 0;
  (Bind(statement, ++index, values), ...);
  const int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  return code == SQLITE_DONE;
}

class Loader {
 public:
  explicit Loader(sqlite3* connection) : connection_(connection) {}

  absl::Status Load(const std::vector<Package>& packages) {
    if (!Execute(kSchema) || !Execute("BEGIN")) return Error("schema");
    package_ = Prepare(kInsertPackage);
    dependency_ = Prepare(kInsertDependency);
    description_ = Prepare(kInsertDescription);
    if (!package_ || !dependency_ || !description_) return Error("prepare");
    int64_t id = 0;
    for (const Package& package : packages) {
      if (!LoadPackage(++id, package)) return Error("insert");
    }
    if (!Execute("COMMIT; ANALYZE")) return Error("commit");
    return absl::OkStatus();
  }

 private:
  bool Execute(const char* sql) {
    return sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) ==
           SQLITE_OK;
  }

  StatementPtr Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(connection_, sql, -1, &statement, nullptr);
    return StatementPtr(statement);
  }

  absl::Status Error(const char* doing) const {
    return SqliteError(connection_, doing);
  }

  bool LoadPackage(int64_t id, const Package& package) {
    return Insert(package_.get(), id, package.name, package.architecture,
                  package.version, package.section, package.priority,
                  package.maintainer,
                  static_cast<int64_t>(package.installed_kib),
                  package.summary) &&
           LoadRelations(id, "depends", package.depends) &&
           LoadRelations(id, "recommends", package.recommends) &&
           Insert(description_.get(), id, package.name, package.summary,
                  package.description);
  }

  bool LoadRelations(int64_t id, std::string_view kind,
                     const std::vector<Relation>& relations) {
    for (const Relation& relation : relations) {
      if (!Insert(dependency_.get(), id, kind, int64_t{relation.group},
                  int64_t{relation.alternative}, relation.target,
                  relation.constraint)) {
        return false;
      }
    }
    return true;
  }

  sqlite3* const connection_;
  StatementPtr package_;
  StatementPtr dependency_;
  StatementPtr description_;
};

}  // namespace

absl::StatusOr<ConnectionPtr> OpenPackageDatabase(
    const std::vector<Package>& packages) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      ":memory:", &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  ConnectionPtr connection(opened);
  if (code == SQLITE_NOMEM) {
    return absl::ResourceExhaustedError("open: out of memory (7)");
  }
  if (code != SQLITE_OK) return SqliteError(opened, "open");
  absl::Status status = Loader(opened).Load(packages);
  if (!status.ok()) return status;
  return connection;
}

}  // namespace acre::demo
