// The tenants at work, once a second: a table that redraws itself on a
// terminal, a line every few seconds elsewhere.
//
// The renderers are pure. LiveTable remembers the report before, for rates,
// and what it drew, to draw over it; it is for one thread. It borrows `out`.
#ifndef ACRE_TOOLS_DEMO_APP_LIVE_TABLE_H_
#define ACRE_TOOLS_DEMO_APP_LIVE_TABLE_H_

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "tools/demo_app/report.h"

namespace acre::demo {

// Table lines: a heading, at most `max_tenants` tenants (a line says how many
// more there are) and the total. Rates are since `before`.
std::vector<std::string> RenderTable(const Report& now, const Report& before,
                                     size_t max_tenants);

// The same in one line.
std::string RenderLine(const Report& now, const Report& before);

class LiveTable {
 public:
  explicit LiveTable(std::FILE* out);

  // How often Show wants to be called.
  double interval_seconds() const { return terminal_ ? 1 : 4; }

  void Show(const Report& report);
  // The last report, with rates over all of it.
  void Finish(const Report& report);

 private:
  void Draw(const std::vector<std::string>& lines);

  std::FILE* const out_;
  const bool terminal_;
  size_t lines_drawn_ = 0;
  Report before_;
};

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_LIVE_TABLE_H_
