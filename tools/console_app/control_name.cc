#include "tools/console_app/control_name.h"

#include <fmt/format.h>

#include "engine_adapter/admin/percent_coding.h"

namespace acre::console {

std::string ArenaControl(std::string_view arena, std::string_view figure) {
  std::string quoted;
  for (const char c : arena) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return fmt::format("arena.\"{}\".{}", quoted, figure);
}

std::string ControlTarget(std::string_view name) {
  return "/v1/ctl/" + admin::PercentEncode(name);
}

}  // namespace acre::console
