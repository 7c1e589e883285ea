// Prints docs/control_reference.md.

#include <cstdio>

#include "fmt/core.h"
#include "tools/reference_app/control_reference.h"

int main() {
  const std::string names = acre::ReadJemallocNames();
  if (names.empty()) {
    fmt::print(stderr, "run it by `bazel run`: it needs a list of names\n");
    return 1;
  }
  fmt::print("{}", acre::ControlReference(names));
  return 0;
}
