// SQLite's connection and statement as owning handles.
#ifndef ACRE_TOOLS_DEMO_APP_SQLITE_HANDLES_H_
#define ACRE_TOOLS_DEMO_APP_SQLITE_HANDLES_H_

#include <sqlite3.h>

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace acre::demo {

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
  }
};

// A connection must outlive its statements.
using ConnectionPtr = std::unique_ptr<sqlite3, CloseConnection>;
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// ResourceExhausted when SQLite found no memory, Internal for the rest.
inline absl::Status SqliteError(sqlite3* connection, std::string_view doing) {
  const int code = sqlite3_errcode(connection);
  const std::string what =
      fmt::format("{}: {} ({})", doing, sqlite3_errmsg(connection), code);
  return code == SQLITE_NOMEM ? absl::ResourceExhaustedError(what)
                              : absl::InternalError(what);
}

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_SQLITE_HANDLES_H_
