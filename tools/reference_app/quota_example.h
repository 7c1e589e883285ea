// An engine that makes room for itself at its limits: the example of
// docs/tuning.md, which is quota_example.cc word for word.

#ifndef ACRE_TOOLS_REFERENCE_APP_QUOTA_EXAMPLE_H_
#define ACRE_TOOLS_REFERENCE_APP_QUOTA_EXAMPLE_H_

// 0 when all went as the example says. Single-threaded; nothing is left behind.
int RunQuotaExample();

#endif  // ACRE_TOOLS_REFERENCE_APP_QUOTA_EXAMPLE_H_
