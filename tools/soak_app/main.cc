// acre_soak: see soak.h, and --help.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "fmt/format.h"
#include "tools/soak_app/options.h"
#include "tools/soak_app/samples.h"
#include "tools/soak_app/soak.h"

namespace acre::soak {
namespace {

constexpr int kViolated = 1;
constexpr int kBadArguments = 2;
// A soak that hangs is ended by a signal.
constexpr unsigned kGraceSeconds = 300;

int Main(int argc, char** argv) {
  std::string error;
  const auto options = ParseOptions(argc, argv, &error);
  if (!options) {
    fmt::print(stderr, "acre_soak: {}\n\n{}", error, Usage());
    return kBadArguments;
  }
  if (options->help) {
    fmt::print("{}", Usage());
    return 0;
  }
  alarm(static_cast<unsigned>(options->seconds) + kGraceSeconds);
  Soak soak(*options);
  soak.Run();
  int exit_code = 0;
  if (!options->csv.empty() && !WriteCsv(soak.samples(), options->csv)) {
    fmt::print(stderr, "{}: cannot be written\n", options->csv);
    exit_code = kBadArguments;
  }
  if (!options->png.empty() &&
      !WritePlot(soak.samples(), options->png, &error)) {
    fmt::print(stderr, "{}\n", error);
    exit_code = kBadArguments;
  }
  for (const std::string& finding : soak.findings()) {
    fmt::print(stderr, "VIOLATED: {}\n", finding);
    exit_code = kViolated;
  }
  fmt::print(
      "{} operations, {} allocations denied, {} calls failed, verified {} "
      "times: {} violations (seed {})\n",
      soak.operations(), soak.denied(), soak.failures(), soak.rests(),
      soak.findings().size(), options->seed);
  return exit_code;
}

}  // namespace
}  // namespace acre::soak

int main(int argc, char** argv) { return acre::soak::Main(argc, argv); }
