// A table of text: columns aligned, in a terminal's width, coloured or not.
//
// Cells must be printable (text.h). A value type; not thread-safe.

#ifndef ACRE_TOOLS_CONSOLE_APP_TABLE_H_
#define ACRE_TOOLS_CONSOLE_APP_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace acre::console {

enum class Align { kLeft, kRight };

enum class Style { kPlain, kBold, kDim, kWarning, kAlarm };

struct Cell {
  Cell(std::string cell_text, Style cell_style = Style::kPlain)  // NOLINT
      : text(std::move(cell_text)), style(cell_style) {}

  std::string text;
  Style style;
};

// Wraps text in the terminal's codes for a style; leaves it alone when colour
// is off.
std::string Paint(std::string_view text, Style style, bool colour);

struct TableLayout {
  bool colour = false;
  // Lines are never wider: the first column is cut down to kMinFirstColumn,
  // then columns are left out from the right. 0 is no limit.
  size_t width = 0;
};

class Table {
 public:
  static constexpr size_t kMinFirstColumn = 12;

  void AddColumn(std::string header, Align align = Align::kRight);
  // Missing cells are empty.
  void AddRow(std::vector<Cell> cells);
  // A line across, as above a total.
  void AddRule();

  // Columns that the widest line takes when nothing is cut.
  size_t NaturalWidth() const;

  // With a header line; each line ends with a newline.
  std::string Render(const TableLayout& layout) const;

 private:
  struct Column {
    std::string header;
    Align align;
  };
  struct Row {
    bool is_rule = false;
    std::vector<Cell> cells;
  };

  std::vector<size_t> ColumnWidths(const TableLayout& layout) const;
  std::string RenderRow(const std::vector<Cell>& cells,
                        const std::vector<size_t>& widths, bool colour) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_TABLE_H_
