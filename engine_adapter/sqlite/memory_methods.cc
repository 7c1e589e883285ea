#include "engine_adapter/sqlite/memory_methods.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "allocator/base/size_class.h"
#include "engine_adapter/arena_scope.h"
#include "engine_adapter/sqlite/installed_service.h"
#include "engine_adapter/sqlite/scoped_memory.h"

namespace acre::sqlite {
namespace {

// The last size class is 2 GiB, one more than SQLite's int can say. SQLite
// asks for less than that and takes any multiple of 8 for an answer.
constexpr size_t kLargestSize = std::numeric_limits<int>::max() & ~size_t{7};

int ToSqliteSize(size_t bytes) {
  return static_cast<int>(std::min(bytes, kLargestSize));
}

Tcache* TcacheOfScope() {
  ArenaScope* scope = ArenaScope::Current();
  return scope != nullptr ? scope->tcache() : nullptr;
}

void* Allocate(int bytes) {
  Tcache* tcache = TcacheOfScope();
  const auto size = static_cast<size_t>(bytes);
  return AllocateFrom(tcache, ArenaInForce(), size);
}

void Deallocate(void* ptr) {
  Tcache* tcache = TcacheOfScope();
  if (tcache != nullptr) {
    tcache->Deallocate(ptr);
  } else {
    InstalledService()->Deallocate(ptr);
  }
}

// By owner and not by scope: a connection's buffer that grows while another
// tenant's scope is in force must not change tenants.
void* Reallocate(void* ptr, int bytes) {
  const auto size = static_cast<size_t>(bytes);
  void* resized = InstalledService()->Reallocate(ptr, size);
  if (resized != nullptr || !GiveUpTcache()) return resized;
  return InstalledService()->Reallocate(ptr, size);
}

int UsableSize(void* ptr) {
  return ToSqliteSize(InstalledService()->UsableSize(ptr));
}

int RoundUp(int bytes) {
  return ToSqliteSize(
      allocator::ClassSize(allocator::ClassOf(static_cast<size_t>(bytes))));
}

int Init(void*) { return SQLITE_OK; }

void Shutdown(void*) {}

}  // namespace

sqlite3_mem_methods MemoryMethods() noexcept {
  sqlite3_mem_methods methods = {};
  methods.xMalloc = Allocate;
  methods.xFree = Deallocate;
  methods.xRealloc = Reallocate;
  methods.xSize = UsableSize;
  methods.xRoundup = RoundUp;
  methods.xInit = Init;
  methods.xShutdown = Shutdown;
  return methods;
}

}  // namespace acre::sqlite
