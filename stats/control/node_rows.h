// How the tables of nodes are written. For nodes_*.cc only.

#ifndef ACRE_STATS_CONTROL_NODE_ROWS_H_
#define ACRE_STATS_CONTROL_NODE_ROWS_H_

#include <cstdint>

#include "stats/control/control_node.h"
#include "stats/fields.h"

// A node's function that reads: `expression` may use `call`.
#define ACRE_CONTROL_READ(expression)                             \
  [](const ControlCall& call, const ControlValue* /*in*/,         \
     ControlValue* out) -> ControlResult {                        \
    static_cast<void>(call);                                      \
    *out = ControlValue::Of(call.node->type,                      \
                            static_cast<uint64_t>((expression))); \
    return {};                                                    \
  }

// Likewise for text.
#define ACRE_CONTROL_TEXT(expression)                     \
  [](const ControlCall& call, const ControlValue* /*in*/, \
     ControlValue* out) -> ControlResult {                \
    static_cast<void>(call);                              \
    *out = ControlValue::Text((expression));              \
    return {};                                            \
  }

// Rows of what is the same in every Acre.
#define ACRE_CONTROL_NEVER(name, help)                                      \
  {                                                                         \
    name, ControlType::kBool, ControlMode::kRead, ControlUnit::kNone, help, \
        ACRE_CONTROL_READ(false)                                            \
  }
#define ACRE_CONTROL_ALWAYS(name, help)                                     \
  {                                                                         \
    name, ControlType::kBool, ControlMode::kRead, ControlUnit::kNone, help, \
        ACRE_CONTROL_READ(true)                                             \
  }
#define ACRE_CONTROL_WORD(name, text, help)                                 \
  {                                                                         \
    name, ControlType::kText, ControlMode::kRead, ControlUnit::kNone, help, \
        ACRE_CONTROL_TEXT(text)                                             \
  }

namespace acre::stats {

// Figures in bytes are size_t, as jemalloc's are, others uint64_t.
constexpr ControlType TypeOf(Unit unit) {
  return unit == Unit::kBytes ? ControlType::kSize : ControlType::kUint64;
}
constexpr ControlUnit UnitOf(Unit unit) {
  switch (unit) {
    case Unit::kBytes:
      return ControlUnit::kBytes;
    case Unit::kNanoseconds:
      return ControlUnit::kNanoseconds;
    case Unit::kCount:
      break;
  }
  return ControlUnit::kCount;
}

}  // namespace acre::stats

#endif  // ACRE_STATS_CONTROL_NODE_ROWS_H_
