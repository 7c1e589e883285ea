#include "tools/console_app/commands/all_processes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "tools/console_app/admin_client.h"
#include "tools/console_app/document.h"
#include "tools/console_app/process_discovery.h"

namespace acre::console {
namespace {

// One that is stopped must not hold up the others.
constexpr std::chrono::seconds kPatience{2};

absl::Status Ask(AdminClient& client, Depth depth, std::optional<size_t> limit,
                 ProcessRow* row) {
  const auto info = ReadInfo(client);
  if (!info.ok()) return info.status();
  if (depth != Depth::kInfo) {
    std::string target = "/v1/arenas";
    if (depth == Depth::kTotals) limit = 1;
    if (limit) target += fmt::format("?limit={}", *limit);
    const auto body = client.Get(target);
    if (!body.ok()) return body.status();
    auto listing = ParseListing(*body);
    if (!listing.ok()) return listing.status();
    row->listing = *std::move(listing);
  }
  row->info = *info;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ProcessRow>> AskAllProcesses(
    Depth depth, std::optional<size_t> limit) {
  const Discovery discovery = FindServers(SearchDirectories(geteuid()));
  if (discovery.servers.empty()) return ChooseSocket({}, discovery).status();
  std::vector<ProcessRow> processes;
  for (const FoundServer& server : discovery.servers) {
    ProcessRow row{.server = server};
    AdminClient client(server.socket_path, kPatience);
    const absl::Status status = Ask(client, depth, limit, &row);
    if (!status.ok()) row.error = static_cast<std::string>(status.message());
    processes.push_back(std::move(row));
  }
  return processes;
}

}  // namespace acre::console
