#include "testing/hook_user.h"

#include <cstring>
#include <iterator>
#include <utility>

#include "allocator/base/units.h"
#include "allocator/os/os.h"
#include "fmt/format.h"

namespace acre::testing {
namespace {

using allocator::ExtentGrant;
using allocator::ExtentRequest;
using allocator::kGrantGranularity;
using allocator::kPageSize;

uint64_t WordAt(const char* address) {
  return reinterpret_cast<uintptr_t>(address) * 0x9e3779b97f4a7c15u | 1;
}

uint64_t ReadWord(const char* address) {
  uint64_t word;
  memcpy(&word, address, sizeof word);
  return word;
}

// The words of a page that Fill writes.
constexpr size_t kWords[] = {0, kPageSize - sizeof(uint64_t)};

}  // namespace

void HookLog::Violation(std::string what) {
  constexpr size_t kMost = 32;
  std::lock_guard lock(mutex_);
  if (violations_.size() < kMost) violations_.push_back(std::move(what));
}

std::vector<std::string> HookLog::violations() const {
  std::lock_guard lock(mutex_);
  return violations_;
}

bool HookLog::Add(const char* base, size_t size) {
  const uintptr_t start = reinterpret_cast<uintptr_t>(base);
  std::lock_guard lock(mutex_);
  const auto after = in_use_.lower_bound(start);
  if (after != in_use_.end() && after->first < start + size) return false;
  if (after != in_use_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second > start) return false;
  }
  in_use_[start] = size;
  return true;
}

void HookLog::Remove(const char* base) {
  std::lock_guard lock(mutex_);
  in_use_.erase(reinterpret_cast<uintptr_t>(base));
}

HookUser::HookUser(allocator::ExtentHooks* hooks, HookLog* log, bool may_refuse)
    : hooks_(hooks),
      log_(log),
      may_refuse_(may_refuse),
      can_(hooks->capabilities()) {}

void HookUser::Refused(const char* call, const void* base, size_t size) {
  if (may_refuse_) return;
  log_->Violation(fmt::format("{} of {} bytes at {} returned false, declared",
                              call, size, fmt::ptr(base)));
}

bool HookUser::IsFit(const ExtentRequest& request, const ExtentGrant& grant) {
  auto require = [&](bool fine, const char* what) {
    if (!fine) {
      log_->Violation(fmt::format(
          "Allocate: {}: {} bytes at {}, page size {}; required {}, desired "
          "{}, alignment {}",
          what, grant.size, fmt::ptr(grant.base), grant.page_size,
          request.required, request.desired, request.alignment));
    }
    return fine;
  };
  const uintptr_t base = reinterpret_cast<uintptr_t>(grant.base);
  const bool page =
      allocator::IsPowerOfTwo(grant.page_size) && grant.page_size >= kPageSize;
  bool fit = require(base % request.alignment == 0, "not aligned");
  fit &= require(grant.size >= request.required, "less than required");
  fit &= require(grant.size % kGrantGranularity == 0,
                 "no multiple of the granularity");
  fit &= require(page, "the page size is no power of two of pages");
  fit &= require(!page || (base | grant.size) % grant.page_size == 0,
                 "no whole pages of the page size");
  fit &= require(grant.committed || can_.commit,
                 "uncommitted, and commit is not declared");
  fit &= require(grant.committed || !request.commit,
                 "uncommitted, asked for committed memory");
  fit &= require(grant.committed || !grant.pinned, "pinned, but uncommitted");
  return fit;
}

bool HookUser::CheckContent(const ExtentRequest& request,
                            const ExtentGrant& grant) {
  if (!grant.committed) return true;
  char* const base = static_cast<char*>(grant.base);
  if (!CheckWritable(base, grant.size, "granted as committed")) return false;
  // The whole of what is asked for; of more, the ends.
  if (!grant.zeroed) return true;
  CheckZero(base, request.required, "granted as zeroed");
  CheckZero(base + grant.size - kPageSize, kPageSize, "granted as zeroed");
  return true;
}

std::optional<HeldGrant> HookUser::Take(const ExtentRequest& request) {
  ExtentGrant grant;
  if (!hooks_->Allocate(request, &grant)) return std::nullopt;
  char* const base = static_cast<char*>(grant.base);
  if (base == nullptr) {
    log_->Violation(
        fmt::format("Allocate: success without memory; required {} bytes",
                    request.required));
    return std::nullopt;
  }
  if (!log_->Add(base, grant.size)) {
    log_->Violation(
        fmt::format("Allocate: {} bytes at {} overlap a grant in use",
                    grant.size, fmt::ptr(base)));
    return std::nullopt;
  }
  if (!IsFit(request, grant) || !CheckContent(request, grant)) {
    log_->Remove(base);
    hooks_->Release(base, grant.size);
    return std::nullopt;
  }
  return HeldGrant{.base = base,
                   .size = grant.size,
                   .zeroed = grant.zeroed,
                   .committed = grant.committed,
                   .pinned = grant.pinned,
                   .page_size = grant.page_size};
}

std::optional<HeldGrant> HookUser::TakeUsable(size_t size) {
  std::optional<HeldGrant> grant =
      Take({.desired = size, .required = size, .commit = true});
  if (grant.has_value()) Fill(*grant);
  return grant;
}

bool HookUser::Give(const HeldGrant& grant) {
  if (!can_.release) return false;
  // Out of the log first: the addresses may be granted again at once.
  log_->Remove(grant.base);
  if (hooks_->Release(grant.base, grant.size)) return true;
  Refused("Release", grant.base, grant.size);
  log_->Add(grant.base, grant.size);
  leftovers_.push_back(grant);
  return false;
}

void HookUser::GiveLeftovers() {
  for (const HeldGrant& grant : std::exchange(leftovers_, {})) {
    log_->Remove(grant.base);
    if (hooks_->Release(grant.base, grant.size)) continue;
    log_->Violation(fmt::format("Release of {} bytes at {} failed twice",
                                grant.size, fmt::ptr(grant.base)));
  }
}

void HookUser::Fill(const HeldGrant& grant, size_t offset, size_t size) {
  for (size_t at = offset; at < offset + size; at += kPageSize) {
    for (size_t word : kWords) {
      char* const address = grant.base + at + word;
      const uint64_t value = WordAt(address);
      memcpy(address, &value, sizeof value);
    }
  }
}

void HookUser::CheckFilled(const HeldGrant& grant, size_t offset, size_t size,
                           const char* when) {
  for (size_t at = offset; at < offset + size; at += kPageSize) {
    for (size_t word : kWords) {
      const char* const address = grant.base + at + word;
      const uint64_t value = ReadWord(address);
      if (value == WordAt(address)) continue;
      log_->Violation(fmt::format("{}: content lost at {} of {} bytes at {}",
                                  when, at + word, grant.size,
                                  fmt::ptr(grant.base)));
      return;
    }
  }
}

void HookUser::CheckAround(const HeldGrant& grant, size_t offset, size_t size,
                           const char* when) {
  CheckFilled(grant, 0, offset, when);
  CheckFilled(grant, offset + size, grant.size - offset - size, when);
}

void HookUser::CheckZero(const char* base, size_t size, const char* when) {
  static constexpr char kZeros[kPageSize] = {};
  for (size_t at = 0; at < size; at += kPageSize) {
    if (memcmp(base + at, kZeros, kPageSize) == 0) continue;
    log_->Violation(fmt::format("{}: not zero in page {} of {} bytes at {}",
                                when, at / kPageSize, size, fmt::ptr(base)));
    return;
  }
}

bool HookUser::CheckWritable(char* base, size_t size, const char* when) {
  // Asks the kernel, where a look would be a fault.
  if (allocator::LinuxOs::Get()->Populate(base, size)) return true;
  log_->Violation(fmt::format("{}: not writable: {} bytes at {}", when, size,
                              fmt::ptr(base)));
  return false;
}

bool HookUser::Commit(HeldGrant* grant, size_t offset, size_t size) {
  char* const base = grant->base + offset;
  if (!hooks_->Commit(base, size)) {
    Refused("Commit", base, size);
    return false;
  }
  if (!CheckWritable(base, size, "after Commit")) return false;
  if (grant->zeroed) CheckZero(base, size, "after Commit");
  Fill(*grant, offset, size);
  if (size == grant->size) grant->committed = true;
  return true;
}

bool HookUser::Decommit(const HeldGrant& grant, size_t offset, size_t size) {
  char* const base = grant.base + offset;
  if (!hooks_->Decommit(base, size)) {
    Refused("Decommit", base, size);
    CheckFilled(grant, "after a refused Decommit");
    return false;
  }
  CheckAround(grant, offset, size, "after Decommit beside it");
  return true;
}

bool HookUser::PurgeForcibly(const HeldGrant& grant, size_t offset,
                             size_t size) {
  char* const base = grant.base + offset;
  if (!hooks_->PurgeForcibly(base, size)) {
    Refused("PurgeForcibly", base, size);
    CheckFilled(grant, "after a refused PurgeForcibly");
    return false;
  }
  CheckAround(grant, offset, size, "after PurgeForcibly beside it");
  CheckZero(base, size, "after PurgeForcibly");
  if (!CheckWritable(base, size, "after PurgeForcibly")) return false;
  Fill(grant, offset, size);
  return true;
}

bool HookUser::PurgeLazily(const HeldGrant& grant, size_t offset, size_t size) {
  char* const base = grant.base + offset;
  if (!hooks_->PurgeLazily(base, size)) {
    Refused("PurgeLazily", base, size);
    CheckFilled(grant, "after a refused PurgeLazily");
    return false;
  }
  CheckAround(grant, offset, size, "after PurgeLazily beside it");
  for (size_t at = 0; at < size; at += kPageSize) {
    for (size_t word : kWords) {
      const uint64_t value = ReadWord(base + at + word);
      if (value == 0 || value == WordAt(base + at + word)) continue;
      log_->Violation(fmt::format(
          "after PurgeLazily: neither as before nor zero at {} of {} bytes at "
          "{}",
          at + word, size, fmt::ptr(base)));
      return true;
    }
  }
  if (!CheckWritable(base, size, "after PurgeLazily")) return false;
  Fill(grant, offset, size);
  CheckFilled(grant, offset, size, "written after PurgeLazily");
  return true;
}

std::optional<HeldGrant> HookUser::Split(HeldGrant* grant, size_t first) {
  if (!hooks_->Split(grant->base, grant->size, first)) {
    Refused("Split", grant->base, grant->size);
    return std::nullopt;
  }
  HeldGrant second = *grant;
  second.base += first;
  second.size -= first;
  log_->Remove(grant->base);
  grant->size = first;
  log_->Add(grant->base, grant->size);
  log_->Add(second.base, second.size);
  CheckFilled(*grant, "after Split");
  CheckFilled(second, "after Split");
  return second;
}

bool HookUser::Merge(HeldGrant* grant, const HeldGrant& next) {
  if (!hooks_->Merge(grant->base, grant->size, next.size)) return false;
  log_->Remove(grant->base);
  log_->Remove(next.base);
  grant->size += next.size;
  log_->Add(grant->base, grant->size);
  CheckFilled(*grant, "after Merge");
  return true;
}

}  // namespace acre::testing
