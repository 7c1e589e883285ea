// The control tree of one service: everything that can be read or changed, by
// name or by MIB. For engines engine_adapter/control.h wraps it with Status.
//
//   ControlPath path;
//   ControlValue value;
//   if (tree.Resolve("arena.tenant-7.hard_limit", &path).ok() &&
//       tree.Run(path, nullptr, &value).ok()) ...
//
// In a name <i> is an arena: its index, its name, or "all"; a name that has
// dots, is all digits, or is "all", is put in quotes. A path remembers which
// arena it was resolved for: one that takes its place is not touched by it.
//
// Thread-safe. Allocates nothing. A figure of one arena costs up to a
// microsecond; one that is a sum over arenas looks at each of them, at each
// reading: nothing is shown from memory, so there is no epoch to wait for.

#ifndef ACRE_STATS_CONTROL_CONTROL_TREE_H_
#define ACRE_STATS_CONTROL_CONTROL_TREE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stats/control/control_host.h"
#include "stats/control/control_index.h"
#include "stats/control/control_node.h"

namespace acre::stats {

// A name that was looked up. Plain data; may be kept as long as the service.
struct ControlPath {
  const ControlNode* node = nullptr;
  uint64_t arena = 0;       // Index, or kAllArenas.
  uint32_t generation = 0;  // 0: whichever arena has the index.
  uint64_t index = 0;       // <j>.
};

class ControlTree {
 public:
  explicit ControlTree(ControlHost* host) noexcept : host_(host) {}

  ControlResult Resolve(std::string_view name,
                        ControlPath* path) const noexcept;
  // As jemalloc's mallctlnametomib: also of the beginning of a name. `*size` is
  // how many fit, and then how many there are.
  ControlResult ToMib(std::string_view name, size_t* mib,
                      size_t* size) const noexcept;
  ControlResult FromMib(std::span<const size_t> mib,
                        ControlPath* path) const noexcept;

  // Reads to `out` if it is not null, then writes `in` if it is not null; with
  // neither, executes. The type of `in` is that of the node.
  ControlResult Run(const ControlPath& path, const ControlValue* in,
                    ControlValue* out) const noexcept;

  // What Run would say to `in`, or to executing where it is null, with nothing
  // changed. Whether the service's limit leaves room for a reserve, and whether
  // a new arena can be had, is not known before it is tried.
  ControlResult Check(const ControlPath& path,
                      const ControlValue* in) const noexcept;

  // Why a name is in jemalloc and not here; null when it is not known.
  static const AbsentControl* FindAbsent(std::string_view name) noexcept;

 private:
  ControlResult ResolveArena(const NameComponent& component,
                             ControlPath* path) const noexcept;
  ControlResult RunOrCheck(const ControlPath& path, const ControlValue* in,
                           ControlValue* out, bool check_only) const noexcept;

  ControlHost* host_;
};

// Decimal numbers, true or false, text; as what Run takes for `node`.
// kBadValue when it is none of those.
ControlResult ParseControlValue(const ControlNode& node, std::string_view text,
                                ControlValue* value) noexcept;
// Writes a value as text, cut to fit; returns how much.
size_t FormatControlValue(const ControlValue& value,
                          std::span<char> out) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_CONTROL_CONTROL_TREE_H_
