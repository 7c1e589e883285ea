// What the demo's command line says.
#ifndef ACRE_TOOLS_DEMO_APP_OPTIONS_H_
#define ACRE_TOOLS_DEMO_APP_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace acre::demo {

struct Options {
  int tenants = 8;
  int workers = 4;
  // How long the queries run. Unset with --serve: until a signal.
  bool has_seconds = false;
  double seconds = 20;
  uint64_t limit_bytes = 16 << 20;  // the greedy tenant's hard limit
  std::string data = "/var/lib/dpkg/status";
  bool json = false;
  bool serve = false;
  bool socket = true;
  bool help = false;
};

// `arguments` without the program's name. InvalidArgument on an unknown
// option, on a missing or bad value and on anything that is no option.
absl::StatusOr<Options> ParseOptions(
    const std::vector<std::string_view>& arguments);

std::string_view HelpText();

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_OPTIONS_H_
