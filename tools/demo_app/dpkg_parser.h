// Reads a dpkg status file: the packages of a Debian system.
//
// The file is a list of stanzas, one per package, separated by empty lines; a
// stanza is a list of fields "Name: value", continued on lines that begin with
// a blank. Source: deb822(5), dpkg(1).
//
// A PackageList owns the file's text, which its packages view. Thread-safe
// once made. Errors name the file, the line (from 1) and the offset in bytes
// (from 0).
#ifndef ACRE_TOOLS_DEMO_APP_DPKG_PARSER_H_
#define ACRE_TOOLS_DEMO_APP_DPKG_PARSER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/demo_app/dpkg_relation.h"

namespace acre::demo {

struct Package {
  std::string_view name;
  std::string_view architecture;
  std::string_view version;
  std::string_view section;
  std::string_view priority;
  std::string_view maintainer;
  uint64_t installed_kib = 0;
  std::string_view summary;       // the first line of the description
  std::string_view description;   // its further lines, blanks included
  std::vector<Relation> depends;  // what Pre-Depends and Depends ask for
  std::vector<Relation> recommends;
};

struct PackageList {
  std::unique_ptr<const std::string> text;
  std::vector<Package> packages;
};

// `name` stands for the text in errors. InvalidArgument on malformed text and
// on text without a package.
absl::StatusOr<PackageList> ParseDpkgStatus(std::string_view name,
                                            std::string text);

// NotFound when there is no such file, FailedPrecondition when it cannot be
// read, InvalidArgument as above.
absl::StatusOr<PackageList> ReadDpkgStatus(const std::string& path);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_DPKG_PARSER_H_
