// Runs the rules over the evidence, and writes what they say. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_DIAGNOSIS_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_DIAGNOSIS_H_

#include <string>
#include <vector>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/doctor/rule.h"

namespace acre::console::doctor {

struct NamedFinding {
  const Rule* rule;
  Finding finding;
};

struct NotLookedAt {
  const Rule* rule;
  std::string reason;
};

struct Diagnosis {
  std::vector<NamedFinding> findings;  // the most severe first
  std::vector<const Rule*> looked_at;
  // For want of evidence: nothing is known of these, good or bad.
  std::vector<NotLookedAt> not_looked_at;
};

Diagnosis Diagnose(const Evidence& evidence, const Thresholds& thresholds);

std::string RenderDiagnosis(const Evidence& evidence,
                            const Diagnosis& diagnosis,
                            const ReportStyle& style);

// One JSON object, with a line end.
std::string DiagnosisAsJson(const Evidence& evidence,
                            const Diagnosis& diagnosis);

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_DIAGNOSIS_H_
