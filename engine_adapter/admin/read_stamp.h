// When something was read and what reading it cost, for every body that shows
// figures.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_READ_STAMP_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_READ_STAMP_H_

#include <chrono>
#include <string>

namespace acre::admin {

using WallTime = std::chrono::system_clock::time_point;

struct ReadStamp {
  WallTime read_at;  // when reading began
  double cost_us = 0;
};

// "2026-11-20T13:45:02.123456Z"
std::string FormatTime(WallTime time);

// Takes the time from its construction on. Not thread-safe.
class ReadTimer {
 public:
  ReadTimer() = default;

  ReadStamp Stamp() const {
    const std::chrono::duration<double, std::micro> cost =
        std::chrono::steady_clock::now() - started_;
    return {.read_at = read_at_, .cost_us = cost.count()};
  }

 private:
  const WallTime read_at_ = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point started_ =
      std::chrono::steady_clock::now();
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_READ_STAMP_H_
