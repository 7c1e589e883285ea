// The command line: what to do, where, and how to show it.
//
// Commands and flags are tables (options.cc), from which parsing, its errors
// and the help texts (help.h) all come. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_
#define ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine_adapter/arena.h"
#include "tools/console_app/units.h"

namespace acre::console {

enum class Command {
  kArenas,
  kArena,
  kBins,
  kTop,
  kGovernor,
  kHooks,
  kPurge,
  kPs,
  kHelp
};

struct Options {
  Command command = Command::kHelp;
  std::string argument;  // arena's name; for help: a command's name or nothing
  bool wants_help = false;  // --help

  std::optional<pid_t> pid;
  std::string socket;  // empty: look for it
  bool json = false;
  ByteStyle bytes = ByteStyle::kHuman;
  bool yes = false;
  PurgeMode mode = PurgeMode::kEverything;  // purge
  std::optional<size_t> limit;              // arenas to show
  std::optional<size_t> count;              // top: frames to show
  std::chrono::milliseconds interval{2000};
};

// What the help knows of a command.
struct CommandSpec {
  Command command;
  std::string_view name;
  std::string_view argument;  // "NAME", "[COMMAND]" or nothing
  std::string_view summary;
  std::string_view details;  // paragraphs and examples
};

struct FlagSpec {
  std::string_view name;      // with its dashes
  std::string_view argument;  // "N"; empty: takes none
  std::string_view summary;
  unsigned commands;  // bit 1 << Command: where it means something
};

const std::vector<CommandSpec>& Commands();
const std::vector<FlagSpec>& Flags();

constexpr unsigned Bit(Command command) {
  return 1u << static_cast<unsigned>(command);
}

// `arguments` without the program's name. InvalidArgument, with a message for
// the operator, when they make no sense.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_OPTIONS_H_
