// The control tree for engines: everything that a service knows and that can be
// changed, by name. docs/control_reference.md lists the names; jemalloc's have
// jemalloc's type and meaning.
//
//   acre::Control control(*service);
//   absl::StatusOr<uint64_t> bytes = control.Get<uint64_t>("stats.allocated");
//   control.Set<uint64_t>("arena.tenant-7.hard_limit", 64 << 20);
//   control.Execute("arena.all.purge");
//
//   // Looked up once, for what is read often; names the arena that has the
//   // name now, not one that has it later.
//   auto path = control.Find("stats.arenas.tenant-7.cached");
//   control.Get<uint64_t>(*path);
//
// An arena in a name is its index, its name or "all"; a name that has dots, is
// all digits, or is "all", goes in quotes: arena."eu.west-7".purge.
//
// Thread-safe; the service must outlive it. Reading allocates nothing, unless
// it fails (errors have texts) or gives a std::string. Costs: see
// stats/control/control_tree.h.

#ifndef ACRE_ENGINE_ADAPTER_CONTROL_H_
#define ACRE_ENGINE_ADAPTER_CONTROL_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stats/control/control_tree.h"

namespace acre {

class MemoryService;

using stats::ControlPath;
using stats::ControlReach;

// A node, as List shows it. Views of static text.
struct ControlInfo {
  std::string_view name;  // With <i> and <j>.
  std::string_view type;  // In C: "size_t".
  std::string_view mode;  // "r", "w", "rw" or "x".
  std::string_view unit;  // "bytes", "ms" ... or "".
  std::string_view help;
  ControlReach reach = ControlReach::kAnyone;
};

class Control {
 public:
  // `reach`: kAnyone keeps from what is only for the engine itself, such as
  // destroying arenas.
  explicit Control(MemoryService& service,
                   ControlReach reach = ControlReach::kEngine) noexcept;

  // NotFound, with the nearest name there is; for jemalloc's names that have
  // no meaning here with the reason.
  absl::StatusOr<ControlPath> Find(std::string_view name) const;

  // T: bool, any integer that the value fits, std::string (of text only), a
  // pointer. InvalidArgument with the node's type for another one.
  template <typename T>
  absl::StatusOr<T> Get(const ControlPath& path) const;
  template <typename T>
  absl::StatusOr<T> Get(std::string_view name) const {
    auto path = Find(name);
    if (!path.ok()) return path.status();
    return Get<T>(*path);
  }

  // InvalidArgument with the range that is allowed; ResourceExhausted, saying
  // how much there is, where the service's limit is in the way.
  template <typename T>
  absl::Status Set(const ControlPath& path, const T& value) const;
  template <typename T>
  absl::Status Set(std::string_view name, const T& value) const {
    auto path = Find(name);
    if (!path.ok()) return path.status();
    return Set<T>(*path, value);
  }

  absl::Status Execute(const ControlPath& path) const;
  absl::Status Execute(std::string_view name) const;

  // Values of any type, as text.
  absl::StatusOr<std::string> GetText(std::string_view name) const;
  absl::Status SetText(std::string_view name, std::string_view text) const;

  // Reads to `out` if it is not null, and writes `in` if it is not null, as
  // jemalloc's mallctl does.
  absl::Status Exchange(const ControlPath& path, const stats::ControlValue* in,
                        stats::ControlValue* out) const;

  // What Exchange would say to writing `in`, or to executing where it is null,
  // with nothing changed; see stats::ControlTree::Check.
  absl::Status Check(const ControlPath& path,
                     const stats::ControlValue* in) const;

  // The nodes whose names begin with `prefix`; with an arena or an index in the
  // place of <i> and <j>, too. In order.
  static std::vector<ControlInfo> List(std::string_view prefix);
  // The nodes in whose name or help `text` occurs.
  static std::vector<ControlInfo> Search(std::string_view text);
  static ControlInfo Describe(const ControlPath& path);

 private:
  absl::Status Error(const ControlPath& path,
                     const stats::ControlResult& result) const;
  absl::Status CheckReach(const ControlPath& path) const;
  absl::Status NoSuchName(std::string_view name) const;
  absl::Status WrongType(const ControlPath& path) const;
  absl::Status DoesNotFit(const ControlPath& path,
                          const stats::ControlValue& value) const;

  MemoryService* service_;
  stats::ControlTree tree_;
  ControlReach reach_;
};

template <typename T>
absl::StatusOr<T> Control::Get(const ControlPath& path) const {
  using stats::ControlType;
  const ControlType type = path.node->type;
  constexpr bool kText = std::is_same_v<T, std::string>;
  constexpr bool kFlag = std::is_same_v<T, bool>;
  static_assert(kText || kFlag || std::is_pointer_v<T> || std::integral<T>);
  if (kText != (type == ControlType::kText) ||
      kFlag != (type == ControlType::kBool) ||
      std::is_pointer_v<T> != (type == ControlType::kPointer)) {
    return WrongType(path);
  }
  stats::ControlValue value;
  absl::Status status = Exchange(path, nullptr, &value);
  if (!status.ok()) return status;
  if constexpr (kText) {
    return std::string(value.text);
  } else if constexpr (kFlag) {
    return value.flag();
  } else if constexpr (std::is_pointer_v<T>) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): that is what it is.
    return reinterpret_cast<T>(value.bits);
  } else {
    const bool fits = value.is_signed()
                          ? std::in_range<T>(value.signed_number())
                          : std::in_range<T>(value.bits);
    if (!fits) return DoesNotFit(path, value);
    return static_cast<T>(value.bits);
  }
}

template <typename T>
absl::Status Control::Set(const ControlPath& path, const T& value) const {
  using stats::ControlType;
  using stats::ControlValue;
  const ControlType type = path.node->written_type();
  constexpr bool kFlag = std::is_same_v<T, bool>;
  if constexpr (std::is_convertible_v<T, std::string_view>) {
    if (type != ControlType::kText) return WrongType(path);
    const ControlValue in = ControlValue::Text(value);
    return Exchange(path, &in, nullptr);
  } else {
    if (type == ControlType::kText || kFlag != (type == ControlType::kBool) ||
        std::is_pointer_v<T> != (type == ControlType::kPointer)) {
      return WrongType(path);
    }
    ControlValue in = ControlValue::Of(type, 0);
    if constexpr (std::is_pointer_v<T>) {
      in.bits = reinterpret_cast<uintptr_t>(value);
    } else {
      in.bits = static_cast<uint64_t>(value);
      const bool narrow =
          type == ControlType::kUnsigned || type == ControlType::kUint32;
      bool fits = kFlag;
      if constexpr (!kFlag) {
        fits = in.is_signed() ? std::in_range<int64_t>(value)
               : narrow       ? std::in_range<uint32_t>(value)
                              : std::in_range<uint64_t>(value);
      }
      if (!fits) {
        ControlValue given = in;
        given.type = std::is_signed_v<T> ? ControlType::kInt64 : type;
        return DoesNotFit(path, given);
      }
    }
    return Exchange(path, &in, nullptr);
  }
}

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_CONTROL_H_
