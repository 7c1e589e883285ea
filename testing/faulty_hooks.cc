#include "testing/faulty_hooks.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "allocator/base/units.h"

namespace acre::testing {

using allocator::ExtentCapabilities;
using allocator::ExtentGrant;
using allocator::ExtentRequest;
using allocator::kGrantGranularity;
using allocator::kPageSize;

const char* HookCallName(HookCall call) {
  constexpr const char* kNames[kHookCalls] = {
      "Allocate",    "Release",       "Commit", "Decommit",
      "PurgeLazily", "PurgeForcibly", "Split",  "Merge"};
  return kNames[static_cast<size_t>(call)];
}

const char* HookLieName(HookLie lie) {
  constexpr const char* kNames[] = {
      "none",    "null",  "misaligned",  "short",        "ragged",
      "overlap", "dirty", "uncommitted", "no page size", "odd page size"};
  return kNames[static_cast<size_t>(lie)];
}

ExtentCapabilities FaultyHooks::capabilities() const noexcept {
  const ExtentCapabilities can = below_->capabilities();
  std::lock_guard lock(mutex_);
  return {.release = can.release && visible_.release,
          .commit = can.commit && visible_.commit,
          .decommit = can.decommit && visible_.decommit,
          .purge_lazily = can.purge_lazily && visible_.purge_lazily,
          .purge_forcibly = can.purge_forcibly && visible_.purge_forcibly,
          .split = can.split && visible_.split,
          .merge = can.merge && visible_.merge,
          .trusted = can.trusted && visible_.trusted};
}

void FaultyHooks::Mask(const ExtentCapabilities& visible) {
  std::lock_guard lock(mutex_);
  visible_ = visible;
}

void FaultyHooks::SetRule(Rule rule, uint64_t n, double probability,
                          uint64_t seed, std::optional<HookCall> only) {
  std::lock_guard lock(mutex_);
  rule_ = rule;
  only_ = only;
  at_ = 0;
  from_ = n;
  probability_ = probability;
  random_.seed(seed);
}

void FaultyHooks::FailNth(uint64_t n, std::optional<HookCall> only) {
  SetRule(Rule::kNth, n, 0, 0, only);
}

void FaultyHooks::FailFrom(uint64_t n, std::optional<HookCall> only) {
  SetRule(Rule::kFrom, n, 0, 0, only);
}

void FaultyHooks::FailSometimes(double probability, uint64_t seed,
                                std::optional<HookCall> only) {
  SetRule(Rule::kSometimes, 0, probability, seed, only);
}

void FaultyHooks::FailNever() { SetRule(Rule::kNever, 0, 0, 0, std::nullopt); }

void FaultyHooks::Lie(HookLie lie, uint64_t truths) {
  std::lock_guard lock(mutex_);
  lie_ = lie;
  truths_left_ = truths;
  if (lie == HookLie::kNone) lent_again_.clear();
}

uint64_t FaultyHooks::lies_told() const {
  std::lock_guard lock(mutex_);
  return lies_told_;
}

uint64_t FaultyHooks::calls() const {
  std::lock_guard lock(mutex_);
  return std::accumulate(calls_.begin(), calls_.end(), uint64_t{0});
}

uint64_t FaultyHooks::calls(HookCall call) const {
  std::lock_guard lock(mutex_);
  return calls_[static_cast<size_t>(call)];
}

uint64_t FaultyHooks::failures() const {
  std::lock_guard lock(mutex_);
  return failures_;
}

bool FaultyHooks::Admit(HookCall call, bool visible) {
  std::lock_guard lock(mutex_);
  ++calls_[static_cast<size_t>(call)];
  if (!visible) return false;
  if (only_.has_value() && *only_ != call) return true;
  const uint64_t n = at_++;
  bool fail = false;
  switch (rule_) {
    case Rule::kNever:
      break;
    case Rule::kNth:
      fail = n == from_;
      break;
    case Rule::kFrom:
      fail = n >= from_;
      break;
    case Rule::kSometimes:
      fail = std::uniform_real_distribution<>(0, 1)(random_) < probability_;
      break;
  }
  failures_ += fail;
  return !fail;
}

HookLie FaultyHooks::NextLie() {
  std::lock_guard lock(mutex_);
  if (lie_ == HookLie::kNone) return lie_;
  if (truths_left_ == 0) return lie_;
  --truths_left_;
  return HookLie::kNone;
}

bool FaultyHooks::AllocateBelow(const ExtentRequest& request,
                                ExtentGrant* grant) {
  ExtentRequest asked = request;
  const bool hidden_commit =
      below_->capabilities().commit && !capabilities().commit;
  asked.commit |= hidden_commit;
  if (!below_->Allocate(asked, grant)) return false;
  if (!hidden_commit || grant->committed) return true;
  if (below_->Commit(grant->base, grant->size)) {
    grant->committed = true;
    return true;
  }
  below_->Release(grant->base, grant->size);
  return false;
}

// Grants part of a larger extent, which Release gives back as a whole.
bool FaultyHooks::AllocateDisplaced(HookLie lie, const ExtentRequest& request,
                                    ExtentGrant* grant) {
  ExtentRequest larger = request;
  larger.required = request.required + kGrantGranularity;
  larger.desired = larger.required;
  if (!AllocateBelow(larger, grant)) return false;
  const Extent truth = {grant->base, grant->size};
  grant->size = request.required;
  if (lie == HookLie::kMisaligned) {
    grant->base = static_cast<char*>(grant->base) + kPageSize;
  } else if (lie == HookLie::kShort) {
    grant->size -= kPageSize;
  } else {
    grant->size += kPageSize;
  }
  std::lock_guard lock(mutex_);
  displaced_[grant->base] = truth;
  ++lies_told_;
  return true;
}

bool FaultyHooks::LendAgain(const ExtentRequest& request, ExtentGrant* grant) {
  std::lock_guard lock(mutex_);
  for (const auto& [base, earlier] : grants_) {
    const bool aligned =
        reinterpret_cast<uintptr_t>(base) % request.alignment == 0;
    if (!aligned || earlier.size < request.required) continue;
    *grant = earlier;
    ++lent_again_[base];
    ++lies_told_;
    return true;
  }
  return false;
}

bool FaultyHooks::MakeDirty(const ExtentGrant& grant) {
  char* const page =
      static_cast<char*>(grant.base) + grant.size / 2 / kPageSize * kPageSize;
  if (!grant.zeroed) return false;
  if (!grant.committed && !below_->Commit(page, kPageSize)) return false;
  page[kPageSize / 3] = 0x5a;
  return true;
}

bool FaultyHooks::Distort(HookLie lie, ExtentGrant* grant) {
  switch (lie) {
    case HookLie::kDirty:
      return MakeDirty(*grant);
    case HookLie::kUncommitted:
      return !std::exchange(grant->committed, true);
    case HookLie::kNoPageSize:
      grant->page_size = 0;
      return true;
    case HookLie::kOddPageSize:
      grant->page_size = 3 * kPageSize;
      return true;
    default:
      return false;
  }
}

void FaultyHooks::NoteGrant(const ExtentGrant& grant) {
  std::lock_guard lock(mutex_);
  grants_[grant.base] = grant;
}

bool FaultyHooks::Allocate(const ExtentRequest& request,
                           ExtentGrant* grant) noexcept {
  if (!Admit(HookCall::kAllocate)) return false;
  const HookLie lie = NextLie();
  switch (lie) {
    case HookLie::kNull: {
      *grant = {.size = request.required, .zeroed = true, .committed = true};
      std::lock_guard lock(mutex_);
      ++lies_told_;
      return true;
    }
    case HookLie::kMisaligned:
    case HookLie::kShort:
    case HookLie::kRagged:
      return AllocateDisplaced(lie, request, grant);
    case HookLie::kOverlap:
      if (LendAgain(request, grant)) return true;
      break;
    default:
      break;
  }
  ExtentRequest asked = request;
  if (lie == HookLie::kUncommitted) asked.commit = false;
  if (!AllocateBelow(asked, grant)) return false;
  NoteGrant(*grant);
  if (Distort(lie, grant)) {
    std::lock_guard lock(mutex_);
    ++lies_told_;
  }
  return true;
}

FaultyHooks::Extent FaultyHooks::Truth(void* base, size_t size) {
  std::lock_guard lock(mutex_);
  const auto at = displaced_.find(base);
  return at == displaced_.end() ? Extent{base, size} : at->second;
}

bool FaultyHooks::Release(void* base, size_t size) noexcept {
  if (!Admit(HookCall::kRelease, capabilities().release)) return false;
  {
    std::lock_guard lock(mutex_);
    const auto lent = lent_again_.find(base);
    if (lent != lent_again_.end()) {
      if (--lent->second == 0) lent_again_.erase(lent);
      return true;
    }
  }
  const Extent truth = Truth(base, size);
  ExtentGrant grant;
  {
    // Out of the records first: the address may be granted again at once.
    std::lock_guard lock(mutex_);
    const auto at = grants_.find(base);
    if (at != grants_.end()) grant = at->second;
    grants_.erase(base);
    displaced_.erase(base);
  }
  if (below_->Release(truth.base, truth.size)) return true;
  std::lock_guard lock(mutex_);
  if (truth.base != base || truth.size != size) displaced_[base] = truth;
  if (grant.base != nullptr) grants_[base] = grant;
  return false;
}

bool FaultyHooks::Commit(void* base, size_t size) noexcept {
  return Admit(HookCall::kCommit, capabilities().commit) &&
         below_->Commit(base, size);
}

bool FaultyHooks::Decommit(void* base, size_t size) noexcept {
  return Admit(HookCall::kDecommit, capabilities().decommit) &&
         below_->Decommit(base, size);
}

bool FaultyHooks::PurgeLazily(void* base, size_t size) noexcept {
  return Admit(HookCall::kPurgeLazily, capabilities().purge_lazily) &&
         below_->PurgeLazily(base, size);
}

bool FaultyHooks::PurgeForcibly(void* base, size_t size) noexcept {
  return Admit(HookCall::kPurgeForcibly, capabilities().purge_forcibly) &&
         below_->PurgeForcibly(base, size);
}

bool FaultyHooks::Split(void* base, size_t size, size_t first) noexcept {
  if (!Admit(HookCall::kSplit, capabilities().split) ||
      !below_->Split(base, size, first)) {
    return false;
  }
  std::lock_guard lock(mutex_);
  const auto at = grants_.find(base);
  if (at == grants_.end()) return true;
  ExtentGrant second = at->second;
  at->second.size = first;
  second.base = static_cast<char*>(base) + first;
  second.size = size - first;
  grants_[second.base] = second;
  return true;
}

bool FaultyHooks::Merge(void* base, size_t first, size_t second) noexcept {
  if (!Admit(HookCall::kMerge, capabilities().merge) ||
      !below_->Merge(base, first, second)) {
    return false;
  }
  std::lock_guard lock(mutex_);
  grants_.erase(static_cast<char*>(base) + first);
  const auto at = grants_.find(base);
  if (at != grants_.end()) at->second.size = first + second;
  return true;
}

}  // namespace acre::testing
