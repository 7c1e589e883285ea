// Runs SQL for tests and writes down every answer.
//
// A transcript has one line per row, its columns separated by '|', and one
// line "error: ..." per statement that failed. Two runs of one script gave the
// same answers when their transcripts are equal. Owns nothing beyond a call.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_SQL_TRANSCRIPT_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_SQL_TRANSCRIPT_H_

#include <sqlite3.h>

#include <string>

namespace acre::sqlite {

// Continues after statements that fail.
std::string RunScript(sqlite3* connection, const std::string& script);

// Opens `database` ("" for a temporary one), runs `setup`, then the script.
std::string RunScriptIn(const std::string& database, const std::string& setup,
                        const std::string& script);

// The answer of one statement: "" or its rows, without the last line feed.
std::string Query(sqlite3* connection, const std::string& statement);

// Closes the connection when it goes out of scope.
class Connection {
 public:
  explicit Connection(const std::string& database);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  sqlite3* get() const { return connection_; }
  // sqlite3_exec without a callback; returns the result code.
  int Execute(const std::string& sql);

 private:
  sqlite3* connection_ = nullptr;
};

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_SQL_TRANSCRIPT_H_
