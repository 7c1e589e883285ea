#include "tools/console_app/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tools/console_app/text.h"

namespace acre::console {
namespace {

constexpr std::string_view kGap = "  ";

size_t LineWidth(const std::vector<size_t>& widths) {
  const size_t gaps = widths.empty() ? 0 : (widths.size() - 1) * kGap.size();
  return std::accumulate(widths.begin(), widths.end(), gaps);
}

std::string_view Code(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kWarning:
      return "\x1b[33m";
    case Style::kAlarm:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

std::string Paint(std::string_view text, Style style, bool colour) {
  const std::string_view code = Code(style);
  if (!colour || code.empty() || text.empty()) return std::string(text);
  return std::string(code).append(text).append("\x1b[0m");
}

void Table::AddColumn(std::string header, Align align) {
  columns_.push_back({std::move(header), align});
}

void Table::AddRow(std::vector<Cell> cells) {
  rows_.push_back({.cells = std::move(cells)});
}

void Table::AddRule() { rows_.push_back({.is_rule = true}); }

std::vector<size_t> Table::ColumnWidths(const TableLayout& layout) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    widths.push_back(DisplayWidth(column.header));
  }
  for (const Row& row : rows_) {
    for (size_t i = 0; i < row.cells.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row.cells[i].text));
    }
  }
  if (layout.width == 0 || widths.empty()) return widths;
  const size_t smallest = std::min(widths[0], kMinFirstColumn);
  while (LineWidth(widths) > layout.width) {
    const size_t excess = LineWidth(widths) - layout.width;
    if (widths[0] >= smallest + excess) {
      widths[0] -= excess;
    } else if (widths.size() > 1) {
      widths.pop_back();
    } else {
      widths[0] = layout.width;
    }
  }
  return widths;
}

size_t Table::NaturalWidth() const { return LineWidth(ColumnWidths({})); }

std::string Table::RenderRow(const std::vector<Cell>& cells,
                             const std::vector<size_t>& widths,
                             bool colour) const {
  std::string line;
  size_t blanks = 0;  // held back, so that no line ends with blanks
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) blanks += kGap.size();
    const std::string text =
        i < cells.size() ? CutToWidth(cells[i].text, widths[i]) : "";
    const size_t padding = widths[i] - DisplayWidth(text);
    if (columns_[i].align == Align::kRight) blanks += padding;
    if (!text.empty()) {
      line.append(std::exchange(blanks, 0), ' ');
      line += Paint(text, cells[i].style, colour);
    }
    if (columns_[i].align == Align::kLeft) blanks += padding;
  }
  return line + "\n";
}

std::string Table::Render(const TableLayout& layout) const {
  const std::vector<size_t> widths = ColumnWidths(layout);
  std::vector<Cell> header;
  for (const Column& column : columns_) {
    header.emplace_back(column.header, Style::kBold);
  }
  std::string text = RenderRow(header, widths, layout.colour);
  for (const Row& row : rows_) {
    if (row.is_rule) {
      text += Paint(std::string(LineWidth(widths), '-'), Style::kDim,
                    layout.colour);
      text += "\n";
    } else {
      text += RenderRow(row.cells, widths, layout.colour);
    }
  }
  return text;
}

}  // namespace acre::console
