#include "tools/console_app/control_report.h"

#include <fmt/format.h>

#include "tools/console_app/json_members.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;

std::string TextMember(const Json& object, std::string_view key) {
  return Printable(Text(object, key));
}

}  // namespace

std::string ControlValueText(const Json& value, std::string_view unit,
                             ByteStyle style) {
  if (value.is_null()) return "-";
  if (value.is_string()) return Printable(value.get<std::string>());
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (unit == "bytes") return FormatBytes(number, style);
    if (style == ByteStyle::kHuman && unit == "ns") {
      return FormatCost(static_cast<double>(number) / 1000);
    }
    if (style == ByteStyle::kHuman && (unit.empty() || unit == "count")) {
      return FormatCount(number, style);
    }
  }
  const std::string text =
      value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return unit.empty() || unit == "count" || unit == "bytes" ||
                 !value.is_number()
             ? text
             : fmt::format("{} {}", text, unit);
}

std::string RenderControl(const RowsReading& reading,
                          const ReportStyle& style) {
  const Json& document = reading.document;
  const std::string value = ControlValueText(
      Member(document, "value"), Text(document, "unit"), style.bytes);
  return fmt::format(
      "{} = {}\n{}\n", TextMember(document, "name"),
      Paint(value, Style::kBold, style.colour),
      Paint(fmt::format("read {} in {}", Printable(reading.stamp.read_at),
                        FormatCost(reading.stamp.cost_us)),
            Style::kDim, style.colour));
}

std::string RenderControlHelp(const RowsReading& reading,
                              const ReportStyle& style) {
  const Json& document = reading.document;
  std::string text = fmt::format("{}: {}\n\n", TextMember(document, "name"),
                                 TextMember(document, "help"));
  Table table;
  table.AddColumn("", Align::kLeft);
  table.AddColumn("", Align::kLeft);
  const auto row = [&](std::string name, std::string value) {
    if (!value.empty()) table.AddRow({{std::move(name)}, {std::move(value)}});
  };
  row("type", TextMember(document, "type"));
  row("mode", TextMember(document, "mode"));
  row("unit", TextMember(document, "unit"));
  row("for", TextMember(document, "reach"));
  if (document.contains("value")) {
    row("value", ControlValueText(document["value"], Text(document, "unit"),
                                  style.bytes));
  }
  std::string lines = table.Render(style.layout());
  lines.erase(0, lines.find('\n') + 1);  // columns without names
  return text + lines;
}

std::string RenderControlChange(const Json& answer, std::string_view unit,
                                const ReportStyle& style) {
  const Json& before = Member(answer, "before");
  const Json& after = Member(answer, "after");
  std::string text = TextMember(answer, "name") + ": ";
  text +=
      before.is_null() && after.is_null()
          ? "done"
          : fmt::format("{} -> {}", ControlValueText(before, unit, style.bytes),
                        ControlValueText(after, unit, style.bytes));
  if (Truth(answer, "dry_run")) text += " (dry run: nothing was changed)";
  return text + "\n";
}

}  // namespace acre::console
