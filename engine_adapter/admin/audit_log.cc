#include "engine_adapter/admin/audit_log.h"

#include <algorithm>

namespace acre::admin {
namespace {

template <size_t kBytes>
void Copy(std::string_view text, char (&to)[kBytes]) {
  const size_t size = text.copy(to, kBytes - 1);
  to[size] = '\0';
}

}  // namespace

void AuditEntry::SetAction(std::string_view text) { Copy(text, action); }
void AuditEntry::SetBefore(std::string_view text) { Copy(text, before); }
void AuditEntry::SetAfter(std::string_view text) { Copy(text, after); }
void AuditEntry::SetResult(std::string_view text) { Copy(text, result); }

void AuditLog::Record(const AuditEntry& entry) {
  const std::lock_guard lock(mutex_);
  ring_[recorded_++ % kEntries] = entry;
}

void AuditLog::RecordUnauthorised(const AuditEntry& entry) {
  const std::lock_guard lock(mutex_);
  const uint64_t times = unauthorised_ ? unauthorised_->times + 1 : 1;
  unauthorised_ = entry;
  unauthorised_->times = times;
}

std::vector<AuditEntry> AuditLog::Entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<AuditEntry> entries;
  const uint64_t kept = std::min<uint64_t>(recorded_, kEntries);
  entries.reserve(kept + 1);
  for (uint64_t i = 0; i < kept; ++i) {
    entries.push_back(ring_[(recorded_ - 1 - i) % kEntries]);
  }
  if (unauthorised_) {
    const auto older = std::find_if(entries.begin(), entries.end(),
                                    [this](const AuditEntry& one) {
                                      return one.at_us <= unauthorised_->at_us;
                                    });
    entries.insert(older, *unauthorised_);
  }
  return entries;
}

}  // namespace acre::admin
