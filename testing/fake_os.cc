#include "testing/fake_os.h"

#include <algorithm>
#include <numeric>

#include "allocator/base/units.h"
#include "fmt/format.h"

namespace acre::testing {
namespace {

using allocator::kPageSize;

uintptr_t AddressOf(const void* p) { return reinterpret_cast<uintptr_t>(p); }

bool IsWholePages(const void* base, size_t size) {
  return AddressOf(base) % kPageSize == 0 && size % kPageSize == 0 && size > 0;
}

}  // namespace

const char* OsCallName(OsCall call) {
  switch (call) {
    case OsCall::kReserve:
      return "Reserve";
    case OsCall::kCommit:
      return "Commit";
    case OsCall::kMap:
      return "Map";
    case OsCall::kPurge:
      return "Purge";
    case OsCall::kUnmap:
      return "Unmap";
  }
  return "unknown";
}

FakeOs::~FakeOs() {
  for (const auto& [base, mapping] : mappings_) {
    below_->Unmap(reinterpret_cast<void*>(base), mapping.size);
  }
}

void FakeOs::SetRule(Rule rule, uint64_t n, std::optional<OsCall> only) {
  std::lock_guard lock(mutex_);
  rule_ = rule;
  only_ = only;
  at_ = 0;
  from_ = n;
}

void FakeOs::FailNth(uint64_t n, std::optional<OsCall> only) {
  SetRule(Rule::kNth, n, only);
}

void FakeOs::FailFrom(uint64_t n, std::optional<OsCall> only) {
  SetRule(Rule::kFrom, n, only);
}

void FakeOs::FailSometimes(double probability, uint64_t seed,
                           std::optional<OsCall> only) {
  SetRule(Rule::kSometimes, 0, only);
  std::lock_guard lock(mutex_);
  probability_ = probability;
  random_.seed(seed);
}

void FakeOs::FailNever() { SetRule(Rule::kNever, 0, std::nullopt); }

bool FakeOs::CountAndFail(OsCall call) {
  ++calls_[static_cast<size_t>(call)];
  if (only_.has_value() && *only_ != call) return false;
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
  failures_[static_cast<size_t>(call)] += fail;
  return fail;
}

void FakeOs::Check(bool fine, const char* what, const void* base, size_t size) {
  constexpr size_t kMostViolations = 16;
  if (fine || violations_.size() >= kMostViolations) return;
  violations_.push_back(
      fmt::format("{}: {} bytes at {}", what, size, fmt::ptr(base)));
}

FakeOs::Mappings::const_iterator FakeOs::Containing(uintptr_t base,
                                                    size_t size) const {
  auto at = mappings_.upper_bound(base);
  if (at == mappings_.begin()) return mappings_.end();
  --at;
  const bool inside = base - at->first <= at->second.size &&
                      size <= at->second.size - (base - at->first);
  return inside ? at : mappings_.end();
}

bool FakeOs::IsUsable(uintptr_t base, size_t size) const {
  auto at = usable_.upper_bound(base);
  return at != usable_.begin() && base + size <= std::prev(at)->second;
}

void FakeOs::AddUsable(uintptr_t base, size_t size) {
  uintptr_t end = base + size;
  auto at = usable_.upper_bound(base);
  if (at != usable_.begin() && std::prev(at)->second >= base) {
    --at;
    base = at->first;
  }
  while (at != usable_.end() && at->first <= end) {
    end = std::max(end, at->second);
    at = usable_.erase(at);
  }
  usable_[base] = end;
}

void FakeOs::RemoveUsable(uintptr_t base, size_t size) {
  const uintptr_t end = base + size;
  auto at = usable_.upper_bound(base);
  if (at != usable_.begin()) --at;
  while (at != usable_.end() && at->first < end) {
    const auto [first, last] = *at;
    if (last <= base) {
      ++at;
      continue;
    }
    at = usable_.erase(at);
    if (first < base) usable_[first] = base;
    if (last > end) usable_[end] = last;
  }
}

void* FakeOs::NewMapping(void* base, size_t size, size_t alignment,
                         bool reserved) {
  if (base == nullptr) return nullptr;
  Check(AddressOf(base) % alignment == 0, "mapping not aligned", base, size);
  mappings_[AddressOf(base)] = {size, reserved};
  if (!reserved) AddUsable(AddressOf(base), size);
  return base;
}

void* FakeOs::Reserve(size_t size, size_t alignment) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(nullptr, size), "Reserve of part of a page", nullptr,
        size);
  if (CountAndFail(OsCall::kReserve)) return nullptr;
  return NewMapping(below_->Reserve(size, alignment), size, alignment, true);
}

void* FakeOs::Map(size_t size, size_t alignment) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(nullptr, size), "Map of part of a page", nullptr, size);
  if (CountAndFail(OsCall::kMap)) return nullptr;
  return NewMapping(below_->Map(size, alignment), size, alignment, false);
}

bool FakeOs::Commit(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(base, size), "Commit of part of a page", base, size);
  const auto mapping = Containing(AddressOf(base), size);
  const bool reserved = mapping != mappings_.end() && mapping->second.reserved;
  Check(reserved, "Commit of what is not reserved", base, size);
  if (!reserved || CountAndFail(OsCall::kCommit)) return false;
  if (!below_->Commit(base, size)) return false;
  AddUsable(AddressOf(base), size);
  return true;
}

bool FakeOs::Unmap(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  const auto at = mappings_.find(AddressOf(base));
  const bool whole = at != mappings_.end() && at->second.size == size;
  Check(whole, "Unmap of what is no mapping", base, size);
  if (!whole) return false;
  // Only where a test asks for it: elsewhere the end of a domain must succeed.
  if (only_ == OsCall::kUnmap && CountAndFail(OsCall::kUnmap)) return false;
  if (!below_->Unmap(base, size)) return false;
  mappings_.erase(at);
  RemoveUsable(AddressOf(base), size);
  return true;
}

bool FakeOs::Purge(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(base, size), "Purge of part of a page", base, size);
  const bool usable = IsUsable(AddressOf(base), size);
  Check(usable, "Purge of what is not usable", base, size);
  if (!usable || CountAndFail(OsCall::kPurge)) return false;
  if (!below_->Purge(base, size)) return false;
  if (verify_purges_) {
    Check(allocator::ResidentBytes(base, size) == 0, "Purge left pages", base,
          size);
  }
  return true;
}

uint64_t FakeOs::calls() const {
  std::lock_guard lock(mutex_);
  return std::accumulate(calls_.begin(), calls_.end(), uint64_t{0});
}

uint64_t FakeOs::calls(OsCall call) const {
  std::lock_guard lock(mutex_);
  return calls_[static_cast<size_t>(call)];
}

uint64_t FakeOs::failures() const {
  std::lock_guard lock(mutex_);
  return std::accumulate(failures_.begin(), failures_.end(), uint64_t{0});
}

uint64_t FakeOs::failures(OsCall call) const {
  std::lock_guard lock(mutex_);
  return failures_[static_cast<size_t>(call)];
}

size_t FakeOs::mappings() const {
  std::lock_guard lock(mutex_);
  return mappings_.size();
}

size_t FakeOs::mapped_bytes() const {
  std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& [base, mapping] : mappings_) bytes += mapping.size;
  return bytes;
}

size_t FakeOs::usable_bytes() const {
  size_t bytes = 0;
  ForEachUsable([&](const void*, size_t size) { bytes += size; });
  return bytes;
}

size_t FakeOs::resident_bytes() const {
  size_t bytes = 0;
  ForEachUsable([&](const void* base, size_t size) {
    bytes += allocator::ResidentBytes(base, size);
  });
  return bytes;
}

std::vector<std::string> FakeOs::violations() const {
  std::lock_guard lock(mutex_);
  return violations_;
}

}  // namespace acre::testing
