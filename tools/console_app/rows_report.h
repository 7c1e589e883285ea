// Documents that are a list: the objects of a JSON array as a table. Pure
// functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_ROWS_REPORT_H_
#define ACRE_TOOLS_CONSOLE_APP_ROWS_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

// How a member of a row is shown.
enum class RowUnit {
  kText,
  kTarget,  // of an HTTP request, decoded
  kBytes,
  kCount,
  kSeconds,  // a length of time
  kCost,     // seconds too, but short ones
  kFlag,     // yes or nothing
  kValue,    // whatever it is
};

struct RowColumn {
  std::string_view key;     // the member
  std::string_view header;  // in capitals and blanks in the table
  RowUnit unit = RowUnit::kCount;
  bool summed = false;   // in the last line
  bool warning = false;  // when it is not 0
};

// A document, when it was read, and its rows.
struct RowsReading {
  ReadStamp stamp;
  nlohmann::json document;
};

// Internal when the text is no JSON object.
absl::StatusOr<RowsReading> ParseRows(std::string_view json);

// The array `rows` of the document; no line at all for other members. A last
// line has the totals when a column is summed up and there are two rows or
// more.
Table RowsTable(const nlohmann::json& document, std::string_view rows,
                const std::vector<RowColumn>& columns, ByteStyle style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_ROWS_REPORT_H_
