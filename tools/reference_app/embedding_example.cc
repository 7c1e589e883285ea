#include <cstdio>

#include "engine_adapter/control.h"
#include "engine_adapter/memory_service.h"

int RunEmbeddingExample() {
  auto service = acre::MemoryService::Create({.name = "engine"});
  if (!service.ok()) return 1;
  // An arena per tenant, with what it may hold physically.
  auto tenant = (*service)->CreateArena(
      {.name = "tenant-7", .hard_limit_bytes = 64 << 20});
  if (!tenant.ok()) return 1;
  {
    // A tcache per query: opening takes a warm one, closing parks it again.
    acre::Tcache query = tenant->OpenTcache();
    void* row = query.Allocate(1000);
    if (row == nullptr) return 1;  // Refused: the query fails, nobody else.
    query.Deallocate(row);
    // State that dies with the query needs no individual frees.
    acre::Region plan = tenant->OpenRegion();
    if (plan.Allocate(200) == nullptr) return 1;
  }
  // Everything that can be known or changed has a name.
  const acre::Control control(**service);
  const auto charged = control.Get<uint64_t>("stats.arenas.tenant-7.charged");
  const auto limit = control.Get<uint64_t>("arena.tenant-7.hard_limit");
  if (!charged.ok() || !limit.ok()) return 1;
  std::printf("charged %lu of %lu bytes\n", *charged, *limit);
  return tenant->Destroy(acre::DestroyPolicy::kFailIfAllocated).ok() ? 0 : 1;
}
