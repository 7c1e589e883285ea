// How memory developed over a soak, as rows of a CSV file and as a plot.

#ifndef ACRE_TOOLS_SOAK_APP_SAMPLES_H_
#define ACRE_TOOLS_SOAK_APP_SAMPLES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace acre::soak {

// At one moment; bytes where nothing else is said.
struct Sample {
  double seconds = 0;
  uint64_t charged = 0;   // All arenas against the total limit.
  uint64_t resident = 0;  // From the kernel's page tables, metadata included.
  uint64_t metadata = 0;  // All of it.
  uint64_t unused = 0;    // Dirty and muzzy.
  uint64_t arenas = 0;    // Number.
  uint64_t refusals = 0;  // Number so far.
  uint64_t failures = 0;  // Calls of the system that failed, so far.
  bool failing = false;   // Whether calls may fail now.
};

// With a line of names. False when the file cannot be written.
bool WriteCsv(const std::vector<Sample>& samples, const std::string& file);

// By gnuplot. False with the reason.
bool WritePlot(const std::vector<Sample>& samples, const std::string& file,
               std::string* error);

}  // namespace acre::soak

#endif  // ACRE_TOOLS_SOAK_APP_SAMPLES_H_
