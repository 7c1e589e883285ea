#include "tools/console_app/commands/rows_command.h"

#include "tools/console_app/json_members.h"

namespace acre::console {

absl::StatusOr<std::string> ShowRows(Session& session, const Options& options,
                                     const RowsCommand& command) {
  return ShowDocument(
      session, options, command.target, command.rows, &ParseRows,
      [&](const ServerInfo& info, const RowsReading& reading,
          const ReportStyle& style) {
        std::string text = RenderHeading(info, reading.stamp) + "\n";
        if (command.above != nullptr) {
          text += command.above(reading.document) + "\n";
        }
        const nlohmann::json& list = Member(reading.document, command.rows);
        if (!list.is_array() || list.empty()) {
          return text + fmt::format("{}\n", command.empty);
        }
        text += RowsTable(reading.document, command.rows, command.columns,
                          style.bytes)
                    .Render(style.layout());
        if (!command.below.empty()) {
          text += "\n" + Paint(command.below, Style::kDim, style.colour) + "\n";
        }
        return text;
      });
}

}  // namespace acre::console
