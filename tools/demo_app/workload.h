// The queries of the demo and how often each is asked.
//
// A mix of point look-ups, a small write, full-text search and analysis of
// the dependency graph; the greedy tenant also asks for more than its hard
// limit can hold. Thread-safe once made; views the packages it was made from.
#ifndef ACRE_TOOLS_DEMO_APP_WORKLOAD_H_
#define ACRE_TOOLS_DEMO_APP_WORKLOAD_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/demo_app/dpkg_parser.h"
#include "tools/demo_app/sqlite_handles.h"

namespace acre::demo {

enum class Parameter {
  kNone,
  kPackageName,
  kSearchWord,
  // How often to repeat all packages to exceed the greedy tenant's limit.
  kCopies,
};

struct QueryShape {
  const char* name;
  const char* sql;
  Parameter parameter;  // what ?1 stands for
  int weight;           // among the ordinary or among the greedy queries
  bool greedy;
};

std::span<const QueryShape> QueryShapes();

class Workload {
 public:
  // `packages` must not be empty and must outlive the workload.
  Workload(const std::vector<Package>& packages, uint64_t greedy_limit_bytes);

  // An index into QueryShapes(). A third of a greedy tenant's queries are
  // greedy ones.
  size_t Draw(bool greedy_tenant, std::mt19937_64& random) const;

  // Binds a random argument. SQLITE_OK, or what SQLite said.
  int Bind(size_t shape, sqlite3_stmt* statement,
           std::mt19937_64& random) const;

 private:
  const std::vector<Package>& packages_;
  std::vector<std::string> search_words_;  // each quoted for MATCH
  int64_t copies_;
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_WORKLOAD_H_
