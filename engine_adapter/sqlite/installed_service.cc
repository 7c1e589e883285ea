#include "engine_adapter/sqlite/installed_service.h"

#include <atomic>

#include "engine_adapter/arena_scope.h"

namespace acre::sqlite {
namespace {

std::atomic<MemoryService*> installed_service{nullptr};

}  // namespace

MemoryService* InstalledService() noexcept {
  return installed_service.load(std::memory_order_acquire);
}

void SetInstalledService(MemoryService* service) noexcept {
  installed_service.store(service, std::memory_order_release);
}

ArenaRef ArenaInForce() noexcept {
  ArenaScope* scope = ArenaScope::Current();
  return scope != nullptr ? scope->arena() : InstalledService()->system_arena();
}

}  // namespace acre::sqlite
