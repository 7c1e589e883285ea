// Memory of one arena by way of the scope in force on this thread.
//
// When the thread works for that arena with a tcache, the tcache serves: no
// lock is taken. Otherwise the arena itself does. Both charge the same arena,
// and either may free what the other handed out. Owns nothing; callable from
// any thread. Errors: null when the arena refuses even after the thread's own
// tcache has given up what it held.
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

// Leaves what the tcache in force holds to the arena; false when that is
// nothing. A query that was refused once frees a lot, and in sizes that the
// next query does not ask for: without this the next one, which opens the same
// warm cache, would be refused for what it holds itself. The arena cannot take
// it back, since only the thread that uses a tcache may touch it.
inline bool GiveUpTcache() noexcept {
  ArenaScope* scope = ArenaScope::Current();
  if (scope == nullptr || scope->tcache() == nullptr) return false;
  Tcache* tcache = scope->tcache();
  if (tcache->cached_bytes() == 0) return false;
  *tcache = scope->arena().OpenTcache();
  return true;
}

// `tcache` is the one in force, or null. The second try passes it by: it would
// first take back what it has just given up.
inline void* AllocateFrom(Tcache* tcache, ArenaRef arena,
                          size_t bytes) noexcept {
  void* ptr =
      tcache != nullptr ? tcache->Allocate(bytes) : arena.Allocate(bytes);
  if (ptr != nullptr || !GiveUpTcache()) return ptr;
  return arena.Allocate(bytes);
}

inline void* AllocateIn(ArenaRef arena, size_t bytes) noexcept {
  return AllocateFrom(TcacheInForce(arena), arena, bytes);
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
