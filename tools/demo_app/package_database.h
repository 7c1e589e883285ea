// The database that every tenant serves: a list of packages in SQLite.
//
// Tables package, dependency (the Depends groups) and visit, and a full-text
// index `description` whose rowids are those of package. Kept in memory by one
// private connection: that shares nothing with other tenants, so a tenant's
// arena holds all of it and can be destroyed as a whole.
#ifndef ACRE_TOOLS_DEMO_APP_PACKAGE_DATABASE_H_
#define ACRE_TOOLS_DEMO_APP_PACKAGE_DATABASE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "tools/demo_app/dpkg_parser.h"
#include "tools/demo_app/sqlite_handles.h"

namespace acre::demo {

// Creates and fills a database under the scope in force on this thread.
// ResourceExhausted when its arena refuses the memory.
absl::StatusOr<ConnectionPtr> OpenPackageDatabase(
    const std::vector<Package>& packages);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_PACKAGE_DATABASE_H_
