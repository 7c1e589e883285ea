#include "tools/reference_app/quota_example.h"

#include <cstdint>
#include <vector>

#include "engine_adapter/memory_service.h"

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

// Blocks that a tenant's queries can do without. One that several threads use
// has a lock of its own, which nobody holds while allocating.
struct BlockCache {
  acre::ArenaRef arena;
  std::vector<void*> blocks;
  bool shrink_soon = false;
};

// Runs on the thread that allocates, outside all of Acre's locks.
void OnPressure(void* context, const acre::PressureReport& report) {
  auto* cache = static_cast<BlockCache*>(context);
  if (report.level == acre::PressureLevel::kSoft) {
    cache->shrink_soon = true;  // No query need wait for it.
    return;
  }
  if (report.level != acre::PressureLevel::kHard) return;
  // Without room on return what was wanted is refused.
  uint64_t freed = 0;
  while (freed < report.wanted_bytes && !cache->blocks.empty()) {
    cache->arena.Deallocate(cache->blocks.back());
    cache->blocks.pop_back();
    freed += kMiB;
  }
}

}  // namespace

int RunQuotaExample() {
  BlockCache cache;
  auto service = acre::MemoryService::Create({.name = "engine",
                                              .hard_limit_bytes = 64 * kMiB,
                                              .on_pressure = OnPressure,
                                              .on_pressure_context = &cache});
  if (!service.ok()) return 1;
  // 8 MiB are the tenant's whatever others do; up to 16 MiB if there is room.
  auto tenant = (*service)->CreateArena({.name = "tenant-7",
                                         .hard_limit_bytes = 16 * kMiB,
                                         .reserved_bytes = 8 * kMiB,
                                         .soft_limit_bytes = 12 * kMiB});
  if (!tenant.ok()) return 1;
  cache.arena = *tenant;
  while (!cache.shrink_soon) {
    void* block = tenant->Allocate(kMiB);
    if (block == nullptr) return 1;
    cache.blocks.push_back(block);
  }
  // 12 MiB of blocks and 8 MiB do not fit 16 MiB: the cache makes room.
  void* sort = tenant->Allocate(8 * kMiB);
  if (sort == nullptr || cache.blocks.size() >= 8) return 1;
  tenant->Deallocate(sort);
  // After the burst: down to the reserve at once, and not only by decay.
  if (!tenant->Purge(acre::PurgeMode::kUnused).ok()) return 1;
  return tenant->charged_bytes() < 8 * kMiB ? 0 : 1;
}
