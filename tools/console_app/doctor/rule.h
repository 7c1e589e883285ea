// What the doctor knows: a table of rules. A rule looks at the evidence and
// says what is wrong, with the number, why, and what to do about it; nothing
// when all is well. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULE_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/doctor/evidence.h"
#include "tools/console_app/doctor/thresholds.h"

namespace acre::console::doctor {

enum class Severity {
  kCritical,  // something fails, or is about to
  kWarning,   // memory or time is lost
  kNote,      // may be meant so
};

std::string_view SeverityName(Severity severity);

struct Finding {
  Severity severity = Severity::kNote;
  std::string title;  // with the number
  double value = 0;   // the number
  std::string_view unit;
  std::vector<std::string> evidence;
  std::string why;
  std::string remedy;
  std::vector<std::string> commands;  // for a shell
};

struct Rule {
  std::string_view name;
  std::string_view question;
  // Without these it cannot tell.
  std::vector<Source> needs;
  std::vector<Finding> (*look)(const Evidence&, const Thresholds&);
  // Why it cannot tell although it has them, where it found nothing; empty: it
  // can. Null: it always can.
  std::string (*blind)(const Evidence&, const Thresholds&) = nullptr;
};

// In the order of the report.
std::span<const Rule> AllRules();

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULE_H_
