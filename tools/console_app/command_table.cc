// The tables of options.h: what there is and how it is explained.

#include "tools/console_app/options.h"

namespace acre::console {
namespace {

constexpr unsigned kAttached = Bit(Command::kArenas) | Bit(Command::kArena) |
                               Bit(Command::kBins) | Bit(Command::kTop) |
                               Bit(Command::kPurge);

}  // namespace

const std::vector<CommandSpec>& Commands() {
  static const auto* const commands = new std::vector<CommandSpec>{
      {Command::kArenas, "arenas", "",
       "all arenas, largest first, with a total",
       R"(One line an arena, by what it holds physically (CHARGED), and a total that
adds up:

  ACTIVE  = ALLOCATED + CACHED + SLACK     pages that hold something
  CHARGED = ACTIVE + DIRTY + METADATA      what counts against the limit

  allocated  what queries hold now
  cached     freed, kept in tcaches for the next allocation
  slack      rounding and free regions inside pages in use
  dirty      pages in no use, kept for reuse until decay purges them
  metadata   what Acre itself needs to keep track

Examples:
  acre_console arenas
  acre_console arenas --limit 10          the ten largest; the rest summed
  acre_console arenas --bytes             exact, for arithmetic
  acre_console arenas --json | jq '.arenas[] | select(.refusals > 0) | .name'
)"},
      {Command::kArena, "arena", "NAME", "everything about one arena",
       R"(Every figure of one arena with its meaning.

Examples:
  acre_console arena tenant-7
  acre_console arena tenant-7 --json | jq .arena.charged
)"},
      {Command::kBins, "bins", "NAME", "one arena's slabs by size class",
       R"(Where the memory of small allocations lies: for each size class how many
slabs there are and how full they are. Many slabs that are nearly empty are
fragmentation.

Examples:
  acre_console bins tenant-7
  acre_console bins system --bytes
)"},
      {Command::kTop, "top", "", "live view, largest first, with rates",
       R"(Redraws until q or Ctrl-C. Rates are per second since the frame before; an
arena that was not shown then has none yet. When the output is no terminal,
frames follow one another as plain text (or, with --json, one JSON document a
line).

Examples:
  acre_console top
  acre_console top --interval 0.5
  acre_console top --count 1 --limit 5    the five largest, once
  acre_console top --json --count 60 --interval 1 > minute.jsonl
)"},
      {Command::kPurge, "purge", "NAME",
       "give an arena's unused pages back now; needs --yes",
       R"(Returns the arena's dirty pages to the system, and what its closed tcaches
keep warm. Nothing that is allocated is touched, but the next queries take page
faults: hence --yes. The process must have allowed it (AdminOptions::
allow_writes); if it has not, this says so and changes nothing.

Example:
  acre_console purge tenant-7 --yes
)"},
      {Command::kPs, "ps", "", "the processes that can be attached to",
       R"(Lists the processes of this user (as root: of every user) that serve their
statistics.

Examples:
  acre_console ps
  acre_console ps --json
)"},
      {Command::kHelp, "help", "[COMMAND]", "this, or all about one command",
       R"(Example:
  acre_console help top
)"},
  };
  return *commands;
}

const std::vector<FlagSpec>& Flags() {
  static const auto* const flags = new std::vector<FlagSpec>{
      {"--pid", "N", "attach to process N", kAttached},
      {"--socket", "PATH", "attach to this socket", kAttached},
      {"--json", "", "JSON as the process sends it, bytes exact",
       kAttached | Bit(Command::kPs)},
      {"--bytes", "", "exact bytes and counts instead of 12.3 MiB", kAttached},
      {"--limit", "N", "show only the N largest arenas",
       Bit(Command::kArenas) | Bit(Command::kTop)},
      {"--interval", "SECONDS",
       "time between frames, 0.1 to 3600; 2 by default", Bit(Command::kTop)},
      {"--count", "N", "end after N frames", Bit(Command::kTop)},
      {"--yes", "", "do it", Bit(Command::kPurge)},
      {"--help", "", "explain the command", ~0u},
  };
  return *flags;
}

}  // namespace acre::console
