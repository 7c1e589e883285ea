// The demo's closing account: that what every tenant is charged is the sum of
// what it holds.
//
//     charged = allocated + cached + slack + dirty + metadata
//
// Exact at rest, so the account is for after the last query. Pure functions.
#ifndef ACRE_TOOLS_DEMO_APP_LEDGER_H_
#define ACRE_TOOLS_DEMO_APP_LEDGER_H_

#include <string>

#include "tools/demo_app/report.h"

namespace acre::demo {

// Whether every tenant's equation holds and the tenants and the system arena
// together make the service's total.
bool LedgerAddsUp(const Report& report);

// One line per tenant, in bytes, and the total.
std::string RenderLedger(const Report& report);

}  // namespace acre::demo

#endif  // ACRE_TOOLS_DEMO_APP_LEDGER_H_
