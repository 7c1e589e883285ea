// JSON as comma-separated values, for spreadsheets and databases (RFC 4180:
// CRLF line ends, quotes where they are needed). Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_CSV_H_
#define ACRE_TOOLS_CONSOLE_APP_CSV_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace acre::console {

// Quoted if it has a comma, a quote or a line end. Control characters are
// printed as \xNN, so that no name harms a terminal.
std::string CsvField(std::string_view text);

// The member `rows` of a JSON document: an array gives a line for each of its
// objects, an object one line. The first line has the names, in the order of
// the document; those of nested objects are joined by a dot. Internal when the
// document is none or has no such member. Linear in the document.
absl::StatusOr<std::string> CsvOfJson(std::string_view document,
                                      std::string_view rows);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_CSV_H_
