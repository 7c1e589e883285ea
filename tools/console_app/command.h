// What a command of the console is: how it is called, explained and done, and
// what a command line says about it.
//
// Commands are rows of a table (commands/command_table.h), noun first: `arena
// list`, `ctl get`. Parsing and its errors, help and completion all come from
// the table, so a command is added by adding its row. Plain data; the table
// lives as long as the program.

#ifndef ACRE_TOOLS_CONSOLE_APP_COMMAND_H_
#define ACRE_TOOLS_CONSOLE_APP_COMMAND_H_

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

struct Options;
class Session;

// Does the command. The result is what to print; a command that prints as it
// goes returns nothing. Errors say to the operator what went wrong.
using Handler = absl::StatusOr<std::string> (*)(Session&, const Options&);

// What an argument names, for completion.
enum class ArgumentKind { kArena, kControl, kFile, kCommand, kText };

struct ArgumentSpec {
  std::string_view form;  // "NAME"
  ArgumentKind kind = ArgumentKind::kText;
  bool optional = false;
  std::string_view choices = {};  // "dirty muzzy"; empty: anything
};

enum class CommandKind {
  kReport,  // shows something, changes nothing: can be watched
  kChange,  // changes the process: wants --yes or --dry-run
  kAction,  // does something here: takes the terminal, writes a file
  kWatch,   // repeats another command
  kHelp,
};

enum class Flag : unsigned {
  kPid,
  kSocket,
  kJson,
  kCsv,
  kBytes,
  kLimit,
  kSort,
  kAll,
  kInterval,
  kCount,
  kMode,
  kFormat,
  kSoft,
  kReserved,
  kTcacheAge,
  kDryRun,
  kYes,
  kHelp,
};

using FlagSet = unsigned;

constexpr FlagSet Bit(Flag flag) { return 1u << static_cast<unsigned>(flag); }

template <typename... Flags>
constexpr FlagSet Bits(Flags... flags) {
  return (Bit(flags) | ... | 0u);
}

// Those of every command that asks one process, and of those that show what it
// answers.
inline constexpr FlagSet kAttachFlags = Bits(Flag::kPid, Flag::kSocket);
inline constexpr FlagSet kDocumentFlags =
    kAttachFlags | Bits(Flag::kJson, Flag::kCsv, Flag::kBytes);

struct CommandSpec {
  std::string_view name;   // "arena list", "top"
  std::string_view alias;  // a second spelling, of one word; mostly none
  std::vector<ArgumentSpec> arguments;
  std::string_view summary;
  std::string_view details;  // paragraphs and examples
  CommandKind kind = CommandKind::kReport;
  FlagSet flags = 0;
  Handler handler = nullptr;
  // kChange: what the operator is asked to agree to, and from how many
  // arguments on there is a change: with fewer it only shows.
  std::string_view consequence = {};
  size_t changes_from = 0;

  // "arena" of "arena list"; empty for a command of one word.
  std::string_view noun() const {
    const size_t blank = name.find(' ');
    return blank == std::string_view::npos ? std::string_view()
                                           : name.substr(0, blank);
  }
};

using CommandTable = std::vector<CommandSpec>;

struct FlagSpec {
  Flag flag;
  std::string_view name;      // with its dashes
  std::string_view argument;  // "N"; empty: takes none
  std::string_view summary;
  std::string_view choices = {};  // the values there are, separated by blanks
};

const std::vector<FlagSpec>& Flags();

// A command line, understood.
struct Options {
  const CommandSpec* command = nullptr;  // never null after ParseOptions
  const CommandSpec* watched = nullptr;  // kWatch: what is repeated
  std::vector<std::string> arguments;    // of the command, or of `watched`
  std::string topic;        // kHelp: a command's name, a noun, or nothing
  bool implied = false;     // no command was given
  bool wants_help = false;  // --help

  std::optional<pid_t> pid;
  std::string socket;  // empty: look for it
  bool json = false;
  bool csv = false;
  ByteStyle bytes = ByteStyle::kHuman;
  bool all = false;
  bool yes = false;
  bool dry_run = false;
  bool soft = false;      // arena limit: which
  bool reserved = false;  // likewise
  PurgeMode mode = PurgeMode::kEverything;
  std::string sort;             // one of the flag's choices, or nothing
  std::string format;           // likewise
  std::optional<size_t> limit;  // rows to show
  std::optional<size_t> count;  // frames to show
  std::chrono::milliseconds interval{2000};
  // doctor: from when on a tcache is old.
  std::optional<std::chrono::duration<double>> tcache_age;

  // Whether doing this changes the process.
  bool Changes() const {
    return command->kind == CommandKind::kChange &&
           arguments.size() >= command->changes_from;
  }
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_COMMAND_H_
