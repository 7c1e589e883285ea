#include "tools/console_app/overview_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tools/console_app/reports.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using stats::ArenaStatistics;

constexpr uint64_t kMiB = uint64_t{1} << 20;

// From these on it is worth a line.
constexpr double kNearLimit = 0.9;
constexpr double kMostMetadata = 0.1;
constexpr uint64_t kLeastMetadata = 8 * kMiB;
constexpr double kMostDirty = 0.5;
constexpr uint64_t kLeastDirty = 32 * kMiB;

bool IsShare(uint64_t part, double share, uint64_t whole) {
  return whole > 0 &&
         static_cast<double>(part) >= share * static_cast<double>(whole);
}

std::string Human(uint64_t bytes) {
  return FormatBytes(bytes, ByteStyle::kHuman);
}

std::string Times(uint64_t count) { return CountOf(count, "time"); }

struct Line {
  const char* sign;
  const char* name;
  uint64_t bytes;  // "=": unused
  const char* meaning;
};

// Metadata that no arena is charged for: pools' spare pages, the page map. The
// two readings are not of the same moment.
uint64_t SharedMetadata(const ServiceReading& service,
                        const ArenaListing& listing) {
  const uint64_t charged = listing.total.metadata;
  return service.service.metadata - std::min(service.service.metadata, charged);
}

Table LedgerTable(const ServiceReading& service, const ArenaListing& listing,
                  ByteStyle style) {
  const ArenaStatistics& total = listing.total;
  const uint64_t shared = SharedMetadata(service, listing);
  const uint64_t whole = total.allocated + total.cached + total.slack +
                         total.dirty + total.muzzy + total.metadata + shared;
  const Line lines[] = {
      {" ", "allocated", total.allocated, "in use by queries"},
      {"+", "cached", total.cached,
       "freed, kept in tcaches for the next query"},
      {"+", "slack", total.slack, "free regions inside pages in use"},
      {"=", "active", 0, "pages that hold something"},
      {"+", "dirty", total.dirty, "unused pages, kept until decay purges them"},
      {"+", "muzzy", total.muzzy, "unused pages that the system may take"},
      {"+", "metadata", total.metadata, "what describes the arenas' memory"},
      {"=", "charged", 0, "what counts against the limits"},
      {"+", "shared metadata", shared, "page map and pools, no arena's own"},
      {"=", "resident", 0, "most of Acre's that may be in memory"},
  };
  LedgerFormat format(whole, style);
  Table table;
  table.AddColumn("", Align::kLeft);
  table.AddColumn(std::string(format.unit()));
  table.AddColumn("SHARE");
  table.AddColumn("MEANING", Align::kLeft);
  uint64_t sum = 0;
  for (const Line& line : lines) {
    const bool is_sum = *line.sign == '=';
    sum += line.bytes;
    const Style text_style = is_sum ? Style::kBold : Style::kPlain;
    table.AddRow({{fmt::format("{} {}", line.sign, line.name), text_style},
                  {is_sum ? format.Sum() : format.Add(line.bytes), text_style},
                  {FormatShare(is_sum ? sum : line.bytes, whole)},
                  {line.meaning, Style::kDim}});
  }
  return table;
}

std::string LimitLine(const stats::ServiceStatistics& service,
                      ByteStyle style) {
  std::string text =
      service.hard_limit == 0
          ? "limit: none for the whole"
          : fmt::format("limit: {} of {} charged ({}), reserves whole",
                        FormatBytes(service.charged, style),
                        FormatBytes(service.hard_limit, style),
                        FormatShare(service.charged, service.hard_limit));
  return text + fmt::format("; peak {}\n", FormatBytes(service.peak, style));
}

std::string GovernorLine(const stats::GovernorStatistics& governor,
                         const ArenaStatistics& total, ByteStyle style) {
  return fmt::format("governor: {}, {} due for a visit; {} given back so far\n",
                     governor.running ? "running" : "no thread",
                     CountOf(governor.scheduled, "arena"),
                     FormatBytes(total.purged, style));
}

void WarnOfArenas(const ArenaListing& listing,
                  std::vector<std::string>* warnings) {
  for (const ArenaStatistics& arena : listing.arenas) {
    if (!IsShare(arena.charged, kNearLimit, arena.hard_limit)) continue;
    warnings->push_back(fmt::format(
        "arena \"{}\" has {} of its limit of {} ({})", ArenaName(arena),
        Human(arena.charged), Human(arena.hard_limit),
        CountOf(arena.refusals, "refusal")));
  }
}

}  // namespace

LedgerFormat::LedgerFormat(uint64_t whole, ByteStyle style) {
  if (style == ByteStyle::kExact) return;
  constexpr std::array<std::string_view, 5> kUnits = {"KiB", "MiB", "GiB",
                                                      "TiB", "PiB"};
  double unit = 1024;
  size_t i = 0;
  while (static_cast<double>(whole) >= 1000 * unit && i + 1 < kUnits.size()) {
    unit *= 1024;
    ++i;
  }
  unit_ = kUnits[i];
  step_ = unit / 10;
}

uint64_t LedgerFormat::Steps(uint64_t bytes) const {
  if (step_ == 1) return bytes;
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(bytes) / step_));
}

std::string LedgerFormat::Format(uint64_t steps) const {
  if (step_ == 1) return fmt::format("{}", steps);
  return fmt::format("{}.{}", steps / 10, steps % 10);
}

std::string LedgerFormat::Add(uint64_t bytes) {
  const uint64_t before = Steps(sum_);
  sum_ += bytes;
  return Format(Steps(sum_) - before);
}

std::string LedgerFormat::Sum() const { return Format(Steps(sum_)); }

std::string LedgerFormat::Between(uint64_t from, uint64_t to) const {
  const uint64_t before = Steps(from);
  const uint64_t after = Steps(to);
  return after >= before ? Format(after - before)
                         : "-" + Format(before - after);
}

std::vector<std::string> Warnings(const ServiceReading& reading,
                                  const ArenaListing& listing) {
  const stats::ServiceStatistics& service = reading.service;
  const ArenaStatistics& total = listing.total;
  std::vector<std::string> warnings;
  const auto warn = [&](uint64_t count, std::string_view format) {
    if (count == 0) return;
    warnings.push_back(fmt::format(fmt::runtime(format), Times(count)));
  };
  warn(service.misuses, "misuse, such as a wrong free, was reported {}");
  warn(total.out_of_memory, "the system denied memory {}");
  warn(service.hook_failures, "extent hooks went wrong {}");
  if (IsShare(service.charged, kNearLimit, service.hard_limit)) {
    warnings.push_back(fmt::format("the service has {} of its limit of {}",
                                   Human(service.charged),
                                   Human(service.hard_limit)));
  }
  WarnOfArenas(listing, &warnings);
  warn(total.refusals, "a limit denied an allocation {} so far");
  if (!service.governor.running && service.governor.scheduled > 0) {
    warnings.push_back(
        fmt::format("{} due for a visit, and the governor has no thread: does "
                    "the engine call Tick()?",
                    CountOf(service.governor.scheduled, "arena")));
  }
  warn(service.governor.thread_failures,
       "the system refused the governor a thread {}");
  if (total.dirty >= kLeastDirty &&
      IsShare(total.dirty, kMostDirty, total.charged)) {
    warnings.push_back(
        fmt::format("{} of {} charged are dirty: freed, and not "
                    "yet given back",
                    Human(total.dirty), Human(total.charged)));
  }
  if (service.metadata >= kLeastMetadata &&
      IsShare(service.metadata, kMostMetadata, total.charged)) {
    warnings.push_back(fmt::format("metadata takes {} for {} charged",
                                   Human(service.metadata),
                                   Human(total.charged)));
  }
  return warnings;
}

std::string RenderOverview(const ServerInfo& info,
                           const ServiceReading& service,
                           const ArenaListing& listing,
                           const ReportStyle& style) {
  ReadStamp stamp = listing.stamp;
  stamp.cost_us += service.stamp.cost_us;
  std::string text =
      RenderHeading(info, stamp) + "\n" +
      LedgerTable(service, listing, style.bytes).Render(style.layout()) + "\n" +
      LimitLine(service.service, style.bytes) +
      GovernorLine(service.service.governor, listing.total, style.bytes) +
      "\n" +
      ArenaTable(listing, PriorityColumns(style.bytes)).Render(style.layout());
  const std::vector<std::string> warnings = Warnings(service, listing);
  text += "\n";
  if (warnings.empty()) text += "Nothing wants attention.\n";
  for (const std::string& warning : warnings) {
    text += Paint("! " + warning, Style::kWarning, style.colour) + "\n";
  }
  return text;
}

}  // namespace acre::console
