// Asks a process for what the doctor goes by.
//
// Two looks, with a pause between them; the details at the second one. How many
// documents that takes is bounded, however many arenas there are: what is not
// looked at one by one is in Evidence::left_out, and what the process does not
// offer in Evidence::missing.

#ifndef ACRE_TOOLS_CONSOLE_APP_DOCTOR_COLLECT_H_
#define ACRE_TOOLS_CONSOLE_APP_DOCTOR_COLLECT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/console_app/doctor/evidence.h"

namespace acre::console::doctor {

// The body of the answer to a GET; the errors of AdminClient::Get.
using Fetch = std::function<absl::StatusOr<std::string>(const std::string&)>;

// Waits between the looks; an error gives it up.
using Pause = std::function<absl::Status()>;

// What cannot be done without (/v1/info and /v1/arenas) is an error when it
// does not come; all else is missing then. `attach` empty: by the process id.
absl::StatusOr<Evidence> CollectEvidence(const Fetch& fetch, const Pause& pause,
                                         std::string attach = "");

}  // namespace acre::console::doctor

#endif  // ACRE_TOOLS_CONSOLE_APP_DOCTOR_COLLECT_H_
