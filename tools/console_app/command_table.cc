// The tables of options.h: what there is and how it is explained.

#include "tools/console_app/options.h"

namespace acre::console {
namespace {

constexpr unsigned kAttached = Bit(Command::kArenas) | Bit(Command::kArena) |
                               Bit(Command::kBins) | Bit(Command::kTop) |
                               Bit(Command::kGovernor) | Bit(Command::kHooks) |
                               Bit(Command::kPurge);

}  // namespace

const std::vector<CommandSpec>& Commands() {
  static const auto* const commands = new std::vector<CommandSpec>{
      {Command::kArenas, "arenas", "",
       "all arenas, largest first, with a total",
       R"(One line an arena, by what it holds physically (CHARGED), and a total that
adds up:

  ACTIVE  = ALLOCATED + CACHED + SLACK          pages that hold something
  CHARGED = ACTIVE + DIRTY + MUZZY + METADATA   what counts against the limit

  allocated  what queries hold now
  cached     freed, kept in tcaches for the next allocation
  slack      rounding and free regions inside pages in use
  dirty      pages in no use, kept for reuse until decay purges them
  muzzy      likewise, but the system may take them before that
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
      {Command::kGovernor, "governor", "",
       "what gives unused memory back by itself",
       R"(The governor visits arenas that have unused pages when those are due (decay),
and gives memory back early when the container or the machine runs short, if the
process asked for that. One thread of the process does it; before there is
anything to do, or where the engine does the work itself (MemoryService::Tick),
there is none.

Examples:
  acre_console governor
  acre_console governor --json | jq .governor.visits
)"},
      {Command::kHooks, "hooks", "", "where arenas' memory comes from",
       R"(The providers of memory (extent hooks) that arenas use now: what each of them
granted, the part that no arena holds (FREE), the part that never leaves memory
(PINNED), in how many grants, and which of its hooks were called. A failure is a
call that was refused; what hooks did wrong is counted beneath.

Examples:
  acre_console hooks
  acre_console hooks --json | jq '.providers[] | select(.failures > 0)'
)"},
      {Command::kPurge, "purge", "NAME",
       "give an arena's unused memory back now; needs --yes",
       R"(Returns memory that the arena does not use to the system. Nothing that is
allocated is touched, but the next queries take page faults: hence --yes. What
goes is up to --mode:

  unused       dirty and muzzy pages
  idle         and what closed tcaches and regions keep warm, and spare slabs
  everything   and the pages inside free regions of slabs; the default

The process must have allowed it (AdminOptions::allow_writes); if it has not,
this says so and changes nothing.

Examples:
  acre_console purge tenant-7 --yes
  acre_console purge tenant-7 --yes --mode unused
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
      {"--mode", "MODE", "unused, idle or everything (the default)",
       Bit(Command::kPurge)},
      {"--yes", "", "do it", Bit(Command::kPurge)},
      {"--help", "", "explain the command", ~0u},
  };
  return *flags;
}

}  // namespace acre::console
