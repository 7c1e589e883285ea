// One tenant of the demo: an arena, its database, and how its queries fare.
//
// Everything the database allocates comes from the tenant's arena. Each query
// has its own tcache, and a region that takes its answer. RunQuery and Close
// are for one thread at a time, any thread; the counters may be read by all.
#ifndef ACRE_TOOLS_DEMO_APP_TENANT_H_
#define ACRE_TOOLS_DEMO_APP_TENANT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine_adapter/memory_service.h"
#include "tools/demo_app/latency_histogram.h"
#include "tools/demo_app/sqlite_handles.h"
#include "tools/demo_app/workload.h"

namespace acre::demo {

struct TenantOptions {
  std::string name;
  uint64_t hard_limit_bytes = 0;  // 0: none
  bool greedy = false;
};

class Tenant {
 public:
  // Creates the arena and loads the database into it. `workload` must outlive
  // the tenant. ResourceExhausted when the database exceeds the hard limit.
  static absl::StatusOr<std::unique_ptr<Tenant>> Create(
      MemoryService& service, const TenantOptions& options,
      const std::vector<Package>& packages, const Workload& workload);

  // Runs a random query; ends early, uncounted, once `stop` is set.
  void RunQuery(std::mt19937_64& random, const std::atomic<bool>& stop);

  // Closes the database and destroys the arena. FailedPrecondition when the
  // database left something behind.
  absl::Status Close();

  const std::string& name() const { return options_.name; }
  bool greedy() const { return options_.greedy; }
  ArenaRef arena() const { return arena_.ref(); }
  uint64_t queries() const { return queries_.load(std::memory_order_relaxed); }
  // Queries that were refused memory.
  uint64_t failed() const { return failed_.load(std::memory_order_relaxed); }
  const LatencyHistogram& latencies() const { return latencies_; }
  // What else went wrong first; empty if nothing did. Not while queries run.
  const std::string& unexpected_error() const { return unexpected_error_; }

 private:
  Tenant(const TenantOptions& options, const Workload& workload, Arena arena);

  absl::Status Load(const std::vector<Package>& packages);
  absl::Status PrepareStatements();
  // SQLITE_DONE, or what went wrong.
  int Answer(size_t shape, std::mt19937_64& random, Region& answer);
  void Count(int code, size_t shape, uint64_t nanoseconds);

  const TenantOptions options_;
  const Workload& workload_;
  Arena arena_;  // before what lives in it
  ConnectionPtr connection_;
  std::vector<StatementPtr> statements_;  // by query shape
  std::atomic<uint64_t> queries_{0};
  std::atomic<uint64_t> failed_{0};
  LatencyHistogram latencies_;
  std::string unexpected_error_;
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_TENANT_H_
