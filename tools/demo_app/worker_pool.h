// The threads that run the tenants' queries.
//
// Starts on construction; Stop(), or the destructor, interrupts the queries
// that are running and joins. The tenants must outlive the pool. Start and
// stop it from one thread.
#ifndef ACRE_TOOLS_DEMO_APP_WORKER_POOL_H_
#define ACRE_TOOLS_DEMO_APP_WORKER_POOL_H_

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tools/demo_app/tenant.h"
#include "tools/demo_app/tenant_queue.h"

namespace acre::demo {

class WorkerPool {
 public:
  WorkerPool(const std::vector<std::unique_ptr<Tenant>>& tenants, int workers);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Stop();

 private:
  void Work(int worker);

  TenantQueue queue_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_WORKER_POOL_H_
