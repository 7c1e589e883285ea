#include "tools/console_app/process_discovery.h"

#include <errno.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "engine_adapter/admin/socket_directory.h"
#include "engine_adapter/admin/stale_sockets.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHint =
    "a process serves its statistics once it has started its admin server";

void AddDirectory(std::string path, uid_t owner,
                  std::vector<SearchDirectory>* directories) {
  const bool known = std::any_of(
      directories->begin(), directories->end(),
      [&](const SearchDirectory& other) { return other.path == path; });
  if (!known) directories->push_back({std::move(path), owner});
}

void AddDirectoriesOf(uid_t user, std::vector<SearchDirectory>* directories) {
  AddDirectory(fmt::format("/run/user/{}/acre", user), user, directories);
  AddDirectory(admin::TemporarySocketDirectory(user), user, directories);
}

// The number that follows `prefix` in a file's name.
std::optional<uid_t> UidIn(std::string_view file_name,
                           std::string_view prefix) {
  if (!file_name.starts_with(prefix)) return std::nullopt;
  file_name.remove_prefix(prefix.size());
  uid_t uid = 0;
  const char* end = file_name.data() + file_name.size();
  const auto [parsed_to, error] = std::from_chars(file_name.data(), end, uid);
  if (file_name.empty() || error != std::errc() || parsed_to != end) {
    return std::nullopt;
  }
  return uid;
}

void AddDirectoriesOfEveryUser(std::vector<SearchDirectory>* directories) {
  for (const auto& [parent, prefix] :
       {std::pair{"/run/user", ""}, std::pair{"/tmp", "acre-"}}) {
    std::error_code error;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(parent, error)) {
      const std::string name = entry.path().filename();
      if (const auto uid = UidIn(name, prefix)) {
        AddDirectoriesOf(*uid, directories);
      }
    }
  }
}

void Search(const SearchDirectory& where, Discovery* discovery) {
  discovery->searched.push_back(where.path);
  const auto directory = admin::SocketDirectory::Open(where.path, where.owner);
  if (!directory.ok()) {
    if (!absl::IsNotFound(directory.status())) {
      discovery->refused.emplace_back(directory.status().message());
    }
    return;
  }
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(where.path, error)) {
    const auto name = admin::ParseSocketName(entry.path().filename().native());
    if (!name ||
        admin::ProbeSocket(entry.path()) != admin::SocketState::kAnswers) {
      continue;
    }
    discovery->servers.push_back({*name, entry.path(), where.owner});
  }
}

// "4242 (postgres)"; the name is the kernel's.
std::string Describe(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name.empty() ? fmt::format("{}", pid)
                      : fmt::format("{} ({})", pid, Printable(name));
}

std::string WhereItLooked(const Discovery& discovery) {
  std::string text =
      fmt::format("looked in {}", fmt::join(discovery.searched, ", "));
  for (const std::string& reason : discovery.refused) text += "; " + reason;
  return text;
}

absl::Status NobodyThere(const Discovery& discovery) {
  return absl::NotFoundError(
      fmt::format("no process serves its statistics: {}; {}",
                  WhereItLooked(discovery), kHint));
}

// Why process `pid` has no socket among those found.
absl::Status NotServing(pid_t pid, const Discovery& discovery) {
  if (kill(pid, 0) != 0 && errno == ESRCH) {
    return absl::NotFoundError(fmt::format("there is no process {}", pid));
  }
  struct stat info;
  if (stat(fmt::format("/proc/{}", pid).c_str(), &info) == 0 &&
      info.st_uid != geteuid() && geteuid() != 0) {
    return absl::NotFoundError(
        fmt::format("process {} belongs to uid {}: run the console as that "
                    "user or as root, not as uid {}",
                    Describe(pid), info.st_uid, geteuid()));
  }
  return absl::NotFoundError(
      fmt::format("process {} does not serve its statistics: {}; {}, and "
                  "--socket attaches to one that serves elsewhere",
                  Describe(pid), WhereItLooked(discovery), kHint));
}

absl::Status Several(const std::vector<FoundServer>& servers) {
  std::string text = "there are several to choose from:";
  for (const FoundServer& server : servers) {
    text += fmt::format("\n  --socket {}   process {}", server.socket_path,
                        Describe(server.name.pid));
  }
  return absl::FailedPreconditionError(text +
                                       "\nchoose one with --pid or --socket");
}

}  // namespace

std::vector<SearchDirectory> SearchDirectories(uid_t user) {
  std::vector<SearchDirectory> directories;
  AddDirectory(admin::DefaultSocketDirectory(), user, &directories);
  AddDirectoriesOf(user, &directories);
  if (user == 0) AddDirectoriesOfEveryUser(&directories);
  return directories;
}

Discovery FindServers(const std::vector<SearchDirectory>& directories) {
  Discovery discovery;
  for (const SearchDirectory& directory : directories) {
    Search(directory, &discovery);
  }
  std::sort(discovery.servers.begin(), discovery.servers.end(),
            [](const FoundServer& a, const FoundServer& b) {
              return std::pair(a.name.pid, a.name.ordinal) <
                     std::pair(b.name.pid, b.name.ordinal);
            });
  return discovery;
}

absl::StatusOr<std::string> ChooseSocket(const Options& options,
                                         const Discovery& discovery) {
  if (!options.socket.empty()) return options.socket;
  std::vector<FoundServer> candidates;
  for (const FoundServer& server : discovery.servers) {
    if (!options.pid || server.name.pid == *options.pid) {
      candidates.push_back(server);
    }
  }
  if (candidates.size() == 1) return candidates.front().socket_path;
  if (candidates.size() > 1) return Several(candidates);
  return options.pid ? NotServing(*options.pid, discovery)
                     : NobodyThere(discovery);
}

}  // namespace acre::console
