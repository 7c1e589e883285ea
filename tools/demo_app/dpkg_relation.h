// The relation fields of a Debian package: Depends, Recommends and the like.
//
//   libc6 (>= 2.34), default-mta | mail-transport-agent, python3:any
//
// is three groups, of which each must be met by one of its alternatives.
// Source of the syntax: Debian Policy, chapter 7.1.
// Views point into the parsed text. Thread-safe: functions only.
#ifndef ACRE_TOOLS_DEMO_APP_DPKG_RELATION_H_
#define ACRE_TOOLS_DEMO_APP_DPKG_RELATION_H_

#include <cstddef>
#include <string_view>
#include <vector>

namespace acre::demo {

struct Relation {
  std::string_view target;      // a package, real or virtual
  std::string_view constraint;  // ">= 2.34", empty when any version will do
  int group = 0;                // all groups must be met,
  int alternative = 0;          // by one alternative each
};

struct RelationError {
  size_t offset = 0;  // bytes from the start of the text
  const char* what = nullptr;
};

// Appends the relations of `text` to `relations`; false on bad syntax, which
// `error` then describes.
bool ParseRelations(std::string_view text, std::vector<Relation>* relations,
                    RelationError* error);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_DPKG_RELATION_H_
