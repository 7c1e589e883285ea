// The two forms of a report: a table for people, JSON for programs.

#ifndef ACRE_TOOLS_BENCH_APP_REPORT_H_
#define ACRE_TOOLS_BENCH_APP_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "tools/bench_app/results.h"
#include "tools/bench_app/rows.h"

namespace acre::bench {

// A line per row: the unit, each subject's median with Acre's ratio to it,
// the targets and whether they are met. `rows` gives the order.
std::string FormatTable(const std::vector<const Row*>& rows,
                        const std::vector<std::string>& subjects,
                        const Results& results);

// An array of {"row","subject","value","unit"}, a line per element.
std::string FormatJson(const std::vector<const Row*>& rows,
                       const std::vector<std::string>& subjects,
                       const Results& results);

// A line per row: name, unit, targets.
std::string FormatRowList(const std::vector<const Row*>& rows);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_REPORT_H_
