#include "stats/provider_statistics.h"

#include <algorithm>
#include <cstring>

#include "allocator/extent/shared_ranges.h"

namespace acre::stats {
namespace {

HookCalls Read(const allocator::HookCounts& counts) {
  HookCalls calls;
#define ACRE_COPY(name) calls.name = counts.name.Get();
  ACRE_HOOK_CALLS(ACRE_COPY)
#undef ACRE_COPY
  return calls;
}

uint64_t Sum(const HookCalls& calls) {
  uint64_t sum = 0;
  for (const HookCall& call : kHookCalls) sum += calls.*call.member;
  return sum;
}

ProviderStatistics Read(const allocator::SharedRanges& ranges) {
  ProviderStatistics out;
  const char* const name = ranges.hooks()->name();
  memcpy(out.name, name, strnlen(name, sizeof(out.name) - 1));
  out.mapped = ranges.mapped_bytes();
  // Read after what it is part of; none of the rest is shown negative.
  out.free = std::min<uint64_t>(ranges.free_bytes(), out.mapped);
  out.pinned = ranges.pinned_bytes();
  out.grants = ranges.mappings();
  // Before the calls, which are never fewer.
  out.failures_of = Read(ranges.failures());
  out.calls_of = Read(ranges.calls());
  out.time_of = Read(ranges.call_times());
  out.calls = Sum(out.calls_of);
  out.failures = Sum(out.failures_of);
  return out;
}

}  // namespace

size_t ReadProviders(const allocator::Domain& domain,
                     std::span<ProviderStatistics> out) noexcept {
  size_t n = 0;
  domain.sources().ForEach([&](const allocator::SharedRanges& ranges) {
    if (n < out.size()) out[n] = Read(ranges);
    ++n;
  });
  return n;
}

bool ReadProvider(const allocator::Domain& domain, size_t place,
                  ProviderStatistics* out) noexcept {
  size_t n = 0;
  bool found = false;
  domain.sources().ForEach([&](const allocator::SharedRanges& ranges) {
    if (n++ != place) return;
    *out = Read(ranges);
    found = true;
  });
  return found;
}

}  // namespace acre::stats
