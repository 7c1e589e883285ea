// The functions of the table's rows (rule.h), one or a few to a file.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULES_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULES_H_

#include <string>
#include <vector>

#include "tools/console_app/doctor/rule.h"

namespace acre::console::doctor {

using Findings = std::vector<Finding>;

Findings LookAtMetadata(const Evidence&, const Thresholds&);
Findings LookAtFragmentation(const Evidence&, const Thresholds&);
Findings LookAtUnused(const Evidence&, const Thresholds&);
std::string WhyUnusedIsUnclear(const Evidence&, const Thresholds&);
Findings LookAtForeign(const Evidence&, const Thresholds&);
Findings LookAtInflation(const Evidence&, const Thresholds&);
Findings LookAtCoverage(const Evidence&, const Thresholds&);
std::string WhyCoverageIsUnclear(const Evidence&, const Thresholds&);
Findings LookAtLimits(const Evidence&, const Thresholds&);
Findings LookAtTcaches(const Evidence&, const Thresholds&);
Findings LookAtLocks(const Evidence&, const Thresholds&);
Findings LookAtMappings(const Evidence&, const Thresholds&);
Findings LookAtAddressSpace(const Evidence&, const Thresholds&);
Findings LookAtProcessGrowth(const Evidence&, const Thresholds&);

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_RULES_H_
