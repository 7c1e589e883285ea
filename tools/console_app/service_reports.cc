#include "tools/console_app/service_reports.h"

#include <fmt/format.h>

#include "stats/provider_statistics.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using stats::ProviderStatistics;

template <typename Statistics>
std::string Value(const Statistics& statistics,
                  const stats::Field<Statistics>& field, ByteStyle style) {
  return FormatFigure(statistics.*field.member, field.unit, style);
}

Style FailureStyle(uint64_t failures) {
  return failures > 0 ? Style::kWarning : Style::kPlain;
}

Table ProviderTable(const ServiceReading& reading, ByteStyle style) {
  Table table;
  table.AddColumn("PROVIDER", Align::kLeft);
  for (const char* header :
       {"MAPPED", "FREE", "PINNED", "GRANTS", "CALLS", "FAILURES"}) {
    table.AddColumn(header);
  }
  for (const ProviderStatistics& provider : reading.providers) {
    std::vector<Cell> row = {{Printable(provider.name)}};
    for (const auto& field : stats::kProviderFields) {
      row.emplace_back(Value(provider, field, style),
                       field.member == &ProviderStatistics::failures
                           ? FailureStyle(provider.failures)
                           : Style::kPlain);
    }
    table.AddRow(std::move(row));
  }
  return table;
}

Table CallTable(const ServiceReading& reading, ByteStyle style) {
  Table table;
  table.AddColumn("PROVIDER", Align::kLeft);
  table.AddColumn("HOOK", Align::kLeft);
  table.AddColumn("CALLS");
  table.AddColumn("FAILURES");
  for (const ProviderStatistics& provider : reading.providers) {
    for (const stats::HookCall& call : stats::kHookCalls) {
      const uint64_t calls = provider.calls_of.*call.member;
      const uint64_t failures = provider.failures_of.*call.member;
      if (calls == 0) continue;
      table.AddRow({{Printable(provider.name)},
                    {std::string(call.name)},
                    {FormatCount(calls, style)},
                    {FormatCount(failures, style), FailureStyle(failures)}});
    }
  }
  return table;
}

}  // namespace

std::string RenderGovernor(const ServerInfo& info,
                           const ServiceReading& reading,
                           const ReportStyle& style) {
  const stats::GovernorStatistics& governor = reading.service.governor;
  Table table;
  table.AddColumn("FIGURE", Align::kLeft);
  table.AddColumn("VALUE");
  table.AddColumn("MEANING", Align::kLeft);
  table.AddRow(
      {{"running"},
       {governor.running ? "yes" : "no", Style::kBold},
       {"its thread; no before there is anything to do", Style::kDim}});
  for (const auto& field : stats::kGovernorFields) {
    table.AddRow({{std::string(field.name)},
                  {Value(governor, field, style.bytes), Style::kBold},
                  {std::string(field.help), Style::kDim}});
  }
  return RenderHeading(info, reading.stamp) + "\n" +
         table.Render(style.layout());
}

std::string RenderHooks(const ServerInfo& info, const ServiceReading& reading,
                        const ReportStyle& style) {
  return RenderHeading(info, reading.stamp) + "\n" +
         ProviderTable(reading, style.bytes).Render(style.layout()) + "\n" +
         CallTable(reading, style.bytes).Render(style.layout()) +
         fmt::format("\nwhat hooks did wrong: {}\n",
                     FormatCount(reading.service.hook_failures, style.bytes));
}

}  // namespace acre::console
