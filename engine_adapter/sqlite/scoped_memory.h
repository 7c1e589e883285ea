// Memory of one arena by way of the scope in force on this thread.
//
// When the thread works for that arena with a tcache, the tcache serves: no
// lock is taken. Otherwise the arena itself does. Both charge the same arena,
// and either may free what the other handed out. Owns nothing; callable from
// any thread. Errors: null when the arena refuses.
#ifndef ACRE_ENGINE_ADAPTER_SQLITE_SCOPED_MEMORY_H_
#define ACRE_ENGINE_ADAPTER_SQLITE_SCOPED_MEMORY_H_

#include <cstddef>

#include "engine_adapter/arena_scope.h"
#include "engine_adapter/memory_service.h"

namespace acre::sqlite {

// The tcache in force on this thread if it is bound to `arena`, else null.
inline Tcache* TcacheInForce(const ArenaRef& arena) noexcept {
  ArenaScope* scope = ArenaScope::Current();
  if (scope == nullptr || scope->tcache() == nullptr) return nullptr;
  return scope->arena() == arena ? scope->tcache() : nullptr;
}

inline void* AllocateIn(ArenaRef arena, size_t bytes) noexcept {
  Tcache* tcache = TcacheInForce(arena);
  return tcache != nullptr ? tcache->Allocate(bytes) : arena.Allocate(bytes);
}

inline void DeallocateIn(ArenaRef arena, void* ptr, size_t bytes) noexcept {
  Tcache* tcache = TcacheInForce(arena);
  if (tcache != nullptr) {
    tcache->Deallocate(ptr, bytes);
  } else {
    arena.Deallocate(ptr, bytes);
  }
}

}  // namespace acre::sqlite

#endif  // ACRE_ENGINE_ADAPTER_SQLITE_SCOPED_MEMORY_H_
