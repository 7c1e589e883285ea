#include "tools/demo_app/fleet.h"

#include <cstddef>
#include <thread>
#include <utility>

#include "fmt/format.h"

namespace acre::demo {
namespace {

TenantOptions OptionsOfTenant(const Options& options, size_t index) {
  TenantOptions tenant;
  tenant.name = fmt::format("tenant-{}", index);
  tenant.greedy = index == 0;
  if (tenant.greedy) tenant.hard_limit_bytes = options.limit_bytes;
  return tenant;
}

}  // namespace

absl::StatusOr<Fleet> CreateFleet(MemoryService& service,
                                  const Options& options,
                                  const std::vector<Package>& packages,
                                  const Workload& workload,
                                  const std::atomic<bool>& stop) {
  const auto tenants = static_cast<size_t>(options.tenants);
  Fleet fleet(tenants);
  std::vector<absl::Status> statuses(tenants);
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  const auto load = [&] {
    for (size_t i = 0; (i = next.fetch_add(1)) < tenants && !failed && !stop;) {
      absl::StatusOr<std::unique_ptr<Tenant>> tenant = Tenant::Create(
          service, OptionsOfTenant(options, i), packages, workload);
      statuses[i] = tenant.status();
      if (tenant.ok()) {
        fleet[i] = *std::move(tenant);
      } else {
        failed = true;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < options.workers; ++i) threads.emplace_back(load);
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  if (stop) {
    return absl::CancelledError("stopped while the tenants were loading");
  }
  return fleet;
}

absl::Status CloseFleet(const Fleet& fleet) {
  absl::Status first = absl::OkStatus();
  for (const auto& tenant : fleet) first.Update(tenant->Close());
  return first;
}

}  // namespace acre::demo
