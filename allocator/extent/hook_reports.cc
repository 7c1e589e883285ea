#include "allocator/extent/hook_reports.h"

namespace acre::allocator {

void HookReports::Add(const HookReport& report) noexcept {
  total_.Add(1);
  MutexLock<LockRank::kHookReports> lock(&mutex_);
  const size_t count = count_.load(std::memory_order_relaxed);
  if (count == kMostKept) return;
  reports_[count] = report;
  count_.store(count + 1, std::memory_order_release);
}

bool HookReports::Take(HookReport* report) noexcept {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  MutexLock<LockRank::kHookReports> lock(&mutex_);
  const size_t count = count_.load(std::memory_order_relaxed);
  if (count == 0) return false;
  *report = reports_[0];
  for (size_t i = 1; i < count; ++i) reports_[i - 1] = reports_[i];
  count_.store(count - 1, std::memory_order_release);
  return true;
}

void AppendHookReport(TextSink& text, const HookReport& report) {
  text.Append("acre: hooks \"")
      .Append(report.hooks)
      .Append("\": ")
      .Append(report.call);
  if (report.arena_index != HookReport::kNoArena) {
    text.Append(" for arena ").AppendDecimal(report.arena_index);
  }
  text.Append(": ")
      .Append(report.reason)
      .Append(": ")
      .AppendDecimal(report.size)
      .Append(" B at ")
      .AppendHex(reinterpret_cast<uintptr_t>(report.base))
      .Append(", number ")
      .AppendDecimal(report.expected)
      .Append("; refused\n");
}

}  // namespace acre::allocator
