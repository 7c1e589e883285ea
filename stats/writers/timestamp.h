// Times as documents show them, without the C library's calendar: that takes a
// lock and may read files.

#ifndef ACRE_STATS_WRITERS_TIMESTAMP_H_
#define ACRE_STATS_WRITERS_TIMESTAMP_H_

#include <cstdint>

#include "stats/writers/text.h"

namespace acre::stats {

// Microseconds since 1970, UTC. Async-signal-safe.
uint64_t WallMicroseconds() noexcept;
// Nanoseconds of a clock that only goes forward. Async-signal-safe.
uint64_t SteadyNanoseconds() noexcept;

// "2026-11-20T13:45:02.123456Z"
void AppendTimestamp(uint64_t microseconds_since_1970, Text* text) noexcept;

}  // namespace acre::stats

#endif  // ACRE_STATS_WRITERS_TIMESTAMP_H_
