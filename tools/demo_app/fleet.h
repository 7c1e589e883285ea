// All tenants of the demo.
#ifndef ACRE_TOOLS_DEMO_APP_FLEET_H_
#define ACRE_TOOLS_DEMO_APP_FLEET_H_

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine_adapter/memory_service.h"
#include "tools/demo_app/options.h"
#include "tools/demo_app/tenant.h"

namespace acre::demo {

using Fleet = std::vector<std::unique_ptr<Tenant>>;

// Creates and loads the tenants, on as many threads as there are workers; the
// first tenant is the greedy one. The error is that of the first tenant that
// failed; Cancelled when `stop` is set meanwhile.
absl::StatusOr<Fleet> CreateFleet(MemoryService& service,
                                  const Options& options,
                                  const std::vector<Package>& packages,
                                  const Workload& workload,
                                  const std::atomic<bool>& stop);

// Closes every database and destroys every arena. The first error, if any.
absl::Status CloseFleet(const Fleet& fleet);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_FLEET_H_
