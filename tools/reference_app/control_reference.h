// docs/control_reference.md, made from the control tree.

#ifndef ACRE_TOOLS_REFERENCE_APP_CONTROL_REFERENCE_H_
#define ACRE_TOOLS_REFERENCE_APP_CONTROL_REFERENCE_H_

#include <string>
#include <string_view>

namespace acre {

// `jemalloc_names` is stats/control/testdata/jemalloc_names.tsv: a line for
// each of its names.
std::string ControlReference(std::string_view jemalloc_names);

// The file's content; empty when it is not where Bazel puts it.
std::string ReadJemallocNames();

}  // namespace acre

#endif  // ACRE_TOOLS_REFERENCE_APP_CONTROL_REFERENCE_H_
