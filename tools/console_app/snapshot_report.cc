// How a difference of two snapshots is shown.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/console_app/snapshot.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::ordered_json;
using stats::ArenaStatistics;
using Fate = ArenaChange::Fate;

constexpr std::pair<const char*, uint64_t ArenaStatistics::*> kParts[] = {
    {"+ALLOCATED", &ArenaStatistics::allocated},
    {"+CACHED", &ArenaStatistics::cached},
    {"+SLACK", &ArenaStatistics::slack},
    {"+DIRTY", &ArenaStatistics::dirty},
    {"+MUZZY", &ArenaStatistics::muzzy},
    {"+METADATA", &ArenaStatistics::metadata}};

constexpr std::pair<const char*, uint64_t ArenaStatistics::*> kRates[] = {
    {"fills", &ArenaStatistics::fills},
    {"flushes", &ArenaStatistics::flushes},
    {"refusals", &ArenaStatistics::refusals},
    {"purged", &ArenaStatistics::purged}};

int64_t Change(const ArenaStatistics& before, const ArenaStatistics& after,
               uint64_t ArenaStatistics::*member) {
  return static_cast<int64_t>(after.*member - before.*member);
}

// A total sinks when arenas go, with what they had counted.
double Rate(int64_t change, double seconds) {
  return change <= 0 || seconds <= 0 ? 0
                                     : static_cast<double>(change) / seconds;
}

std::string_view FateName(Fate fate) {
  switch (fate) {
    case Fate::kStayed:
      return "";
    case Fate::kCame:
      return "came";
    case Fate::kGone:
      return "gone";
  }
  return "";
}

Style FateStyle(Fate fate) {
  return fate == Fate::kStayed ? Style::kPlain : Style::kWarning;
}

std::vector<Cell> Row(std::string name, Fate fate,
                      const ArenaStatistics& before,
                      const ArenaStatistics& after,
                      std::optional<double> seconds, ByteStyle style) {
  std::vector<Cell> row = {
      {std::move(name)},
      {std::string(FateName(fate)), FateStyle(fate)},
      {FormatBytes(after.charged, style)},
      {FormatByteChange(Change(before, after, &ArenaStatistics::charged),
                        style),
       Style::kBold}};
  for (const auto& [header, member] : kParts) {
    row.emplace_back(FormatByteChange(Change(before, after, member), style));
  }
  const int64_t refusals = Change(before, after, &ArenaStatistics::refusals);
  row.emplace_back(
      FormatCount(static_cast<uint64_t>(std::max<int64_t>(refusals, 0)), style),
      refusals > 0 ? Style::kWarning : Style::kPlain);
  if (!seconds) return row;
  for (const auto member :
       {&ArenaStatistics::fills, &ArenaStatistics::flushes}) {
    row.emplace_back(FormatRate(Rate(Change(before, after, member), *seconds)));
  }
  const double purged =
      Rate(Change(before, after, &ArenaStatistics::purged), *seconds);
  row.emplace_back(FormatBytes(static_cast<uint64_t>(purged), style));
  return row;
}

Table DiffTable(const SnapshotDiff& diff, size_t rows, ByteStyle style) {
  Table table;
  table.AddColumn("ARENA", Align::kLeft);
  table.AddColumn("", Align::kLeft);
  table.AddColumn("CHARGED");
  table.AddColumn("CHANGE");
  for (const auto& [header, member] : kParts) table.AddColumn(header);
  table.AddColumn("REFUSALS");
  if (diff.seconds) {
    for (const char* header : {"FILLS/S", "FLUSHES/S", "PURGED/S"}) {
      table.AddColumn(header);
    }
  }
  for (size_t i = 0; i < rows; ++i) {
    const ArenaChange& change = diff.arenas[i];
    const ArenaStatistics& named =
        change.fate == Fate::kGone ? change.before : change.after;
    table.AddRow(Row(ArenaName(named), change.fate, change.before, change.after,
                     diff.seconds, style));
  }
  table.AddRule();
  table.AddRow(Row("total", Fate::kStayed, diff.before, diff.after,
                   diff.seconds, style));
  return table;
}

std::string Taken(const Snapshot& snapshot) {
  return fmt::format("{} (pid {}) at {}", Printable(snapshot.info.name),
                     snapshot.info.pid,
                     Printable(snapshot.listing.stamp.read_at));
}

Json Changes(const ArenaStatistics& before, const ArenaStatistics& after,
             std::optional<double> seconds) {
  Json object = {{"charged_before", before.charged},
                 {"charged_after", after.charged}};
  Json change = Json::object();
  for (const auto& field : stats::kArenaFields) {
    change[std::string(field.name)] = Change(before, after, field.member);
  }
  object["change"] = std::move(change);
  if (!seconds) return object;
  for (const auto& [name, member] : kRates) {
    object["per_second"][name] = Rate(Change(before, after, member), *seconds);
  }
  return object;
}

}  // namespace

std::string RenderDiff(const Snapshot& before, const Snapshot& after,
                       const SnapshotDiff& diff, std::optional<size_t> limit,
                       const ReportStyle& style) {
  std::string text =
      fmt::format("from {}\nto   {}", Taken(before), Taken(after));
  text += diff.seconds
              ? fmt::format(", {:.1f} s later\n\n", *diff.seconds)
              : "\nTwo processes: arenas are compared by name, without "
                "rates.\n\n";
  const auto count = [&](auto predicate) {
    return static_cast<size_t>(
        std::count_if(diff.arenas.begin(), diff.arenas.end(), predicate));
  };
  const auto has_fate = [&](Fate fate) {
    return count(
        [&](const ArenaChange& change) { return change.fate == fate; });
  };
  const size_t changed = count(&Changed);
  const size_t rows = std::min(limit.value_or(changed), changed);
  text += DiffTable(diff, rows, style.bytes).Render(style.layout());
  text += fmt::format("\n{} changed, {} did not; {} came, {} went\n",
                      CountOf(changed, "arena"), diff.arenas.size() - changed,
                      has_fate(Fate::kCame), has_fate(Fate::kGone));
  return text;
}

std::string DiffAsJson(const SnapshotDiff& diff, std::optional<size_t> limit) {
  Json document;
  document["seconds"] = diff.seconds ? Json(*diff.seconds) : Json();
  document["total"] = Changes(diff.before, diff.after, diff.seconds);
  Json arenas = Json::array();
  for (const ArenaChange& change : diff.arenas) {
    if (limit && arenas.size() >= *limit) break;
    const ArenaStatistics& named =
        change.fate == Fate::kGone ? change.before : change.after;
    Json row = {{"name", std::string(named.name)},
                {"index", named.index},
                {"generation", named.generation},
                {"fate", change.fate == Fate::kStayed
                             ? "stayed"
                             : std::string(FateName(change.fate))}};
    row.update(Changes(change.before, change.after, diff.seconds));
    arenas.push_back(std::move(row));
  }
  document["arenas"] = std::move(arenas);
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace acre::console
