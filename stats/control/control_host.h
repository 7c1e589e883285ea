// What the control tree asks of whoever owns the domain: names of arenas, and
// arenas that nobody else owns.

#ifndef ACRE_STATS_CONTROL_CONTROL_HOST_H_
#define ACRE_STATS_CONTROL_CONTROL_HOST_H_

#include <cstdint>
#include <string_view>

#include "stats/control/control_node.h"

namespace acre::stats {

// Thread-safe. Finding allocates nothing.
class ControlHost {
 public:
  virtual allocator::Domain* control_domain() noexcept = 0;
  virtual std::string_view service_name() const noexcept = 0;
  // Of the lock that names of arenas are under.
  virtual allocator::LockCounts control_lock_counts() const noexcept = 0;
  // The live arena of this name, with its generation; null when there is none.
  virtual allocator::Arena* FindArenaNamed(std::string_view name,
                                           uint32_t* generation) noexcept = 0;
  // An arena that lives until the tree destroys it, or the service ends. Its
  // memory comes from `hooks`, if not null.
  virtual ControlResult CreateUnownedArena(allocator::ExtentHooks* hooks,
                                           uint32_t* index) noexcept = 0;
  // Discards what it holds. Nobody may be inside an operation on it.
  virtual ControlResult DestroyArenaAt(uint32_t index,
                                       uint32_t generation) noexcept = 0;

 protected:
  ~ControlHost() = default;
};

}  // namespace acre::stats

#endif  // ACRE_STATS_CONTROL_CONTROL_HOST_H_
