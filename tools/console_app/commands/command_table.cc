#include "tools/console_app/commands/command_table.h"

#include <iterator>
#include <utility>

namespace acre::console {
namespace {

void Append(CommandTable rows, CommandTable* table) {
  table->insert(table->end(), std::make_move_iterator(rows.begin()),
                std::make_move_iterator(rows.end()));
}

}  // namespace

const CommandTable& AllCommands() {
  static const CommandTable* const all = [] {
    auto* table = new CommandTable;
    Append(OverviewCommands(), table);
    Append(DoctorCommands(), table);
    Append(ArenaCommands(), table);
    Append(ArenaControlCommands(), table);
    Append(DetailCommands(), table);
    Append(QueryCommands(), table);
    Append(KernelCommands(), table);
    Append(ServiceCommands(), table);
    Append(ControlCommands(), table);
    Append(StatsCommands(), table);
    Append(SnapshotCommands(), table);
    Append(LiveCommands(), table);
    Append(ProcessCommands(), table);
    Append({{.name = "help",
             .arguments = {{"COMMAND", ArgumentKind::kCommand, true}},
             .summary = "this, or all about one command",
             .details = R"(Examples:
  acre_console help top
  acre_console help arena
  acre_console help arena purge
)",
             .kind = CommandKind::kHelp}},
           table);
    return table;
  }();
  return *all;
}

}  // namespace acre::console
