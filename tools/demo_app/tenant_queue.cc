#include "tools/demo_app/tenant_queue.h"

namespace acre::demo {

void TenantQueue::Put(Tenant* tenant) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(tenant);
  }
  changed_.notify_one();
}

Tenant* TenantQueue::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (closed_) return nullptr;
  Tenant* tenant = waiting_.front();
  waiting_.pop_front();
  return tenant;
}

void TenantQueue::Close() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace acre::demo
