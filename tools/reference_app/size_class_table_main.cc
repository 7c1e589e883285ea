// Prints docs/size_classes.md.

#include "fmt/core.h"
#include "tools/reference_app/size_class_table.h"

int main() {
  fmt::print("{}", acre::SizeClassTable());
  return 0;
}
