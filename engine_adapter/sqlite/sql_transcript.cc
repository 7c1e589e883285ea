#include "engine_adapter/sqlite/sql_transcript.h"

namespace acre::sqlite {
namespace {

void AppendRow(sqlite3_stmt* statement, std::string& out) {
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    if (i > 0) out += '|';
    const void* bytes = sqlite3_column_blob(statement, i);
    if (bytes == nullptr) continue;
    out.append(static_cast<const char*>(bytes),
               static_cast<size_t>(sqlite3_column_bytes(statement, i)));
  }
  out += '\n';
}

void AppendError(sqlite3* connection, int code, std::string& out) {
  out += "error: " + std::to_string(code) + " " + sqlite3_errmsg(connection) +
         "\n";
}

}  // namespace

std::string RunScript(sqlite3* connection, const std::string& script) {
  std::string out;
  const char* rest = script.c_str();
  while (*rest != '\0') {
    sqlite3_stmt* statement = nullptr;
    const int prepared =
        sqlite3_prepare_v2(connection, rest, -1, &statement, &rest);
    if (prepared != SQLITE_OK) {
      AppendError(connection, prepared, out);
      // A statement that does not parse leaves `rest` behind its end, one
      // that ran out of memory at its beginning.
      if (prepared == SQLITE_NOMEM) return out;
      continue;
    }
    if (statement == nullptr) continue;  // a comment, or the end
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      AppendRow(statement, out);
    }
    if (code != SQLITE_DONE) AppendError(connection, code, out);
    sqlite3_finalize(statement);
  }
  return out;
}

std::string RunScriptIn(const std::string& database, const std::string& setup,
                        const std::string& script) {
  Connection connection(database);
  std::string out = RunScript(connection.get(), setup);
  return out + RunScript(connection.get(), script);
}

std::string Query(sqlite3* connection, const std::string& statement) {
  std::string out = RunScript(connection, statement);
  if (!out.empty()) out.pop_back();
  return out;
}

Connection::Connection(const std::string& database) {
  if (sqlite3_open(database.c_str(), &connection_) != SQLITE_OK) {
    sqlite3_close(connection_);
    connection_ = nullptr;
  }
}

Connection::~Connection() { sqlite3_close(connection_); }

int Connection::Execute(const std::string& sql) {
  return sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
}

}  // namespace acre::sqlite
