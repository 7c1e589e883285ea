#include "stats/writers/timestamp.h"

#include <time.h>

#include <chrono>

namespace acre::stats {
namespace {

uint64_t Nanoseconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

// With leading zeros.
void AppendDigits(uint64_t value, int width, Text* text) {
  uint64_t scale = 1;
  for (int i = 1; i < width; ++i) scale *= 10;
  for (; scale != 0; scale /= 10) {
    text->Append(static_cast<char>('0' + value / scale % 10));
  }
}

}  // namespace

uint64_t WallMicroseconds() noexcept {
  return Nanoseconds(CLOCK_REALTIME) / 1000;
}

uint64_t SteadyNanoseconds() noexcept { return Nanoseconds(CLOCK_MONOTONIC); }

void AppendTimestamp(uint64_t microseconds, Text* text) noexcept {
  using std::chrono::days;
  constexpr uint64_t kMicrosecondsADay = uint64_t{86'400} * 1'000'000;
  const std::chrono::year_month_day date{std::chrono::sys_days(
      days(static_cast<int64_t>(microseconds / kMicrosecondsADay)))};
  const uint64_t second = microseconds % kMicrosecondsADay / 1'000'000;
  AppendDigits(static_cast<uint64_t>(static_cast<int>(date.year())), 4, text);
  text->Append('-');
  AppendDigits(static_cast<unsigned>(date.month()), 2, text);
  text->Append('-');
  AppendDigits(static_cast<unsigned>(date.day()), 2, text);
  text->Append('T');
  AppendDigits(second / 3600, 2, text);
  text->Append(':');
  AppendDigits(second / 60 % 60, 2, text);
  text->Append(':');
  AppendDigits(second % 60, 2, text);
  text->Append('.');
  AppendDigits(microseconds % 1'000'000, 6, text);
  text->Append('Z');
}

}  // namespace acre::stats
