// An eponymous, read-only virtual table: rows that C++ makes as SQL reads
// them.
//
// Column 0 of every such table is the name of an arena, and `WHERE name = ...`
// makes only the rows of that arena. Rows are made one at a time, so a row is
// as fresh as the step that returned it, and a table of a hundred thousand
// rows takes no memory. Used by SQLite, each cursor by one thread at a time.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_READ_ONLY_TABLE_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_READ_ONLY_TABLE_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace acre::sqlite {

// A cursor over the rows.
class TableRows {
 public:
  virtual ~TableRows() = default;

  // To the first row; with a name, of those of that arena.
  virtual void Rewind(std::optional<std::string_view> name) = 0;
  virtual void Next() = 0;
  virtual bool AtEnd() const = 0;
  // Unique among the rows.
  virtual int64_t RowId() const = 0;
  // Sets the value of a column of the current row.
  virtual void Column(int column, sqlite3_context* result) const = 0;
};

struct ReadOnlyTable {
  std::string declaration;  // CREATE TABLE x(name TEXT, ...)
  // For the query planner.
  int64_t rows_per_arena = 1;
  std::function<int64_t()> count_arenas;
  std::function<std::unique_ptr<TableRows>()> open;
};

// Makes `name` readable on the connection; returns SQLite's result code.
int RegisterReadOnlyTable(sqlite3* connection, const char* name,
                          ReadOnlyTable table);

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_READ_ONLY_TABLE_H_
