// What was asked to be changed, by whom, and what came of it: the last 256
// requests that are not mere looks, also those that were refused. Fixed memory;
// texts are cut to fit.
//
// Thread-safe.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_AUDIT_LOG_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_AUDIT_LOG_H_

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace acre::admin {

struct AuditEntry {
  static constexpr size_t kActionBytes = 200;
  static constexpr size_t kValueBytes = 64;
  static constexpr size_t kResultBytes = 200;

  uint64_t at_us = 0;  // Since 1970.
  // Nobody is known at the other end of a TCP connection.
  std::optional<uid_t> uid;
  std::optional<pid_t> pid;
  int status = 0;      // Of the answer, as in HTTP.
  uint64_t times = 1;  // That it was asked for; at_us is of the last time.
  // Terminated.
  char action[kActionBytes] = "";  // "PUT /v1/ctl/arena.tenant-7.hard_limit..."
  char before[kValueBytes] = "";
  char after[kValueBytes] = "";
  char result[kResultBytes] = "";  // "ok", or what the answer says is wrong.

  void SetAction(std::string_view text);
  void SetBefore(std::string_view text);
  void SetAfter(std::string_view text);
  void SetResult(std::string_view text);
};

class AuditLog {
 public:
  static constexpr size_t kEntries = 256;

  AuditLog() = default;
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  void Record(const AuditEntry& entry);
  // For who shall not be able to push others' changes out by asking again and
  // again: all such requests are one entry, the newest.
  void RecordUnauthorised(const AuditEntry& entry);
  // The newest first.
  std::vector<AuditEntry> Entries() const;

 private:
  mutable std::mutex mutex_;
  std::array<AuditEntry, kEntries> ring_;
  uint64_t recorded_ = 0;  // In the ring so far.
  std::optional<AuditEntry> unauthorised_;
};

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_AUDIT_LOG_H_
