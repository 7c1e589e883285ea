#include "engine_adapter/arena_scope.h"

namespace acre {

constinit thread_local ArenaScope* ArenaScope::current_ = nullptr;

}  // namespace acre
