#include "tools/console_app/kernel_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/console_app/json_members.h"
#include "tools/console_app/overview_report.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

using Json = nlohmann::json;

std::vector<Cell> MeasuredRow(std::string name, const Json& view,
                              ByteStyle style, Style name_style) {
  const uint64_t resident = Number(view, "resident");
  const uint64_t huge = Number(view, "huge_backed");
  return {{std::move(name), name_style},
          {FormatBytes(Number(view, "mapped"), style)},
          {FormatBytes(resident, style), Style::kBold},
          {FormatBytes(huge, style)},
          {FormatShare(huge, resident)},
          {FormatBytes(Number(view, "lazily_freed"), style)},
          {FormatBytes(Number(view, "swapped"), style)}};
}

}  // namespace

std::string RenderKernel(const ServerInfo& info, const RowsReading& reading,
                         const ReportStyle& style) {
  const Json& told = Member(reading.document, "accounted");
  const Json& service = Member(reading.document, "service");
  const Json& process = Member(reading.document, "process");
  const uint64_t metadata = Number(told, "metadata");
  const uint64_t accounted = Number(told, "active") + Number(told, "dirty") +
                             Number(told, "muzzy") + metadata;
  const uint64_t measured = Number(service, "resident") + metadata;
  const uint64_t resident = Number(process, "resident");
  const LedgerFormat format(std::max({accounted, measured, resident}),
                            style.bytes);
  Table table;
  table.AddColumn("", Align::kLeft);
  table.AddColumn(std::string(format.unit()));
  table.AddColumn("MEANING", Align::kLeft);
  const auto line = [&](const char* name, std::string value,
                        const char* meaning, Style name_style) {
    table.AddRow({{name, name_style},
                  {std::move(value), name_style},
                  {meaning, Style::kDim}});
  };
  line("  accounted for", format.At(accounted),
       "Acre's active, dirty and muzzy pages and metadata", Style::kBold);
  line("+ measured otherwise", format.Between(accounted, measured),
       measured <= accounted ? "never touched, taken by the system, or in swap"
                             : "in hugepages that reach over pages given back",
       Style::kPlain);
  line("= Acre's in memory", format.At(measured),
       "its pages by the page tables, and its metadata", Style::kBold);
  line("+ not Acre's", format.Between(measured, resident),
       "the program, its libraries, stacks, other allocators", Style::kPlain);
  line("= process", format.At(resident), "what the kernel calls RSS",
       Style::kBold);
  return RenderHeading(info, reading.stamp) + "\n" +
         table.Render(style.layout()) +
         fmt::format(
             "\nof Acre's pages {} are in hugepages, {} the system's to take, "
             "{} in swap\n"
             "the process has {} of {} mappings and {} in swap\n",
             FormatBytes(Number(service, "huge_backed"), style.bytes),
             FormatBytes(Number(service, "lazily_freed"), style.bytes),
             FormatBytes(Number(service, "swapped"), style.bytes),
             FormatCount(Number(process, "mappings"), style.bytes),
             FormatCount(Number(process, "most_mappings"), style.bytes),
             FormatBytes(Number(process, "swapped"), style.bytes));
}

std::string RenderHugepages(const ServerInfo& info, const RowsReading& reading,
                            const ReportStyle& style) {
  Table table;
  table.AddColumn("ARENA", Align::kLeft);
  for (const char* header : {"MAPPED", "IN MEMORY", "IN HUGEPAGES", "COVERED",
                             "LAZILY FREED", "IN SWAP"}) {
    table.AddColumn(header);
  }
  const Json& arenas = Member(reading.document, "arenas");
  if (arenas.is_array()) {
    for (const Json& arena : arenas) {
      table.AddRow(MeasuredRow(Printable(Text(arena, "name")), arena,
                               style.bytes, Style::kPlain));
    }
  }
  table.AddRule();
  table.AddRow(MeasuredRow("service", Member(reading.document, "service"),
                           style.bytes, Style::kBold));
  return RenderHeading(info, reading.stamp) + "\n" +
         table.Render(style.layout()) + "\n" +
         Paint(
             "By the page tables, without metadata; the service's line is all "
             "address space, also what no arena holds.",
             Style::kDim, style.colour) +
         "\n";
}

}  // namespace acre::console
