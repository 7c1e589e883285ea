// The table of flags of command.h.

#include "tools/console_app/command.h"

namespace acre::console {

const std::vector<FlagSpec>& Flags() {
  static const auto* const flags = new std::vector<FlagSpec>{
      {Flag::kPid, "--pid", "N", "attach to process N"},
      {Flag::kSocket, "--socket", "PATH", "attach to this socket"},
      {Flag::kJson, "--json", "", "JSON as the process sends it, bytes exact"},
      {Flag::kCsv, "--csv", "", "comma-separated values (RFC 4180), exact"},
      {Flag::kBytes, "--bytes", "",
       "exact bytes and counts instead of 12.3 MiB"},
      {Flag::kLimit, "--limit", "N", "show only the first N rows"},
      {Flag::kSort, "--sort", "KEY", "by which figure, largest first",
       "charged growth refusals fills flushes purged"},
      {Flag::kAll, "--all", "", "all processes of this user, and their total"},
      {Flag::kInterval, "--interval", "SECONDS",
       "time between frames or looks, 0.1 to 3600; 2 by default"},
      {Flag::kCount, "--count", "N", "end after N frames"},
      {Flag::kMode, "--mode", "MODE",
       "unused, idle or everything (the default)", "unused idle everything"},
      {Flag::kFormat, "--format", "FORMAT",
       "text (the default), json, acre or openmetrics",
       "text json acre openmetrics"},
      {Flag::kSoft, "--soft", "",
       "the soft limit, at which the engine is told"},
      {Flag::kReserved, "--reserved", "", "what is set aside for the arena"},
      {Flag::kTcacheAge, "--tcache-age", "SECONDS",
       "age from which a tcache is old; 600 by default"},
      {Flag::kDryRun, "--dry-run", "", "say what it would do, and do nothing"},
      {Flag::kYes, "--yes", "", "do it"},
      {Flag::kHelp, "--help", "", "explain the command"},
  };
  return *flags;
}

}  // namespace acre::console
