// Text from elsewhere on a terminal: made harmless, measured, cut. Pure
// functions over UTF-8.

#ifndef ACRE_TOOLS_CONSOLE_APP_TEXT_H_
#define ACRE_TOOLS_CONSOLE_APP_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace acre::console {

// Control characters (they could move the cursor or recolour the screen) and
// bytes that are no UTF-8 become \xNN; everything else stays.
std::string Printable(std::string_view text);

// The same for JSON, whose strings then have them as \uNNNN; line ends stay.
std::string PrintableJson(std::string_view json);

// Terminal columns that printable UTF-8 takes: wide characters take two,
// combining marks none.
size_t DisplayWidth(std::string_view text);

// The longest beginning that fits into `columns`; a cut is marked with "~".
std::string CutToWidth(std::string_view text, size_t columns);

// The same for text with the terminal's codes for colour (table.h), which take
// no columns and all stay. Not marked.
std::string CutPaintedToWidth(std::string_view text, size_t columns);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TEXT_H_
