// The median of a few measurements.

#ifndef ACRE_TOOLS_BENCH_APP_MEDIAN_H_
#define ACRE_TOOLS_BENCH_APP_MEDIAN_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace acre::bench {

// Of an even number of values, the mean of the middle two. `values` must not
// be empty.
inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

}  // namespace acre::bench

#endif  // ACRE_TOOLS_BENCH_APP_MEDIAN_H_
