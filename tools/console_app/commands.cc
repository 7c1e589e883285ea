#include "tools/console_app/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine_adapter/admin/purge_modes.h"
#include "engine_adapter/admin/router.h"
#include "tools/console_app/admin_client.h"
#include "tools/console_app/process_discovery.h"
#include "tools/console_app/reading.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/service_reports.h"
#include "tools/console_app/terminal.h"
#include "tools/console_app/top.h"

namespace acre::console {
namespace {

// `ps` asks many processes: one that is stopped must not hold up the others.
constexpr std::chrono::seconds kListPatience{2};

ReportStyle StyleFor(const Options& options, const Streams& streams) {
  return {.bytes = options.bytes,
          .colour = WantsColour(streams.out),
          .width = TerminalColumns(streams.out)};
}

std::string ArenaTarget(const Options& options, std::string_view resource) {
  return fmt::format("/v1/arenas/{}{}", admin::PercentEncode(options.argument),
                     resource);
}

absl::StatusOr<AdminClient> Connect(const Options& options) {
  Discovery discovery;
  if (options.socket.empty()) {
    discovery = FindServers(SearchDirectories(geteuid()));
  }
  auto socket = ChooseSocket(options, discovery);
  if (!socket.ok()) return socket.status();
  return AdminClient(*std::move(socket));
}

// A command that shows one document: fetches it and prints it, as it is or
// rendered together with what the process says of itself.
template <typename Reading, typename Render>
absl::Status Show(AdminClient& client, const std::string& target,
                  absl::StatusOr<Reading> (*parse)(std::string_view),
                  Render render, const Options& options,
                  const Streams& streams) {
  const auto body = client.Get(target);
  if (!body.ok()) return body.status();
  if (options.json) {
    Print(streams.out, *body + "\n");
    return absl::OkStatus();
  }
  const auto reading = parse(*body);
  if (!reading.ok()) return reading.status();
  const auto info_body = client.Get("/v1/info");
  if (!info_body.ok()) return info_body.status();
  const auto info = ParseInfo(*info_body);
  if (!info.ok()) return info.status();
  Print(streams.out, render(*info, *reading, StyleFor(options, streams)));
  return absl::OkStatus();
}

absl::Status RunArenas(AdminClient& client, const Options& options,
                       const Streams& streams) {
  std::string target = "/v1/arenas";
  if (options.limit) target += fmt::format("?limit={}", *options.limit);
  return Show(client, target, &ParseListing, &RenderArenas, options, streams);
}

absl::Status RunPurge(AdminClient& client, const Options& options,
                      const Streams& streams) {
  const auto body = client.Post(ArenaTarget(
      options,
      fmt::format("/purge?mode={}", admin::PurgeModeName(options.mode))));
  if (!body.ok()) return body.status();
  if (options.json) {
    Print(streams.out, *body + "\n");
    return absl::OkStatus();
  }
  const auto result = ParsePurge(*body);
  if (!result.ok()) return result.status();
  Print(streams.out, RenderPurge(*result, StyleFor(options, streams)));
  return absl::OkStatus();
}

ProcessRow AskProcess(const FoundServer& server) {
  ProcessRow row{.server = server, .info = std::nullopt, .error = {}};
  AdminClient client(server.socket_path, kListPatience);
  const auto body = client.Get("/v1/info");
  const auto info = body.ok() ? ParseInfo(*body) : body.status();
  if (info.ok()) {
    row.info = *info;
  } else {
    row.error = static_cast<std::string>(info.status().message());
  }
  return row;
}

std::string ProcessesAsJson(const std::vector<ProcessRow>& processes) {
  nlohmann::json list = nlohmann::json::array();
  for (const ProcessRow& process : processes) {
    nlohmann::json item = {{"pid", process.server.name.pid},
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
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::Status RunPs(const Options& options, const Streams& streams) {
  const Discovery discovery = FindServers(SearchDirectories(geteuid()));
  if (discovery.servers.empty()) {
    return ChooseSocket(options, discovery).status();
  }
  std::vector<ProcessRow> processes;
  for (const FoundServer& server : discovery.servers) {
    processes.push_back(AskProcess(server));
  }
  Print(streams.out,
        options.json ? ProcessesAsJson(processes) + "\n"
                     : RenderProcesses(processes, StyleFor(options, streams)));
  return absl::OkStatus();
}

absl::Status RunAttached(AdminClient& client, const Options& options,
                         const Streams& streams) {
  switch (options.command) {
    case Command::kArenas:
      return RunArenas(client, options, streams);
    case Command::kArena:
      return Show(client, ArenaTarget(options, ""), &ParseArena, &RenderArena,
                  options, streams);
    case Command::kBins:
      return Show(client, ArenaTarget(options, "/bins"), &ParseBins,
                  &RenderBins, options, streams);
    case Command::kTop:
      return RunTop(client, options, streams);
    case Command::kGovernor:
      return Show(client, "/v1/info", &ParseService, &RenderGovernor, options,
                  streams);
    case Command::kHooks:
      return Show(client, "/v1/info", &ParseService, &RenderHooks, options,
                  streams);
    case Command::kPurge:
      return RunPurge(client, options, streams);
    case Command::kPs:
    case Command::kHelp:
      break;
  }
  return absl::InternalError("not a command that attaches");
}

}  // namespace

absl::Status RunCommand(const Options& options, const Streams& streams) {
  if (options.command == Command::kPs) return RunPs(options, streams);
  auto client = Connect(options);
  if (!client.ok()) return client.status();
  return RunAttached(*client, options, streams);
}

}  // namespace acre::console
