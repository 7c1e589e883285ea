// acre_demo: an engine process that serves many tenants. See options.cc for
// what it says of itself.
#include <cstdio>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "tools/demo_app/demo.h"
#include "tools/demo_app/options.h"
#include "tools/demo_app/status_text.h"
#include "tools/demo_app/stop_signal.h"

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const absl::StatusOr<acre::demo::Options> options =
      acre::demo::ParseOptions(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "acre_demo: {}\n",
               acre::demo::StatusText(options.status()));
    return acre::demo::kBadInput;
  }
  if (options->help) {
    fmt::print("{}", acre::demo::HelpText());
    return acre::demo::kSuccess;
  }
  return acre::demo::RunDemo(*options, acre::demo::InstallStopSignals());
}
