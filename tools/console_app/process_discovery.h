// Finds the processes that serve their statistics.
//
// A process puts its socket into a directory of its user (see
// engine_adapter/admin/socket_name.h): the console looks into those of its own
// user, and as root into those of every user. Directories that are not their
// owner's alone are not trusted. Reads the file system on every call; no state.

#ifndef ACRE_TOOLS_CONSOLE_APP_PROCESS_DISCOVERY_H_
#define ACRE_TOOLS_CONSOLE_APP_PROCESS_DISCOVERY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/socket_name.h"
#include "tools/console_app/command.h"

namespace acre::console {

struct SearchDirectory {
  std::string path;
  uid_t owner = 0;
};

struct FoundServer {
  admin::SocketName name;
  std::string socket_path;
  uid_t owner = 0;
};

struct Discovery {
  std::vector<FoundServer> servers;   // somebody listens; by pid and ordinal
  std::vector<std::string> searched;  // directories, there or not
  std::vector<std::string> refused;   // why one was not looked into
};

// Where this user's processes serve, and for root those of all users.
std::vector<SearchDirectory> SearchDirectories(uid_t user);

Discovery FindServers(const std::vector<SearchDirectory>& directories);

// The socket that the options mean: --socket, --pid's, or the only one there
// is. NotFound or FailedPrecondition, with a message that says where it looked
// and what to do, when there is none or more than one.
absl::StatusOr<std::string> ChooseSocket(const Options& options,
                                         const Discovery& discovery);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_PROCESS_DISCOVERY_H_
