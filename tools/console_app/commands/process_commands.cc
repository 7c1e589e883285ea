// The processes that can be attached to.

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/csv.h"
#include "tools/console_app/process_discovery.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/session.h"

namespace acre::console {
namespace {

// One that is stopped must not hold up the others.
constexpr std::chrono::seconds kPatience{2};

ProcessRow AskProcess(const FoundServer& server) {
  ProcessRow row{.server = server, .info = std::nullopt, .error = {}};
  AdminClient client(server.socket_path, kPatience);
  const auto body = client.Get("/v1/info");
  const auto info = body.ok() ? ParseInfo(*body) : body.status();
  if (info.ok()) {
    row.info = *info;
  } else {
    row.error = static_cast<std::string>(info.status().message());
  }
  return row;
}

std::string AsJson(const std::vector<ProcessRow>& processes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ProcessRow& process : processes) {
    nlohmann::ordered_json item = {{"pid", process.server.name.pid},
                                   {"uid", process.server.owner},
                                   {"socket", process.server.socket_path}};
    if (process.info) {
      item["name"] = process.info->name;
      item["version"] = process.info->version;
      item["uptime_seconds"] = process.info->uptime_seconds;
      item["arenas"] = process.info->arenas;
      item["writes_allowed"] = process.info->writes_allowed;
    } else {
      item["error"] = process.error;
    }
    list.push_back(std::move(item));
  }
  return list.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

absl::StatusOr<std::string> Ps(Session& session, const Options& options) {
  const Discovery discovery = FindServers(SearchDirectories(geteuid()));
  if (discovery.servers.empty()) {
    return ChooseSocket(options, discovery).status();
  }
  std::vector<ProcessRow> processes;
  for (const FoundServer& server : discovery.servers) {
    processes.push_back(AskProcess(server));
  }
  if (options.csv) {
    return CsvOfJson("{\"processes\":" + AsJson(processes) + "}", "processes");
  }
  if (options.json) return AsJson(processes) + "\n";
  return RenderProcesses(processes, session.StyleFor(options));
}

}  // namespace

CommandTable ProcessCommands() {
  return {{
      .name = "ps",
      .summary = "the processes that can be attached to",
      .details =
          R"(Lists the processes of this user (as root: of every user) that serve their
statistics.

Examples:
  acre_console ps
  acre_console ps --json
)",
      .flags = Bits(Flag::kJson, Flag::kCsv),
      .handler = &Ps,
  }};
}

}  // namespace acre::console
