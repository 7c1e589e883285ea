// What hooks did wrong, kept until it can be told: hooks are called under the
// locks that order growth, the engine's handler must not be.
//
// Thread-safe; one leaf lock. Keeps the first few that were not told yet, and
// counts all.

#ifndef ACRE_ALLOCATOR_EXTENT_HOOK_REPORTS_H_
#define ACRE_ALLOCATOR_EXTENT_HOOK_REPORTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "allocator/base/counter.h"
#include "allocator/base/mutex.h"
#include "allocator/base/text_buffer.h"
#include "allocator/extent/extent_hooks.h"

namespace acre::allocator {

class HookReports {
 public:
  void Add(const HookReport& report) noexcept;
  // One that was not taken yet; false when there is none. A relaxed load then.
  bool Take(HookReport* report) noexcept;
  void ForFork(ForkStep step) noexcept { mutex_.ForFork(step); }
  // Ever added.
  uint64_t total() const { return total_.Get(); }

 private:
  static constexpr size_t kMostKept = 8;

  std::atomic<size_t> count_{0};
  Mutex<LockRank::kHookReports> mutex_;
  std::array<HookReport, kMostKept> reports_ ABSL_GUARDED_BY(mutex_);
  SharedCounter total_;
};

// One line with the numbers.
void AppendHookReport(TextSink& text, const HookReport& report);

}  // namespace acre::allocator

#endif  // ACRE_ALLOCATOR_EXTENT_HOOK_REPORTS_H_
