// The first screen: where the memory of a process is, in lines that add up, who
// has most of it, and what wants attention. Pure functions.

#ifndef ACRE_TOOLS_CONSOLE_APP_OVERVIEW_REPORT_H_
#define ACRE_TOOLS_CONSOLE_APP_OVERVIEW_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/console_app/arena_table.h"
#include "tools/console_app/reading.h"

namespace acre::console {

// Shows parts of a sum in one unit, rounded so that the figures shown add up:
// each running sum is the true one, rounded, and each part is what that grew
// by, less than one in its last digit off.
class LedgerFormat {
 public:
  // `whole` decides the unit. kExact: bytes.
  LedgerFormat(uint64_t whole, ByteStyle style);

  std::string_view unit() const { return unit_; }
  // The next part of the sum.
  std::string Add(uint64_t bytes);
  // All parts so far.
  std::string Sum() const;

  // For sums that are known: one of them, and the part between two, with its
  // sign if it takes away.
  std::string At(uint64_t sum) const { return Format(Steps(sum)); }
  std::string Between(uint64_t from, uint64_t to) const;

 private:
  std::string Format(uint64_t steps) const;
  uint64_t Steps(uint64_t bytes) const;

  std::string_view unit_ = "bytes";
  double step_ = 1;  // bytes of one in the last digit shown
  uint64_t sum_ = 0;
};

// What an operator should know without having asked, worst first; empty when
// all is well.
std::vector<std::string> Warnings(const ServiceReading& service,
                                  const ArenaListing& listing);

std::string RenderOverview(const ServerInfo& info,
                           const ServiceReading& service,
                           const ArenaListing& listing,
                           const ReportStyle& style);

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_OVERVIEW_REPORT_H_
