#include "tools/console_app/process_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::ordered_json;
using stats::ArenaStatistics;

std::string Pid(const ProcessRow& process) {
  return fmt::format("{}", process.server.name.pid);
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Of all processes; `arenas` counts theirs.
ArenaStatistics Total(const std::vector<ProcessRow>& processes,
                      uint64_t* arenas) {
  ArenaStatistics total = {};
  *arenas = 0;
  for (const ProcessRow& process : processes) {
    if (!process.listing) continue;
    stats::AddTo(process.listing->total, &total);
    *arenas += process.listing->arena_count;
  }
  return total;
}

Json Figures(const ArenaStatistics& arena) {
  Json figures = Json::object();
  for (const auto& field : stats::kArenaFields) {
    figures[std::string(field.name)] = arena.*field.member;
  }
  return figures;
}

struct OwnedArena {
  const ProcessRow* process;
  const ArenaStatistics* arena;
};

std::vector<OwnedArena> LargestFirst(const std::vector<ProcessRow>& processes,
                                     std::optional<size_t> limit) {
  std::vector<OwnedArena> all;
  for (const ProcessRow& process : processes) {
    if (!process.listing) continue;
    for (const ArenaStatistics& arena : process.listing->arenas) {
      all.push_back({&process, &arena});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const OwnedArena& a, const OwnedArena& b) {
                     return a.arena->charged > b.arena->charged;
                   });
  if (limit && all.size() > *limit) all.resize(*limit);
  return all;
}

// Below a table: those that did not answer.
std::string Silent(const std::vector<ProcessRow>& processes,
                   const ReportStyle& style) {
  std::string text;
  for (const ProcessRow& process : processes) {
    if (process.error.empty()) continue;
    text +=
        Paint(fmt::format("! {}: {}", Pid(process), Printable(process.error)),
              Style::kWarning, style.colour) +
        "\n";
  }
  return text;
}

}  // namespace

std::string RenderProcesses(const std::vector<ProcessRow>& processes,
                            const ReportStyle& style) {
  Table table;
  table.AddColumn("PID");
  table.AddColumn("SERVICE", Align::kLeft);
  table.AddColumn("UP");
  table.AddColumn("ARENAS");
  table.AddColumn("WRITES", Align::kLeft);
  table.AddColumn("SOCKET", Align::kLeft);
  for (const ProcessRow& process : processes) {
    const std::string socket = Printable(process.server.socket_path);
    if (!process.info) {
      table.AddRow({{Pid(process)},
                    {"(" + Printable(process.error) + ")", Style::kWarning},
                    {"-"},
                    {"-"},
                    {"-"},
                    {socket}});
      continue;
    }
    table.AddRow({{Pid(process)},
                  {Printable(process.info->name)},
                  {FormatUptime(process.info->uptime_seconds)},
                  {FormatCount(process.info->arenas, style.bytes)},
                  {process.info->writes_allowed ? "allowed" : "no"},
                  {socket}});
  }
  return table.Render({.colour = style.colour, .width = 0});
}

std::string RenderProcessTotals(const std::vector<ProcessRow>& processes,
                                const ReportStyle& style) {
  const std::vector<ArenaColumn> columns = SumColumns(style.bytes);
  Table table;
  table.AddColumn("PROCESS", Align::kLeft);
  table.AddColumn("ARENAS");
  for (const ArenaColumn& column : columns) table.AddColumn(column.header);
  std::vector<const ProcessRow*> rows;
  for (const ProcessRow& process : processes) {
    if (process.listing) rows.push_back(&process);
  }
  std::stable_sort(
      rows.begin(), rows.end(), [](const ProcessRow* a, const ProcessRow* b) {
        return a->listing->total.charged > b->listing->total.charged;
      });
  const auto add_row = [&](std::string name, uint64_t arenas,
                           const ArenaStatistics& total) {
    std::vector<Cell> row = {{std::move(name)},
                             {FormatCount(arenas, style.bytes)}};
    for (const ArenaColumn& column : columns) row.push_back(column.cell(total));
    table.AddRow(std::move(row));
  };
  for (const ProcessRow* process : rows) {
    add_row(fmt::format("{} {}", Pid(*process), Printable(process->info->name)),
            process->listing->arena_count, process->listing->total);
  }
  table.AddRule();
  uint64_t arenas = 0;
  const ArenaStatistics total = Total(processes, &arenas);
  add_row(fmt::format("total ({})", rows.size()), arenas, total);
  double cost_us = 0;
  for (const ProcessRow* process : rows) {
    cost_us += process->listing->stamp.cost_us;
  }
  return fmt::format("{} process{}, read one after the other in {}\n\n",
                     rows.size(), rows.size() == 1 ? "" : "es",
                     FormatCost(cost_us)) +
         table.Render(style.layout()) + Silent(processes, style);
}

std::string RenderAllArenas(const std::vector<ProcessRow>& processes,
                            std::optional<size_t> limit,
                            const ReportStyle& style) {
  const std::vector<ArenaColumn> columns = SumColumns(style.bytes);
  Table table;
  table.AddColumn("ARENA", Align::kLeft);
  table.AddColumn("PID");
  for (const ArenaColumn& column : columns) table.AddColumn(column.header);
  const auto add_row = [&](std::string name, std::string pid,
                           const ArenaStatistics& arena) {
    std::vector<Cell> row = {{std::move(name)}, {std::move(pid)}};
    for (const ArenaColumn& column : columns) row.push_back(column.cell(arena));
    table.AddRow(std::move(row));
  };
  uint64_t arenas = 0;
  const ArenaStatistics total = Total(processes, &arenas);
  ArenaStatistics others = total;
  uint64_t shown = 0;
  for (const OwnedArena& one : LargestFirst(processes, limit)) {
    add_row(ArenaName(*one.arena), Pid(*one.process), *one.arena);
    ++shown;
    for (const auto& field : stats::kArenaFields) {
      others.*field.member -=
          std::min(others.*field.member, one.arena->*field.member);
    }
  }
  if (arenas > shown) {
    add_row(fmt::format("others ({})", arenas - shown), "", others);
  }
  table.AddRule();
  add_row(fmt::format("total ({})", arenas), "", total);
  return table.Render(style.layout()) + Silent(processes, style);
}

std::string ProcessesAsJson(const std::vector<ProcessRow>& processes) {
  Json list = Json::array();
  bool has_figures = false;
  for (const ProcessRow& process : processes) {
    Json item = {{"pid", process.server.name.pid},
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
    if (process.listing) {
      has_figures = true;
      item["read_at"] = process.listing->stamp.read_at;
      item["figures"] = Figures(process.listing->total);
    }
    list.push_back(std::move(item));
  }
  Json document = {{"processes", std::move(list)}};
  if (has_figures) {
    uint64_t arenas = 0;
    Json total = Figures(Total(processes, &arenas));
    total["arenas"] = arenas;
    document["total"] = std::move(total);
  }
  return Dump(document);
}

std::string AllArenasAsJson(const std::vector<ProcessRow>& processes,
                            std::optional<size_t> limit) {
  Json list = Json::array();
  for (const OwnedArena& one : LargestFirst(processes, limit)) {
    Json item = {{"pid", one.process->server.name.pid},
                 {"name", std::string(one.arena->name)},
                 {"index", one.arena->index},
                 {"generation", one.arena->generation}};
    item.update(Figures(*one.arena));
    list.push_back(std::move(item));
  }
  uint64_t arenas = 0;
  Json document = {{"arenas", std::move(list)}};
  document["total"] = Figures(Total(processes, &arenas));
  document["arena_count"] = arenas;
  return Dump(document);
}

}  // namespace acre::console
