#include "engine_adapter/admin/read_stamp.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace acre::admin {

std::string FormatTime(WallTime time) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::microseconds>(
          time.time_since_epoch());
  const auto seconds =
      static_cast<std::time_t>(since_epoch.count() / 1'000'000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds),
                     since_epoch.count() % 1'000'000);
}

}  // namespace acre::admin
