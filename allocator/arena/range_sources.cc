#include "allocator/arena/range_sources.h"

#include <new>

#include "allocator/base/check.h"

namespace acre::allocator {

RangeSources::~RangeSources() {
  while (first_ != nullptr) {
    Source* source = first_;
    first_ = source->next;
    source->~Source();
  }
}

bool RangeSources::Init(Os* os, ExtentMap* extents,
                        ExtentHooks* hooks) noexcept {
  grants_.emplace(os);
  mmap_.emplace(os);
  thp_.emplace(os);
  standard_hooks_ = hooks == nullptr ? &*mmap_ : hooks;
  supply_ = {.extents = extents, .grants = &*grants_, .reports = &reports_};
  if (!pool_.Init(os, sizeof(Source), kMostProviders)) return false;
  MutexLock<LockRank::kSources> lock(&mutex_);
  if (AcquireOne(standard_hooks_) == nullptr) return false;
  standard_ = first_;
  return true;
}

SharedRanges* RangeSources::AcquireOne(ExtentHooks* hooks) {
  for (Source* at = first_; at != nullptr; at = at->next) {
    if (at->ranges.hooks() != hooks) continue;
    ++at->users;
    return &at->ranges;
  }
  void* memory = pool_.Allocate();
  if (memory == nullptr) return nullptr;
  auto* source = new (memory) Source;
  source->ranges.Init(hooks, &supply_);
  source->users = 1;
  source->next = first_;
  first_ = source;
  return &source->ranges;
}

void RangeSources::ReleaseOne(const SharedRanges* ranges) {
  Source** link = &first_;
  while (*link != nullptr && &(*link)->ranges != ranges) link = &(*link)->next;
  Source* source = *link;
  ACRE_CHECK(source != nullptr && source->users > 0);
  if (--source->users > 0) return;
  // What the provider does not take back waits for its next arena.
  if (!source->ranges.ReleaseAll()) return;
  *link = source->next;
  source->~Source();
  pool_.Free(source);
}

bool RangeSources::Acquire(const ArenaMemory& memory,
                           PageSources* sources) noexcept {
  MutexLock<LockRank::kSources> lock(&mutex_);
  *sources = {};
  ExtentHooks* first = memory.hooks != nullptr ? memory.hooks : standard_hooks_;
  ExtentHooks* later = nullptr;
  if (memory.hooks == nullptr && memory.hugepages != HugepageMode::kNever) {
    (memory.hugepages == HugepageMode::kAlways ? first : later) = &*thp_;
  }
  sources->first = AcquireOne(first);
  if (sources->first == nullptr) return false;
  if (later == nullptr) return true;
  sources->later = AcquireOne(later);
  if (sources->later != nullptr) return true;
  ReleaseOne(sources->first);
  return false;
}

void RangeSources::Release(const PageSources& sources) noexcept {
  MutexLock<LockRank::kSources> lock(&mutex_);
  ReleaseOne(sources.first);
  if (sources.later != nullptr) ReleaseOne(sources.later);
}

void RangeSources::ForForkInner(ForkStep step) noexcept {
  for (Source* at = first_; at != nullptr; at = at->next) {
    at->ranges.ForFork(step);
  }
  grants_->ForFork(step);
  pool_.ForFork(step);
  reports_.ForFork(step);
}

size_t RangeSources::metadata_bytes() const {
  return pool_.held_bytes() + grants_->metadata_bytes();
}

void RangeSources::Verify() const noexcept {
  ForEach([](const SharedRanges& ranges) { ranges.Verify(); });
  pool_.Verify();
}

}  // namespace acre::allocator
