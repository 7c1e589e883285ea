// What is wrong with a process's memory: `doctor`.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/doctor/advice.h"
#include "tools/console_app/doctor/collect.h"
#include "tools/console_app/doctor/diagnosis.h"
#include "tools/console_app/session.h"

namespace acre::console {
namespace {

constexpr int kExitHealthy = 0;
constexpr int kExitFindings = 1;

// In steps, so that an operator who has had enough need not wait.
absl::Status WaitFor(Session& session, std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kStep{100};
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    if (session.cancelled() && session.cancelled()()) {
      return absl::CancelledError("given up between the two looks");
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    std::this_thread::sleep_for(std::clamp(left, kStep / 100, kStep));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Doctor(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto evidence = doctor::CollectEvidence(
      [&](const std::string& target) { return (*client)->Get(target); },
      [&] { return WaitFor(session, options.interval); },
      options.socket.empty()
          ? ""
          : fmt::format("--socket {}", doctor::ShellWord(options.socket)));
  if (!evidence.ok()) return evidence.status();
  doctor::Thresholds thresholds;
  if (options.tcache_age) {
    thresholds.old_tcache_seconds = options.tcache_age->count();
  }
  const doctor::Diagnosis diagnosis = doctor::Diagnose(*evidence, thresholds);
  session.set_exit_status(diagnosis.findings.empty() ? kExitHealthy
                                                     : kExitFindings);
  return options.json ? doctor::DiagnosisAsJson(*evidence, diagnosis)
                      : doctor::RenderDiagnosis(*evidence, diagnosis,
                                                session.StyleFor(options));
}

}  // namespace

CommandTable DoctorCommands() {
  return {
      {.name = "doctor",
       .summary = "what is wrong with the memory, and what helps",
       .details =
           R"(Looks twice, --interval apart (2 seconds), and goes through its rules: tenants
at their limits, metadata out of proportion, fragmentation, unused memory that
does not return, memory that is not Acre's, hugepages that hold nothing or do
not come, old tcaches, locks, mappings, growth of address space. For each
finding it tells the number, the evidence, why, and the commands that help; none
of them is run. What the process does not offer is "not looked at".

A tcache is old from ten minutes on, or from --tcache-age SECONDS on.

The exit status is 0 when nothing was found and 1 when something was. It is also
1, with a message on standard error and nothing on standard output, when the
process cannot be asked.

Examples:
  acre_console doctor
  acre_console doctor --interval 30       sees slower growth
  acre_console doctor --tcache-age 60
  acre_console doctor --json | jq -r '.findings[].title'
)",
       .flags =
           kAttachFlags | Bits(Flag::kJson, Flag::kInterval, Flag::kTcacheAge),
       .handler = &Doctor},
  };
}

}  // namespace acre::console
