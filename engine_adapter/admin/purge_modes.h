// The names of purge modes, as the socket and the console take them.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_PURGE_MODES_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_PURGE_MODES_H_

#include <optional>
#include <string>
#include <string_view>

#include "engine_adapter/arena.h"

namespace acre::admin {

struct NamedPurgeMode {
  std::string_view name;
  PurgeMode mode;
};

// From the one that gives back least.
inline constexpr NamedPurgeMode kPurgeModes[] = {
    {"unused", PurgeMode::kUnused},
    {"idle", PurgeMode::kIdle},
    {"everything", PurgeMode::kEverything}};

inline std::optional<PurgeMode> FindPurgeMode(std::string_view name) {
  for (const NamedPurgeMode& one : kPurgeModes) {
    if (one.name == name) return one.mode;
  }
  return std::nullopt;
}

inline std::string_view PurgeModeName(PurgeMode mode) {
  for (const NamedPurgeMode& one : kPurgeModes) {
    if (one.mode == mode) return one.name;
  }
  return "";
}

// "unused, idle, everything"
inline std::string PurgeModeNames() {
  std::string names;
  for (const NamedPurgeMode& one : kPurgeModes) {
    if (!names.empty()) names += ", ";
    names += one.name;
  }
  return names;
}

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_PURGE_MODES_H_
