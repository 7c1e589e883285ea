// The table of rows: what is measured, in which unit, and what Acre must reach.
//
// A row is one number per subject. Its name is the workload that yields it,
// followed by ".measure" where a workload yields several. Shared by the runner
// and its workers, so a row's unit is written once. Immutable; thread-safe.

#ifndef ACRE_TOOLS_BENCH_APP_ROWS_H_
#define ACRE_TOOLS_BENCH_APP_ROWS_H_

#include <array>
#include <string_view>
#include <vector>

namespace acre::bench {

// In the order of the table's columns; the first is the one with targets.
inline constexpr std::array<std::string_view, 5> kSubjects = {
    "acre", "jemalloc", "gperftools", "mimalloc", "glibc"};

enum class Better { kLower, kHigher };

// What a target compares Acre's value with.
enum class Against {
  kNumber,  // nothing: the bound is a value in the row's unit
  kJemalloc,
  kGperftools,
  kMimalloc,
  kGlibc,
  kBestPeer
};

// Acre's value must be at most (for Better::kHigher: at least) `bound` times
// the peer's, or `bound` itself.
struct Target {
  Against against;
  double bound;
};

struct Row {
  std::string_view name;
  std::string_view unit;
  Better better = Better::kLower;
  std::vector<Target> targets = {};
};

// All rows, in the order of the table.
const std::vector<Row>& Rows();

// Null if there is none of that name.
const Row* FindRow(std::string_view name);

// The part of a row's name that names its workload.
std::string_view WorkloadOf(std::string_view row_name);

// The column name of a target's peer; empty for kNumber and kBestPeer.
std::string_view PeerName(Against against);

// Whether a row is meant by `pattern`: a shell pattern for the whole name if
// it holds one of * ? [, otherwise a part of the name.
bool Matches(std::string_view row_name, std::string_view pattern);

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_ROWS_H_
