// Writes a service's statistics to a file descriptor, for engines: into their
// log, when memory runs out, or in the handler of a signal that ends them.
//
//   acre::WriteStatistics(*service, STDERR_FILENO);
//
// Allocates nothing and uses some 50 KiB of stack, less but for kOpenMetrics:
// it works out of memory and inside a refusal or pressure handler. With
// `in_signal_handler` it also takes no lock (and leaves out what needs one: the
// governor's and the providers' figures); write(2) is then the only system call
// beside clock_gettime.

#ifndef ACRE_ENGINE_ADAPTER_STATISTICS_REPORT_H_
#define ACRE_ENGINE_ADAPTER_STATISTICS_REPORT_H_

#include <cstdint>

namespace acre {

class MemoryService;

enum class StatisticsFormat : uint8_t {
  kText,         // In the manner of jemalloc's malloc_stats_print.
  kJemalloc,     // JSON in the layout of its option "J".
  kJson,         // Acre's own: docs/schema/.
  kOpenMetrics,  // As GET /metrics; the hundred largest tenants.
};

struct StatisticsReport {
  StatisticsFormat format = StatisticsFormat::kText;
  bool arenas = true;  // One by one, and not only their sums.
  bool bins = true;
  bool in_signal_handler = false;
};

// False when it could not be written to its end; errno says why. Thread-safe.
// O(arenas).
bool WriteStatistics(const MemoryService& service, int fd,
                     const StatisticsReport& report = {}) noexcept;

}  // namespace acre

#endif  // ACRE_ENGINE_ADAPTER_STATISTICS_REPORT_H_
