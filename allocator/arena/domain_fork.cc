// A domain around fork(2): its locks, outer to inner.

#include "allocator/arena/arena.h"
#include "allocator/arena/domain.h"

namespace acre::allocator {

void Arena::ForForkOuter(ForkStep step) noexcept {
  caches.ForFork(step);
  pages.ForFork(step);
}

void Arena::ForForkInner(ForkStep step) noexcept {
  quota.ForFork(step);
  ForEachBin([step](ClassIndex, Bin& bin) { bin.ForFork(step); });
  if (step == ForkStep::kChild) {
    // The governor's queue is empty; what is unused asks for it anew.
    static_cast<DeadlineNode&>(node) = {};
    scheduled.store(false);
    attention_pages.store(UINT64_MAX);
  }
}

void Domain::ForForkOuter(ForkStep step) noexcept {
  for (ControlMutex& mutex : control_) mutex.ForFork(step);
  sources_.ForForkOuter(step);
}

void Domain::ForForkInner(ForkStep step) noexcept {
  sources_.ForForkInner(step);
  extents_.ForFork(step);
  for (MetadataPool* pool : Pools()) pool->ForFork(step);
  governor_.ForFork(step);
  total_.ForFork(step);
}

// Inner locks are released first: with the outer ones held nobody can end an
// arena of which some are still to be released.
void Domain::ForFork(ForkStep step) noexcept {
  auto arenas_outer = [step](Arena& arena) { arena.ForForkOuter(step); };
  auto arenas_inner = [step](Arena& arena) { arena.ForForkInner(step); };
  if (step == ForkStep::kPrepare) {
    ForForkOuter(step);
    ForEachArena(arenas_outer);
    ForForkInner(step);
    ForEachArena(arenas_inner);
  } else {
    ForEachArena(arenas_inner);
    ForForkInner(step);
    ForEachArena(arenas_outer);
    ForForkOuter(step);
  }
}

}  // namespace acre::allocator
