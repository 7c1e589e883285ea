#include "engine_adapter/sqlite/read_only_table.h"

#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace acre::sqlite {
namespace {

// What xBestIndex tells xFilter.
enum Plan : int { kAllRows = 0, kRowsOfOneArena = 1 };

struct VirtualTable : sqlite3_vtab {
  const ReadOnlyTable* table;
};

struct Cursor : sqlite3_vtab_cursor {
  std::unique_ptr<TableRows> rows;
};

TableRows& RowsOf(sqlite3_vtab_cursor* cursor) {
  return *static_cast<Cursor*>(cursor)->rows;
}

int Connect(sqlite3* connection, void* table, int, const char* const*,
            sqlite3_vtab** result, char**) {
  const auto* read_only = static_cast<const ReadOnlyTable*>(table);
  const int code =
      sqlite3_declare_vtab(connection, read_only->declaration.c_str());
  if (code != SQLITE_OK) return code;
  auto* created = new (std::nothrow) VirtualTable{};
  if (created == nullptr) return SQLITE_NOMEM;
  created->table = read_only;
  *result = created;
  return SQLITE_OK;
}

int Disconnect(sqlite3_vtab* table) {
  delete static_cast<VirtualTable*>(table);
  return SQLITE_OK;
}

// The constraint `name = value` that can be looked up, or -1. One that
// compares by another collation than the names' own has to see every row.
int NameConstraint(sqlite3_index_info* info) {
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable && constraint.iColumn == 0 &&
        constraint.op == SQLITE_INDEX_CONSTRAINT_EQ &&
        std::strcmp(sqlite3_vtab_collation(info, i), "BINARY") == 0) {
      return i;
    }
  }
  return -1;
}

int BestIndex(sqlite3_vtab* table, sqlite3_index_info* info) {
  const ReadOnlyTable& read_only = *static_cast<VirtualTable*>(table)->table;
  const int by_name = NameConstraint(info);
  if (by_name >= 0) {
    info->aConstraintUsage[by_name].argvIndex = 1;
    info->idxNum = kRowsOfOneArena;
    info->estimatedRows = read_only.rows_per_arena;
    if (read_only.rows_per_arena == 1) {
      info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
    }
  } else {
    info->idxNum = kAllRows;
    info->estimatedRows = read_only.rows_per_arena * read_only.count_arenas();
  }
  info->estimatedCost = static_cast<double>(info->estimatedRows);
  return SQLITE_OK;
}

int Open(sqlite3_vtab* table, sqlite3_vtab_cursor** result) {
  auto* cursor = new (std::nothrow) Cursor{};
  if (cursor == nullptr) return SQLITE_NOMEM;
  cursor->rows = static_cast<VirtualTable*>(table)->table->open();
  *result = cursor;
  return SQLITE_OK;
}

int Close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* cursor, int plan, const char*, int,
           sqlite3_value** values) {
  if (plan == kAllRows) {
    RowsOf(cursor).Rewind(std::nullopt);
    return SQLITE_OK;
  }
  // NULL gives no text, and equals no name: neither does an empty one.
  const unsigned char* text = sqlite3_value_text(values[0]);
  const auto bytes = static_cast<size_t>(sqlite3_value_bytes(values[0]));
  RowsOf(cursor).Rewind(
      text == nullptr
          ? std::string_view{}
          : std::string_view(reinterpret_cast<const char*>(text), bytes));
  return SQLITE_OK;
}

int Next(sqlite3_vtab_cursor* cursor) {
  RowsOf(cursor).Next();
  return SQLITE_OK;
}

int AtEnd(sqlite3_vtab_cursor* cursor) { return RowsOf(cursor).AtEnd(); }

int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* result, int column) {
  RowsOf(cursor).Column(column, result);
  return SQLITE_OK;
}

int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  *id = RowsOf(cursor).RowId();
  return SQLITE_OK;
}

// Without xCreate the table exists on every connection that has the module,
// under the module's name; without xUpdate it cannot be written.
constexpr sqlite3_module MakeModule() {
  sqlite3_module module = {};
  module.xConnect = Connect;
  module.xBestIndex = BestIndex;
  module.xDisconnect = Disconnect;
  module.xOpen = Open;
  module.xClose = Close;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = AtEnd;
  module.xColumn = Column;
  module.xRowid = RowId;
  return module;
}

constexpr sqlite3_module kModule = MakeModule();

}  // namespace

int RegisterReadOnlyTable(sqlite3* connection, const char* name,
                          ReadOnlyTable table) {
  auto* owned = new (std::nothrow) ReadOnlyTable(std::move(table));
  if (owned == nullptr) return SQLITE_NOMEM;
  // SQLite deletes it with the module, and also when this fails.
  return sqlite3_create_module_v2(
      connection, name, &kModule, owned, [](void* table_owned) {
        delete static_cast<ReadOnlyTable*>(table_owned);
      });
}

}  // namespace acre::sqlite
