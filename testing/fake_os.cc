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
    case OsCall::kDecommit:
      return "Decommit";
    case OsCall::kPurgeLazily:
      return "PurgeLazily";
    case OsCall::kMapHuge:
      return "MapHuge";
    case OsCall::kAdviseHuge:
      return "AdviseHuge";
    case OsCall::kCollapse:
      return "Collapse";
    case OsCall::kPopulate:
      return "Populate";
    case OsCall::kBind:
      return "Bind";
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

void* FakeOs::NewMapping(void* base, size_t alignment, const Mapping& mapping) {
  if (base == nullptr) return nullptr;
  Check(AddressOf(base) % alignment == 0, "mapping not aligned", base,
        mapping.size);
  mappings_[AddressOf(base)] = mapping;
  if (!mapping.reserved) AddUsable(AddressOf(base), mapping.size);
  return base;
}

void* FakeOs::Reserve(size_t size, size_t alignment) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(nullptr, size), "Reserve of part of a page", nullptr,
        size);
  if (CountAndFail(OsCall::kReserve)) return nullptr;
  return NewMapping(below_->Reserve(size, alignment), alignment,
                    {size, true, kPageSize});
}

void* FakeOs::Map(size_t size, size_t alignment) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(nullptr, size), "Map of part of a page", nullptr, size);
  if (CountAndFail(OsCall::kMap)) return nullptr;
  return NewMapping(below_->Map(size, alignment), alignment,
                    {size, false, kPageSize});
}

void* FakeOs::MapHuge(size_t size, size_t page_size) noexcept {
  std::lock_guard lock(mutex_);
  Check(size > 0 && size % page_size == 0, "MapHuge of part of a hugepage",
        nullptr, size);
  if (CountAndFail(OsCall::kMapHuge)) return nullptr;
  if (!huge_pool_.has_value()) {
    return NewMapping(below_->MapHuge(size, page_size), page_size,
                      {size, false, page_size});
  }
  if (size > *huge_pool_) return nullptr;
  void* p = NewMapping(below_->Map(size, page_size), page_size,
                       {size, false, page_size});
  if (p != nullptr) *huge_pool_ -= size;
  return p;
}

bool FakeOs::Commit(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  Check(IsWholePages(base, size), "Commit of part of a page", base, size);
  const bool reserved = CanCommit(AddressOf(base), size);
  Check(reserved, "Commit of what is not reserved", base, size);
  if (!reserved || CountAndFail(OsCall::kCommit)) return false;
  if (!below_->Commit(base, size)) return false;
  AddUsable(AddressOf(base), size);
  return true;
}

bool FakeOs::Unmap(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  const uintptr_t start = AddressOf(base);
  const bool mapped = IsWholePages(base, size) && IsMapped(start, size);
  Check(mapped, "Unmap of what is not mapped", base, size);
  if (!mapped) return false;
  const bool cuts = CutsHugepage(start, size);
  Check(!cuts, "Unmap of part of a hugepage", base, size);
  if (cuts) return false;
  // Only where a test asks for it: elsewhere the end of a domain must succeed.
  if (only_ == OsCall::kUnmap && CountAndFail(OsCall::kUnmap)) return false;
  if (!below_->Unmap(base, size)) return false;
  SplitMapping(start);
  SplitMapping(start + size);
  auto at = mappings_.lower_bound(start);
  while (at != mappings_.end() && at->first < start + size) {
    if (huge_pool_.has_value() && at->second.page_size > kPageSize) {
      *huge_pool_ += at->second.size;
    }
    at = mappings_.erase(at);
  }
  RemoveUsable(start, size);
  return true;
}

bool FakeOs::Admit(OsCall call, void* base, size_t size) {
  const char* const name = OsCallName(call);
  const bool whole = IsWholePages(base, size);
  Check(whole, fmt::format("{} of part of a page", name).c_str(), base, size);
  if (!whole) return false;
  const bool usable = IsUsable(AddressOf(base), size);
  Check(usable, fmt::format("{} of what is not usable", name).c_str(), base,
        size);
  const bool pool =
      call != OsCall::kPopulate && IsOfPool(AddressOf(base), size);
  Check(!pool, fmt::format("{} of hugepages of the pool", name).c_str(), base,
        size);
  return usable && !pool && !CountAndFail(call);
}

bool FakeOs::Purge(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  if (!Admit(OsCall::kPurge, base, size)) return false;
  if (!below_->Purge(base, size)) return false;
  if (verify_purges_) {
    Check(allocator::ResidentBytes(base, size) == 0, "Purge left pages", base,
          size);
  }
  return true;
}

bool FakeOs::Decommit(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  if (!Admit(OsCall::kDecommit, base, size)) return false;
  if (!below_->Decommit(base, size)) return false;
  RemoveUsable(AddressOf(base), size);
  if (verify_purges_) {
    Check(allocator::ResidentBytes(base, size) == 0, "Decommit left pages",
          base, size);
  }
  return true;
}

bool FakeOs::PurgeLazily(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  return Admit(OsCall::kPurgeLazily, base, size) &&
         below_->PurgeLazily(base, size);
}

bool FakeOs::Collapse(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  return Admit(OsCall::kCollapse, base, size) && below_->Collapse(base, size);
}

bool FakeOs::Populate(void* base, size_t size) noexcept {
  std::lock_guard lock(mutex_);
  return Admit(OsCall::kPopulate, base, size) && below_->Populate(base, size);
}

bool FakeOs::AdviseHuge(void* base, size_t size,
                        allocator::HugeAdvice advice) noexcept {
  std::lock_guard lock(mutex_);
  const bool mapped =
      IsWholePages(base, size) && IsMapped(AddressOf(base), size);
  Check(mapped, "AdviseHuge of what is not mapped", base, size);
  const bool pool = IsOfPool(AddressOf(base), size);
  Check(!pool, "AdviseHuge of hugepages of the pool", base, size);
  if (!mapped || pool || CountAndFail(OsCall::kAdviseHuge)) return false;
  return below_->AdviseHuge(base, size, advice);
}

bool FakeOs::Bind(void* base, size_t size, int node, bool strict) noexcept {
  std::lock_guard lock(mutex_);
  const bool mapped =
      IsWholePages(base, size) && IsMapped(AddressOf(base), size);
  Check(mapped, "Bind of what is not mapped", base, size);
  if (!mapped || CountAndFail(OsCall::kBind)) return false;
  return below_->Bind(base, size, node, strict);
}

bool FakeOs::StrictOvercommit() noexcept {
  std::lock_guard lock(mutex_);
  return strict_overcommit_.has_value() ? *strict_overcommit_
                                        : below_->StrictOvercommit();
}

void FakeOs::set_strict_overcommit(bool strict) {
  std::lock_guard lock(mutex_);
  strict_overcommit_ = strict;
}

void FakeOs::SimulateHugePool(size_t bytes) {
  std::lock_guard lock(mutex_);
  huge_pool_ = bytes;
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
