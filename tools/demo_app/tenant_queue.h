// The tenants whose turn it is, first come, first served.
//
// A tenant's database serves one query at a time, so a worker takes a tenant
// out, runs a query and puts it back: nobody waits for a slow tenant, and all
// others get equal turns. Owns no tenant. Thread-safe.
#ifndef ACRE_TOOLS_DEMO_APP_TENANT_QUEUE_H_
#define ACRE_TOOLS_DEMO_APP_TENANT_QUEUE_H_

#include <condition_variable>
#include <deque>
#include <mutex>

#include "tools/demo_app/tenant.h"

namespace acre::demo {

class TenantQueue {
 public:
  void Put(Tenant* tenant);

  // Waits for a tenant; null once closed.
  Tenant* Take();

  void Close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Tenant*> waiting_;
  bool closed_ = false;
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_TENANT_QUEUE_H_
