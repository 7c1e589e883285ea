#include "tools/demo_app/live_table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "tools/demo_app/text_format.h"

namespace acre::demo {
namespace {

struct TerminalSize {
  size_t rows = 24;
  size_t columns = 80;
};

TerminalSize SizeOf(std::FILE* out) {
  winsize size = {};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return {};
  return {size.ws_row, size.ws_col};
}

std::string RateText(uint64_t now, uint64_t before, double seconds) {
  if (seconds <= 0) return "-";
  const auto rate = static_cast<double>(now - before) / seconds;
  return rate < 99.5 ? fmt::format("{:.1f}", rate)
                     : Grouped(static_cast<uint64_t>(std::llround(rate)));
}

constexpr char kRow[] =
    "{:<18}{:>10}{:>9}{:>9}{:>8}{:>10}{:>11}{:>11}{:>11}{:>11}{:>11}";

std::string Row(const std::string& name, const std::string& rate, double p50_us,
                double p99_us, uint64_t failed,
                const stats::ArenaStatistics& memory) {
  return fmt::format(kRow, name, rate, MicrosecondsText(p50_us),
                     MicrosecondsText(p99_us), Grouped(failed),
                     Grouped(memory.refusals), BytesText(memory.allocated),
                     BytesText(memory.cached), BytesText(memory.active),
                     BytesText(memory.resident), BytesText(memory.metadata));
}

std::string DisplayName(const TenantReport& tenant) {
  return tenant.greedy ? tenant.name + " greedy" : tenant.name;
}

uint64_t QueriesOf(const Report& report, size_t tenant) {
  return tenant < report.tenants.size() ? report.tenants[tenant].queries : 0;
}

}  // namespace

std::vector<std::string> RenderTable(const Report& now, const Report& before,
                                     size_t max_tenants) {
  const double seconds = now.seconds - before.seconds;
  std::vector<std::string> lines;
  lines.push_back(fmt::format(kRow, "tenant", "queries/s", "p50", "p99",
                              "failed", "refusals", "allocated", "cached",
                              "active", "resident", "metadata"));
  const size_t shown = std::min(now.tenants.size(), max_tenants);
  for (size_t i = 0; i < shown; ++i) {
    const TenantReport& tenant = now.tenants[i];
    lines.push_back(Row(DisplayName(tenant),
                        RateText(tenant.queries, QueriesOf(before, i), seconds),
                        tenant.p50_us, tenant.p99_us, tenant.failed,
                        tenant.memory));
  }
  if (shown < now.tenants.size()) {
    lines.push_back(fmt::format("and {} more", now.tenants.size() - shown));
  }
  lines.push_back(Row("all", RateText(now.queries, before.queries, seconds),
                      now.p50_us, now.p99_us, now.failed, now.service.arenas));
  return lines;
}

std::string RenderLine(const Report& now, const Report& before) {
  return fmt::format(
      "{:6.1f} s  {} queries/s  p50 {}  p99 {}  failed {}  allocated {}  "
      "cached {}  active {}  resident {}  metadata {}",
      now.seconds,
      RateText(now.queries, before.queries, now.seconds - before.seconds),
      MicrosecondsText(now.p50_us), MicrosecondsText(now.p99_us),
      Grouped(now.failed), BytesText(now.service.arenas.allocated),
      BytesText(now.service.arenas.cached),
      BytesText(now.service.arenas.active), BytesText(now.service.resident),
      BytesText(now.service.metadata));
}

LiveTable::LiveTable(std::FILE* out)
    : out_(out), terminal_(isatty(fileno(out)) == 1) {}

void LiveTable::Show(const Report& report) {
  if (terminal_) {
    // The heading, the total, "and more" and the line of the cursor.
    constexpr size_t kOtherRows = 5;
    const size_t rows = SizeOf(out_).rows;
    const size_t tenants = rows > kOtherRows ? rows - kOtherRows : 1;
    std::vector<std::string> lines = RenderTable(report, before_, tenants);
    lines.push_back(fmt::format("{:.0f} s", report.seconds));
    Draw(lines);
  } else {
    fmt::print(out_, "{}\n", RenderLine(report, before_));
  }
  std::fflush(out_);
  before_ = report;
}

void LiveTable::Finish(const Report& report) {
  before_ = Report();
  if (!terminal_) fmt::print(out_, "all of it:\n");
  Show(report);
}

void LiveTable::Draw(const std::vector<std::string>& lines) {
  // A line that wrapped would take two rows and spoil the redrawing.
  const size_t columns = SizeOf(out_).columns;
  if (lines_drawn_ > 0) fmt::print(out_, "\x1b[{}A", lines_drawn_);
  for (const std::string& line : lines) {
    fmt::print(out_, "{}\x1b[K\n", line.substr(0, columns));
  }
  fmt::print(out_, "\x1b[J");
  lines_drawn_ = lines.size();
}

}  // namespace acre::demo
