#include "tools/demo_app/demo.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "engine_adapter/admin/admin_server.h"
#include "engine_adapter/memory_service.h"
#include "engine_adapter/sqlite/sqlite_allocator.h"
#include "fmt/format.h"
#include "tools/demo_app/dpkg_parser.h"
#include "tools/demo_app/fleet.h"
#include "tools/demo_app/last_refusal.h"
#include "tools/demo_app/ledger.h"
#include "tools/demo_app/live_table.h"
#include "tools/demo_app/report.h"
#include "tools/demo_app/report_json.h"
#include "tools/demo_app/status_text.h"
#include "tools/demo_app/text_format.h"
#include "tools/demo_app/worker_pool.h"
#include "tools/demo_app/workload.h"

namespace acre::demo {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int Complain(const absl::Status& status, int exit_status) {
  fmt::print(stderr, "acre_demo: {}\n", StatusText(status));
  return exit_status;
}

class DemoRun {
 public:
  DemoRun(const Options& options, const std::atomic<bool>& stop,
          const LastRefusal& last_refusal)
      : options_(options), stop_(stop), last_refusal_(last_refusal) {}

  // `socket_path` is empty without an admin server.
  int Run(MemoryService& service, const PackageList& list,
          const std::string& socket_path);

 private:
  bool until_signal() const { return options_.serve && !options_.has_seconds; }

  void Introduce(size_t packages, const std::string& socket_path) const;
  double ServeQueries(MemoryService& service, const Fleet& fleet) const;
  void AwaitSignal() const;
  bool PromisesHeld(const Report& report, const Fleet& fleet) const;
  void PrintEnd(const Report& report, const Remains& remains) const;

  const Options& options_;
  const std::atomic<bool>& stop_;
  const LastRefusal& last_refusal_;
};

int DemoRun::Run(MemoryService& service, const PackageList& list,
                 const std::string& socket_path) {
  const Workload workload(list.packages, options_.limit_bytes);
  absl::StatusOr<Fleet> fleet =
      CreateFleet(service, options_, list.packages, workload, stop_);
  if (!fleet.ok()) {
    const bool refused = absl::IsResourceExhausted(fleet.status());
    const int exit_status =
        Complain(fleet.status(), refused ? kBadInput : kFailure);
    if (refused) fmt::print(stderr, "{}\n", last_refusal_.text());
    return exit_status;
  }
  Introduce(list.packages.size(), socket_path);
  const double seconds = ServeQueries(service, *fleet);
  if (options_.serve) AwaitSignal();
  const Report report = CollectReport(service, *fleet, seconds);
  const bool held = PromisesHeld(report, *fleet);
  const absl::Status closed = CloseFleet(*fleet);
  PrintEnd(report, CollectRemains(service));
  if (!closed.ok()) return Complain(closed, kFailure);
  return held ? kSuccess : kFailure;
}

void DemoRun::Introduce(size_t packages, const std::string& socket_path) const {
  if (options_.json) return;
  fmt::print(
      "{} tenants with {} packages each, {} workers; tenant-0 is greedy and "
      "may hold {}\n",
      options_.tenants, packages, options_.workers,
      BytesText(options_.limit_bytes));
  if (!socket_path.empty()) {
    fmt::print("look inside with tools/console --pid {} (socket {})\n",
               getpid(), socket_path);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

// Returns for how many seconds queries ran.
double DemoRun::ServeQueries(MemoryService& service, const Fleet& fleet) const {
  constexpr std::chrono::milliseconds kTick{20};
  LiveTable table(stdout);
  WorkerPool workers(fleet, options_.workers);
  const Clock::time_point start = Clock::now();
  double next_show = table.interval_seconds();
  while (!stop_ && (until_signal() || SecondsSince(start) < options_.seconds)) {
    std::this_thread::sleep_for(kTick);
    if (options_.json || SecondsSince(start) < next_show) continue;
    table.Show(CollectReport(service, fleet, SecondsSince(start)));
    next_show += table.interval_seconds();
  }
  const double seconds = SecondsSince(start);
  workers.Stop();
  if (!options_.json) table.Finish(CollectReport(service, fleet, seconds));
  return seconds;
}

void DemoRun::AwaitSignal() const {
  constexpr std::chrono::milliseconds kTick{50};
  if (!options_.json && !stop_) {
    fmt::print("no more queries; the tenants stay until SIGINT or SIGTERM\n");
    std::fflush(stdout);
  }
  while (!stop_) std::this_thread::sleep_for(kTick);
}

bool DemoRun::PromisesHeld(const Report& report, const Fleet& fleet) const {
  bool held = LedgerAddsUp(report) && FailedElsewhere(report) == 0;
  for (const auto& tenant : fleet) {
    if (tenant->unexpected_error().empty()) continue;
    fmt::print(stderr, "acre_demo: {}: {}\n", tenant->name(),
               tenant->unexpected_error());
    held = false;
  }
  return held;
}

void DemoRun::PrintEnd(const Report& report, const Remains& remains) const {
  if (options_.json) {
    fmt::print("{}\n", RenderJson(report, remains));
    return;
  }
  fmt::print("\n{}\n", RenderLedger(report));
  fmt::print("queries that failed: {} of the greedy tenant, {} of others\n",
             Grouped(report.failed - FailedElsewhere(report)),
             Grouped(FailedElsewhere(report)));
  if (!last_refusal_.text().empty()) {
    fmt::print("the last refusal: {}\n", last_refusal_.text());
  }
  fmt::print(
      "after all tenants were destroyed: metadata {}, resident {}, mapped {} "
      "({} of it in memory by the page tables)\n",
      BytesText(remains.metadata), BytesText(remains.resident),
      BytesText(remains.mapped), BytesText(remains.resident_measured));
}

// Null without the option, and when there can be no socket: the demo runs on.
std::unique_ptr<AdminServer> StartAdmin(MemoryService& service,
                                        const Options& options) {
  if (!options.socket) return nullptr;
  AdminOptions admin_options;
  admin_options.allow_writes = true;
  absl::StatusOr<std::unique_ptr<AdminServer>> admin =
      AdminServer::Start(service, admin_options);
  if (admin.ok()) return *std::move(admin);
  fmt::print(stderr, "acre_demo: running without a console: {}\n",
             StatusText(admin.status()));
  return nullptr;
}

}  // namespace

int RunDemo(const Options& options, const std::atomic<bool>& stop) {
  const absl::StatusOr<PackageList> list = ReadDpkgStatus(options.data);
  if (!list.ok()) return Complain(list.status(), kBadInput);
  LastRefusal last_refusal;
  ServiceOptions service_options;
  service_options.name = "acre_demo";
  service_options.on_refusal = LastRefusal::Note;
  service_options.on_refusal_context = &last_refusal;
  const absl::StatusOr<std::unique_ptr<MemoryService>> service =
      MemoryService::Create(service_options);
  if (!service.ok()) return Complain(service.status(), kFailure);
  absl::Status status = InstallSqliteAllocator(**service);
  if (!status.ok()) return Complain(status, kFailure);
  int exit_status = kSuccess;
  {
    const std::unique_ptr<AdminServer> admin = StartAdmin(**service, options);
    const std::string socket = admin != nullptr ? admin->socket_path() : "";
    exit_status =
        DemoRun(options, stop, last_refusal).Run(**service, *list, socket);
  }
  status = UninstallSqliteAllocator();
  if (!status.ok()) return Complain(status, kFailure);
  return exit_status;
}

}  // namespace acre::demo
