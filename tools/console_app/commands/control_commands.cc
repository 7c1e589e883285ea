// The control tree: `ctl ...`, and what is changed through it: `arena limit`,
// `arena decay`.

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine_adapter/admin/percent_coding.h"
#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/commands/rows_command.h"
#include "tools/console_app/control_name.h"
#include "tools/console_app/control_report.h"
#include "tools/console_app/json_members.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

constexpr ArgumentSpec kArena = {"NAME", ArgumentKind::kArena};
constexpr ArgumentSpec kControl = {"NAME", ArgumentKind::kControl};

absl::StatusOr<RowsReading> ReadControl(AdminClient& client,
                                        std::string_view name) {
  const auto body = client.Get(ControlTarget(name));
  if (!body.ok()) return body.status();
  return ParseRows(*body);
}

absl::StatusOr<std::string> Get(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto body = (*client)->Get(ControlTarget(options.arguments[0]));
  if (!body.ok()) return body.status();
  if (options.json) return *body + "\n";
  const auto reading = ParseRows(*body);
  if (!reading.ok()) return reading.status();
  return RenderControl(*reading, session.StyleFor(options));
}

// Nodes that are looked up by what is known of them, not by their name alone.
absl::StatusOr<std::string> ListNodes(Session& session, const Options& options,
                                      std::string_view parameter) {
  std::string target = "/v1/ctl";
  if (!options.arguments.empty()) {
    target += fmt::format("?{}={}", parameter,
                          admin::PercentEncode(options.arguments[0]));
  }
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto body = (*client)->Get(target);
  if (!body.ok()) return body.status();
  if (WantsMachineText(options)) return MachineText(*body, "nodes", options);
  const auto reading = ParseRows(*body);
  if (!reading.ok()) return reading.status();
  const nlohmann::json& nodes = Member(reading->document, "nodes");
  if (!nodes.is_array() || nodes.empty()) {
    return absl::NotFoundError(
        fmt::format("no control matches \"{}\"", options.arguments[0]));
  }
  return RowsTable(reading->document, "nodes",
                   {{"name", "NAME", RowUnit::kText},
                    {"mode", "MODE", RowUnit::kText},
                    {"type", "TYPE", RowUnit::kText},
                    {"unit", "UNIT", RowUnit::kText},
                    {"help", "MEANING", RowUnit::kText}},
                   options.bytes)
      .Render(session.StyleFor(options).layout());
}

absl::StatusOr<std::string> List(Session& session, const Options& options) {
  return ListNodes(session, options, "prefix");
}

absl::StatusOr<std::string> Search(Session& session, const Options& options) {
  return ListNodes(session, options, "search");
}

absl::StatusOr<std::string> Explain(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const std::string& name = options.arguments[0];
  const auto reading = ReadControl(**client, name);
  if (reading.ok()) {
    return RenderControlHelp(*reading, session.StyleFor(options));
  }
  // A pattern (arena.<i>.purge), or a node that is not read.
  const auto body =
      (*client)->Get("/v1/ctl?prefix=" + admin::PercentEncode(name));
  if (!body.ok()) return body.status();
  const auto list = ParseRows(*body);
  if (!list.ok()) return list.status();
  for (const nlohmann::json& node : Member(list->document, "nodes")) {
    if (Text(node, "name") == name) {
      return RenderControlHelp({.stamp = {}, .document = node},
                               session.StyleFor(options));
    }
  }
  return reading.status();
}

std::string DryRunSuffix(const Options& options, bool first) {
  if (!options.dry_run) return "";
  return first ? "?dry_run=1" : "&dry_run=1";
}

struct Written {
  std::string body;
  std::string unit;
};

absl::StatusOr<Written> WriteControl(AdminClient& client,
                                     const std::string& name,
                                     const std::string& value,
                                     const Options& options) {
  const auto reading = ReadControl(client, name);
  // Without permission or without such a name the change says why.
  const std::string unit =
      reading.ok() ? Text(reading->document, "unit") : std::string();
  std::string number = value;
  if (const auto bytes = ParseBytes(value); bytes && unit == "bytes") {
    number = fmt::format("{}", *bytes);
  }
  const auto body = client.Put(ControlTarget(name) +
                               "?value=" + admin::PercentEncode(number) +
                               DryRunSuffix(options, /*first=*/false));
  if (!body.ok()) return body.status();
  return Written{*body, unit};
}

// Changes, in order; the first that fails ends it.
absl::StatusOr<std::string> WriteAll(
    Session& session, const Options& options,
    const std::vector<std::pair<std::string, std::string>>& changes) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  std::string text;
  for (const auto& [name, value] : changes) {
    const auto written = WriteControl(**client, name, value, options);
    if (!written.ok()) return written.status();
    if (options.json) {
      text += written->body + "\n";
      continue;
    }
    const auto answer = ParseRows(written->body);
    if (!answer.ok()) return answer.status();
    text += RenderControlChange(answer->document, written->unit,
                                session.StyleFor(options));
  }
  return text;
}

absl::StatusOr<std::string> Set(Session& session, const Options& options) {
  return WriteAll(session, options,
                  {{options.arguments[0], options.arguments[1]}});
}

absl::StatusOr<std::string> Run(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto body = (*client)->Post(ControlTarget(options.arguments[0]) +
                                    DryRunSuffix(options, /*first=*/true));
  if (!body.ok()) return body.status();
  if (options.json) return *body + "\n";
  const auto answer = ParseRows(*body);
  if (!answer.ok()) return answer.status();
  return RenderControlChange(answer->document, "", session.StyleFor(options));
}

// What some of an arena's controls are now.
absl::StatusOr<std::string> ShowControls(
    Session& session, const Options& options,
    const std::vector<std::string_view>& figures) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const ReportStyle style = session.StyleFor(options);
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  Table table;
  table.AddColumn("CONTROL", Align::kLeft);
  table.AddColumn("VALUE");
  table.AddColumn("MEANING", Align::kLeft);
  for (const std::string_view figure : figures) {
    const auto reading =
        ReadControl(**client, ArenaControl(options.arguments[0], figure));
    if (!reading.ok()) return reading.status();
    const nlohmann::json& value = Member(reading->document, "value");
    const std::string unit = Text(reading->document, "unit");
    document[std::string(figure)] = value;
    const bool none = unit == "bytes" && value == 0;
    table.AddRow({{std::string(figure)},
                  {none ? "none" : ControlValueText(value, unit, style.bytes),
                   Style::kBold},
                  {Printable(Text(reading->document, "help")), Style::kDim}});
  }
  if (options.json) return document.dump() + "\n";
  return table.Render(style.layout());
}

absl::StatusOr<std::string> Limit(Session& session, const Options& options) {
  if (!options.Changes()) {
    return ShowControls(session, options,
                        {"hard_limit", "soft_limit", "reserved"});
  }
  const auto bytes = ParseBytes(options.arguments[1]);
  if (!bytes) {
    return absl::InvalidArgumentError(
        fmt::format("a limit is a number of bytes such as 64MiB, or none; got "
                    "\"{}\"",
                    Printable(options.arguments[1])));
  }
  const std::string_view which = options.soft       ? "soft_limit"
                                 : options.reserved ? "reserved"
                                                    : "hard_limit";
  return WriteAll(
      session, options,
      {{ArenaControl(options.arguments[0], which), fmt::format("{}", *bytes)}});
}

absl::StatusOr<std::string> Decay(Session& session, const Options& options) {
  if (!options.Changes()) {
    return ShowControls(session, options, {"dirty_decay_ms", "muzzy_decay_ms"});
  }
  std::vector<std::pair<std::string, std::string>> changes;
  for (size_t i = 1; i < options.arguments.size(); ++i) {
    changes.emplace_back(
        ArenaControl(options.arguments[0],
                     i == 1 ? "dirty_decay_ms" : "muzzy_decay_ms"),
        options.arguments[i]);
  }
  return WriteAll(session, options, changes);
}

constexpr FlagSet kReadFlags = kAttachFlags | Bits(Flag::kJson, Flag::kBytes);
constexpr FlagSet kChangeFlags = kReadFlags | Bits(Flag::kDryRun, Flag::kYes);

}  // namespace

CommandTable ArenaControlCommands() {
  return {
      {.name = "arena limit",
       .arguments = {kArena, {"BYTES", ArgumentKind::kText, true}},
       .summary = "show or change what an arena may hold",
       .details =
           R"(Without BYTES, the limits of an arena. With it, its hard limit is changed at
once; 0 or none takes it away. Below what is charged a hard limit stops growth
until enough came back. --soft and --reserved are about the other two.

Examples:
  acre_console arena limit tenant-7
  acre_console arena limit tenant-7 64MiB --dry-run
  acre_console arena limit tenant-7 64MiB --yes
  acre_console arena limit tenant-7 none --soft --yes
)",
       .kind = CommandKind::kChange,
       .flags = kChangeFlags | Bits(Flag::kSoft, Flag::kReserved),
       .handler = &Limit,
       .consequence = "changes what the arena's queries are refused",
       .changes_from = 2},
      {.name = "arena decay",
       .arguments = {kArena,
                     {"DIRTY_MS", ArgumentKind::kText, true},
                     {"MUZZY_MS", ArgumentKind::kText, true}},
       .summary = "show or change when unused memory goes",
       .details =
           R"(Without times, those of an arena. With them, the milliseconds in which its
unused dirty pages are purged, and, if given, its muzzy ones; 0 is at once, -1
never.

Examples:
  acre_console arena decay tenant-7
  acre_console arena decay tenant-7 500 --yes
  acre_console arena decay tenant-7 2000 0 --dry-run
)",
       .kind = CommandKind::kChange,
       .flags = kChangeFlags,
       .handler = &Decay,
       .consequence = "changes how long the arena keeps unused memory",
       .changes_from = 2},
  };
}

CommandTable ControlCommands() {
  return {
      {.name = "ctl get",
       .arguments = {kControl},
       .summary = "read a control by its name",
       .details =
           R"(Everything that the process knows and that can be changed has a name, with
jemalloc's names where they mean the same. In a name <i> is an arena: its index,
its name, or all; in quotes if the name has dots or only digits.

Examples:
  acre_console ctl get stats.allocated
  acre_console ctl get arena.tenant-7.hard_limit
  acre_console ctl get 'arena."eu.west-7".dirty_decay_ms' --json
)",
       .flags = kReadFlags,
       .handler = &Get},
      {.name = "ctl set",
       .arguments = {kControl, {"VALUE", ArgumentKind::kText}},
       .summary = "change a control",
       .details =
           R"(Writes a value; bytes may have a unit. What it was and what it is now is shown,
and kept in the process (`audit`).

Examples:
  acre_console ctl set arena.tenant-7.hard_limit 64MiB --yes
  acre_console ctl set arena.all.dirty_decay_ms 500 --dry-run
)",
       .kind = CommandKind::kChange,
       .flags = kChangeFlags,
       .handler = &Set,
       .consequence = "changes the process",
       .changes_from = 2},
      {.name = "ctl run",
       .arguments = {kControl},
       .summary = "execute a control",
       .details =
           R"(For controls that are done, not read: their mode is x.

Examples:
  acre_console ctl run arena.tenant-7.purge --yes
  acre_console ctl list arena. | grep -w x
)",
       .kind = CommandKind::kChange,
       .flags = kChangeFlags,
       .handler = &Run,
       .consequence = "changes the process",
       .changes_from = 1},
      {.name = "ctl list",
       .arguments = {{"PREFIX", ArgumentKind::kControl, true}},
       .summary = "the controls there are, with their meaning",
       .details =
           R"(MODE is r (read), w (write), rw, or x (execute). <i> stands for an arena, <j>
for a number.

Examples:
  acre_console ctl list
  acre_console ctl list arena.
)",
       .flags = kDocumentFlags,
       .handler = &List},
      {.name = "ctl search",
       .arguments = {{"TEXT", ArgumentKind::kText}},
       .summary = "the controls whose name or meaning has a text",
       .details = R"(Examples:
  acre_console ctl search decay
)",
       .flags = kDocumentFlags,
       .handler = &Search},
      {.name = "ctl help",
       .arguments = {kControl},
       .summary = "what a control means",
       .details = R"(Examples:
  acre_console ctl help arena.tenant-7.hard_limit
  acre_console ctl help 'arena.<i>.purge'
)",
       .flags = kAttachFlags | Bit(Flag::kBytes),
       .handler = &Explain},
  };
}

}  // namespace acre::console
