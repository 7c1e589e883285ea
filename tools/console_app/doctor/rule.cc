#include "tools/console_app/doctor/rule.h"

#include "tools/console_app/doctor/rules.h"

namespace acre::console::doctor {

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return "critical";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      break;
  }
  return "note";
}

std::span<const Rule> AllRules() {
  static const auto* const rules = new std::vector<Rule>{
      {"limits",
       "are tenants at their limits, or refused memory?",
       {},
       &LookAtLimits},
      {"metadata",
       "is what describes memory in proportion to it?",
       {},
       &LookAtMetadata},
      {"fragmentation",
       "do nearly empty slabs pin pages?",
       {Source::kBins},
       &LookAtFragmentation},
      {"unused",
       "does unused memory return to the system?",
       {Source::kControls},
       &LookAtUnused,
       &WhyUnusedIsUnclear},
      {"foreign",
       "is what the process has in memory Acre's?",
       {Source::kKernel},
       &LookAtForeign},
      {"thp-inflation",
       "do hugepages hold memory that nobody uses?",
       {Source::kKernel},
       &LookAtInflation},
      {"hugepage-coverage",
       "do arenas that ask for hugepages get them?",
       {Source::kKernel},
       &LookAtCoverage,
       &WhyCoverageIsUnclear},
      {"tcaches",
       "are tcaches open for longer than queries last?",
       {Source::kTcaches},
       &LookAtTcaches},
      {"locks",
       "do threads wait for each other?",
       {Source::kLocks},
       &LookAtLocks},
      {"mappings",
       "are there nearly too many mappings (VMAs)?",
       {Source::kKernel},
       &LookAtMappings},
      {"address-space",
       "does Acre's address space grow without use?",
       {},
       &LookAtAddressSpace},
      {"process-growth",
       "does address space outside of Acre grow?",
       {Source::kAddressSpace},
       &LookAtProcessGrowth},
  };
  return *rules;
}

}  // namespace acre::console::doctor
