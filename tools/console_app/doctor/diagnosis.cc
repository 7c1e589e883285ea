#include "tools/console_app/doctor/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/reports.h"
#include "tools/console_app/text.h"
#include "tools/console_app/units.h"

namespace acre::console::doctor {
namespace {

// Columns of text where the terminal has no width, or a very great one.
constexpr size_t kTextWidth = 80;
constexpr std::string_view kIndent = "            ";

Style StyleOf(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return Style::kAlarm;
    case Severity::kWarning:
      return Style::kWarning;
    case Severity::kNote:
      break;
  }
  return Style::kBold;
}

// Lines of words, the first after `label`, the others below its end.
void AppendWrapped(std::string_view label, std::string_view text, size_t width,
                   std::string* out) {
  const std::string printable = Printable(text);
  std::string_view rest = printable;
  const size_t room =
      std::max<size_t>(width, kIndent.size() + 20) - kIndent.size();
  *out += fmt::format("{:<{}}", label, kIndent.size());
  size_t column = 0;
  while (!rest.empty()) {
    const size_t blank = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, blank);
    const size_t columns = DisplayWidth(word);
    if (column > 0 && column + 1 + columns > room) {
      *out += fmt::format("\n{}", kIndent);
      column = 0;
    } else if (column > 0) {
      *out += ' ';
      ++column;
    }
    *out += word;
    column += columns;
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  *out += '\n';
}

std::string Summary(const Diagnosis& diagnosis) {
  if (diagnosis.findings.empty()) {
    return diagnosis.not_looked_at.empty()
               ? "healthy: nothing found"
               : "nothing found, but not everything could be looked at";
  }
  std::string counts;
  for (const Severity severity :
       {Severity::kCritical, Severity::kWarning, Severity::kNote}) {
    const auto count =
        std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                      [&](const NamedFinding& row) {
                        return row.finding.severity == severity;
                      });
    if (count == 0) continue;
    // "Critical" is no thing to have several of.
    counts += counts.empty() ? "" : ", ";
    counts +=
        severity == Severity::kCritical
            ? fmt::format("{} critical", count)
            : CountOf(static_cast<uint64_t>(count), SeverityName(severity));
  }
  return fmt::format("{}: {}", CountOf(diagnosis.findings.size(), "finding"),
                     counts);
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

void AppendFinding(const NamedFinding& row, size_t width, bool colour,
                   std::string* out) {
  const Finding& finding = row.finding;
  const std::string label = fmt::format(
      "{:<{}}", Upper(SeverityName(finding.severity)), kIndent.size());
  std::string title;
  AppendWrapped("", fmt::format("{}: {}", row.rule->name, finding.title), width,
                &title);
  *out += "\n" + Paint(label, StyleOf(finding.severity), colour) +
          title.substr(kIndent.size());
  std::string_view heading = "  evidence";
  for (const std::string& line : finding.evidence) {
    AppendWrapped(heading, line, width, out);
    heading = "";
  }
  AppendWrapped("  why", finding.why, width, out);
  AppendWrapped("  remedy", finding.remedy, width, out);
  // In one piece, to be copied.
  for (const std::string& command : finding.commands) {
    *out += fmt::format("{}$ {}\n", kIndent, Printable(command));
  }
}

void AppendWhatWasLookedAt(const Evidence& evidence, const Diagnosis& diagnosis,
                           size_t width, std::string* out) {
  std::string names;
  for (const Rule* rule : diagnosis.looked_at) {
    if (!names.empty()) names += ", ";
    names += rule->name;
  }
  *out += '\n';
  AppendWrapped("looked at", names, width, out);
  std::string_view heading = "not looked at";
  for (const NotLookedAt& row : diagnosis.not_looked_at) {
    if (!heading.empty()) *out += fmt::format("{}\n", heading);
    heading = "";
    AppendWrapped("", fmt::format("{}: {}", row.rule->name, row.reason), width,
                  out);
  }
  heading = "left out";
  for (const std::string& line : evidence.left_out) {
    AppendWrapped(heading, line, width, out);
    heading = "";
  }
  AppendWrapped(
      "cost",
      fmt::format("two looks, {} apart: {}, which cost the process {}",
                  Seconds(evidence.seconds()),
                  CountOf(evidence.documents, "document"),
                  FormatCost(evidence.cost_us)),
      width, out);
}

}  // namespace

Diagnosis Diagnose(const Evidence& evidence, const Thresholds& thresholds) {
  Diagnosis diagnosis;
  for (const Rule& rule : AllRules()) {
    const auto missing =
        std::find_if(rule.needs.begin(), rule.needs.end(), [&](Source source) {
          return evidence.missing.find(source) != evidence.missing.end();
        });
    if (missing != rule.needs.end()) {
      diagnosis.not_looked_at.push_back({&rule, evidence.missing.at(*missing)});
      continue;
    }
    std::vector<Finding> findings = rule.look(evidence, thresholds);
    if (findings.empty() && rule.blind != nullptr) {
      std::string reason = rule.blind(evidence, thresholds);
      if (!reason.empty()) {
        diagnosis.not_looked_at.push_back({&rule, std::move(reason)});
        continue;
      }
    }
    diagnosis.looked_at.push_back(&rule);
    for (Finding& finding : findings) {
      diagnosis.findings.push_back({&rule, std::move(finding)});
    }
  }
  std::stable_sort(diagnosis.findings.begin(), diagnosis.findings.end(),
                   [](const NamedFinding& a, const NamedFinding& b) {
                     return a.finding.severity < b.finding.severity;
                   });
  return diagnosis;
}

std::string RenderDiagnosis(const Evidence& evidence,
                            const Diagnosis& diagnosis,
                            const ReportStyle& style) {
  const size_t width =
      style.width == 0 ? kTextWidth : std::min(style.width, kTextWidth);
  std::string out =
      RenderHeading(evidence.info, evidence.last.arenas.stamp) + "\n";
  out += Paint(Summary(diagnosis), Style::kBold, style.colour) + "\n";
  for (const NamedFinding& row : diagnosis.findings) {
    AppendFinding(row, width, style.colour, &out);
  }
  AppendWhatWasLookedAt(evidence, diagnosis, width, &out);
  return out;
}

std::string DiagnosisAsJson(const Evidence& evidence,
                            const Diagnosis& diagnosis) {
  using Json = nlohmann::ordered_json;
  Json findings = Json::array();
  for (const NamedFinding& row : diagnosis.findings) {
    const Finding& finding = row.finding;
    findings.push_back({{"rule", row.rule->name},
                        {"severity", SeverityName(finding.severity)},
                        {"title", finding.title},
                        {"value", finding.value},
                        {"unit", finding.unit},
                        {"evidence", finding.evidence},
                        {"why", finding.why},
                        {"remedy", finding.remedy},
                        {"commands", finding.commands}});
  }
  Json looked_at = Json::array();
  for (const Rule* rule : diagnosis.looked_at) {
    looked_at.push_back({{"rule", rule->name}, {"question", rule->question}});
  }
  Json not_looked_at = Json::array();
  for (const NotLookedAt& row : diagnosis.not_looked_at) {
    not_looked_at.push_back({{"rule", row.rule->name},
                             {"question", row.rule->question},
                             {"reason", row.reason}});
  }
  const Json document = {{"name", evidence.info.name},
                         {"pid", evidence.info.pid},
                         {"read_at", evidence.last.arenas.stamp.read_at},
                         {"read_cost_us", evidence.cost_us},
                         {"documents", evidence.documents},
                         {"seconds_between_looks", evidence.seconds()},
                         {"findings", findings},
                         {"looked_at", looked_at},
                         {"not_looked_at", not_looked_at},
                         {"left_out", evidence.left_out}};
  // Names are the process's; what is no UTF-8 in them is replaced.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace acre::console::doctor
