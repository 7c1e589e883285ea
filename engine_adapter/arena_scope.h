// "This thread now works for this arena and tcache": for engines that know
// only malloc-like callbacks without a context argument.
//
//   acre::ArenaScope scope(tenant, &tcache);
//   sqlite3_step(...);   // Its callbacks find ArenaScope::Current().
//
// Scopes nest; each restores the one before it, in reverse order of making,
// on the thread that made it. Making and restoring cannot fail and are O(1).
// Nothing is allocated: a scope is a link of a list in the threads' stacks.

#ifndef ACRE_ENGINE_ADAPTER_ARENA_SCOPE_H_
#define ACRE_ENGINE_ADAPTER_ARENA_SCOPE_H_

#include "engine_adapter/arena.h"
#include "engine_adapter/tcache.h"

namespace acre {

class ArenaScope {
 public:
  // `tcache`, where given, must be of `arena`, outlive the scope, and be used
  // by this thread only meanwhile.
  explicit ArenaScope(ArenaRef arena, Tcache* tcache = nullptr) noexcept
      : arena_(arena), tcache_(tcache), outer_(current_) {
    current_ = this;
  }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;
  ~ArenaScope() { current_ = outer_; }

  // The innermost scope of this thread; null outside all.
  static ArenaScope* Current() noexcept { return current_; }

  ArenaRef arena() const noexcept { return arena_; }
  Tcache* tcache() const noexcept { return tcache_; }

 private:
  static constinit thread_local ArenaScope* current_;

  const ArenaRef arena_;
  Tcache* const tcache_;
  ArenaScope* const outer_;
};

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_ARENA_SCOPE_H_
