#include "tools/demo_app/worker_pool.h"

#include <random>

namespace acre::demo {

WorkerPool::WorkerPool(const std::vector<std::unique_ptr<Tenant>>& tenants,
                       int workers) {
  for (const auto& tenant : tenants) queue_.Put(tenant.get());
  for (int i = 0; i < workers; ++i) {
    threads_.emplace_back([this, i] { Work(i); });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Stop() {
  stop_.store(true, std::memory_order_relaxed);
  queue_.Close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::Work(int worker) {
  std::mt19937_64 random(static_cast<uint64_t>(worker) + 1);
  while (Tenant* tenant = queue_.Take()) {
    tenant->RunQuery(random, stop_);
    queue_.Put(tenant);
  }
}

}  // namespace acre::demo
