// A node of the control tree: a named, typed value of the service that can be
// read, written or executed, as with jemalloc's mallctl. Where jemalloc 5.3 has
// the same thing, a node has its name, type and meaning.
//
// Nodes are declared in tables (nodes_*.cc), one row each, and in the lists of
// figures (stats/fields.h), from which rows are made. Running a node allocates
// nothing and is safe beside everything, but where its help says otherwise.

#ifndef ACRE_STATS_CONTROL_CONTROL_NODE_H_
#define ACRE_STATS_CONTROL_CONTROL_NODE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "allocator/arena/domain.h"

namespace acre::stats {

class ControlHost;

// The types of C that jemalloc's documentation names.
enum class ControlType : uint8_t {
  kNothing,  // void
  kBool,
  kUnsigned,  // unsigned int
  kUint32,
  kUint64,
  kSize,   // size_t
  kInt64,  // int64_t
  kSsize,  // ssize_t
  kText,   // const char*
  kPointer,
};

enum class ControlMode : uint8_t { kRead, kWrite, kReadWrite, kExecute };

enum class ControlUnit : uint8_t {
  kNone,
  kBytes,
  kCount,
  kPages,
  kMilliseconds,
  kNanoseconds,
};

// Who may use a node: the engine only, from within the process, or the operator
// at the console, too.
enum class ControlReach : uint8_t { kAnyone, kEngine };

enum class ControlError : uint8_t {
  kNone,
  kNoSuchName,
  kNoSuchArena,  // Or the one it named is gone.
  kNoSuchIndex,
  kNotReadable,
  kNotWritable,
  kNotForAll,  // Of one arena only.
  kWrongType,
  kBadValue,     // Outside of [least, most].
  kNoRoom,       // The service's limit leaves `most`.
  kOutOfMemory,  // Or at the service's limit.
  kRefused,      // The operation is not possible now.
};

struct [[nodiscard]] ControlResult {
  ControlError error = ControlError::kNone;
  int64_t least = 0;
  uint64_t most = 0;

  ControlResult() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): most results are only that.
  ControlResult(ControlError why) : error(why) {}
  ControlResult(ControlError why, int64_t from, uint64_t to)
      : error(why), least(from), most(to) {}
  bool ok() const { return error == ControlError::kNone; }
};

// A value of any of the types. Plain data; copies freely.
struct ControlValue {
  static constexpr size_t kMostText = 63;

  ControlType type = ControlType::kNothing;
  // Numbers, flags and pointers; signed ones in two's complement.
  uint64_t bits = 0;
  char text[kMostText + 1] = "";  // kText; terminated.

  static ControlValue Of(ControlType type, uint64_t bits) {
    ControlValue value;
    value.type = type;
    value.bits = bits;
    return value;
  }
  // Cut to kMostText bytes.
  static ControlValue Text(std::string_view text);

  bool flag() const { return bits != 0; }
  int64_t signed_number() const { return static_cast<int64_t>(bits); }
  bool is_signed() const {
    return type == ControlType::kInt64 || type == ControlType::kSsize;
  }
};

// Arena <i> of a path that means all of them, as in jemalloc; by name "all".
inline constexpr uint64_t kAllArenas = allocator::kAllArenasIndex;

struct ControlNode;

// What a node is run on.
struct ControlCall {
  allocator::Domain* domain;
  ControlHost* host;
  const ControlNode* node;
  allocator::Arena* arena;  // Of <i>; null for all, and where there is no <i>.
  uint32_t generation;      // The arena's.
  uint64_t index;           // Of <j>.
  bool check_only;          // What is written is looked at, and not done.
};

struct ControlNode {
  // Reads to `out` if it is not null, then writes `in` if it is not null; with
  // neither, executes. The tree has checked mode, type, arena and index.
  using Run = ControlResult (*)(const ControlCall& call, const ControlValue* in,
                                ControlValue* out);

  // Components between dots; <i> stands for an arena, <j> for an index.
  std::string_view name;
  ControlType type;
  ControlMode mode;
  ControlUnit unit;
  std::string_view help;
  Run run;
  // Which field of a list, for rows that are made from one.
  uint16_t field = 0;
  // <j> is below this.
  uint16_t indices = 0;
  ControlReach reach = ControlReach::kAnyone;
  // Whether <i> may be all arenas.
  bool for_all = false;
  // Whether <i> may be an arena that is not live.
  bool dead_too = false;
  // What is written, where that is not of the type that is read.
  ControlType in_type = ControlType::kNothing;

  ControlType written_type() const {
    return in_type == ControlType::kNothing ? type : in_type;
  }
  bool of_arena() const { return name.find("<i>") != std::string_view::npos; }
};

// A name of jemalloc's that the tree has not, and why.
struct AbsentControl {
  std::string_view name;  // A pattern; a last component of * stands for any.
  std::string_view reason;
};

// The tables.
std::span<const ControlNode> ConfigNodes();
std::span<const ControlNode> OptionNodes();
std::span<const ControlNode> ArenaNodes();
std::span<const ControlNode> ArenasNodes();
std::span<const ControlNode> ServiceNodes();
std::span<const ControlNode> ServiceLockNodes();
std::span<const ControlNode> KernelNodes();
std::span<const ControlNode> ArenaStatisticsNodes();
std::span<const ControlNode> ClassStatisticsNodes();
std::span<const AbsentControl> AbsentControls();

std::string_view TypeName(ControlType type);  // In C: "size_t".
std::string_view ModeName(ControlMode mode);  // "r", "w", "rw" or "x".
std::string_view UnitName(ControlUnit unit);  // "" for kNone.

inline bool CanRead(ControlMode mode) {
  return mode == ControlMode::kRead || mode == ControlMode::kReadWrite;
}
inline bool CanWrite(ControlMode mode) {
  return mode == ControlMode::kWrite || mode == ControlMode::kReadWrite;
}

inline ControlValue ControlValue::Text(std::string_view from) {
  ControlValue value;
  value.type = ControlType::kText;
  const size_t size = from.size() < kMostText ? from.size() : kMostText;
  if (size != 0) memcpy(value.text, from.data(), size);
  return value;
}

}  // namespace acre::stats

#endif  // ACRE_STATS_CONTROL_CONTROL_NODE_H_
