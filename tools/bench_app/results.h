// What was measured: medians per row and subject, ratios, targets.
//
// Pure bookkeeping, no clock and no process. Not thread-safe.

#ifndef ACRE_TOOLS_BENCH_APP_RESULTS_H_
#define ACRE_TOOLS_BENCH_APP_RESULTS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/bench_app/rows.h"

namespace acre::bench {

class Results {
 public:
  // One repetition's value, in the row's unit.
  void Add(std::string_view row, std::string_view subject, double value);

  // Empty if the subject has no value in that row.
  std::optional<double> MedianOf(std::string_view row,
                                 std::string_view subject) const;

  bool HasRow(std::string_view row) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<double>> values_;
};

// How Acre stands to one target.
struct Verdict {
  double limit;   // the value to reach, in the row's unit
  double missed;  // how far off as a factor: 1 or less means met
};

// Empty if a value that the comparison needs is missing.
std::optional<Verdict> Judge(const Row& row, const Target& target,
                             const Results& results);

// "<= 0.2x jemalloc", ">= 1.1x best peer", "<= 512 B".
std::string Describe(const Row& row, const Target& target);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_RESULTS_H_
