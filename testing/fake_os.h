// The system's memory, made to fail: an Os over another one (the kernel, unless
// told otherwise) that counts calls, refuses those that a test names, and
// remembers every mapping, so that a test can ask what is still mapped.
//
// It also holds the callers to the contract of Os: whole pages, only memory
// that is mapped, an Unmap of exactly one mapping, a Purge that leaves nothing
// resident. What breaks it is listed by violations() and never aborts.
//
// Thread-safe; one lock over everything, its own. Owns the mappings made
// through it: those left at the end are unmapped by the destructor. Unlike a
// real Os it allocates (from the process's malloc, which is not under test).

#ifndef ACRE_TESTING_FAKE_OS_H_
#define ACRE_TESTING_FAKE_OS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "allocator/os/os.h"

namespace acre::testing {

// The calls that the system may refuse.
// An Unmap fails only where it is the only call that may.
enum class OsCall : uint8_t { kReserve, kCommit, kMap, kPurge, kUnmap };
inline constexpr size_t kOsCalls = 5;

const char* OsCallName(OsCall call);

class FakeOs final : public allocator::Os {
 public:
  explicit FakeOs(allocator::Os* below = allocator::LinuxOs::Get())
      : below_(below) {}
  FakeOs(const FakeOs&) = delete;
  FakeOs& operator=(const FakeOs&) = delete;
  ~FakeOs() override;

  void* Reserve(size_t size, size_t alignment) noexcept override;
  bool Commit(void* base, size_t size) noexcept override;
  void* Map(size_t size, size_t alignment) noexcept override;
  bool Unmap(void* base, size_t size) noexcept override;
  bool Purge(void* base, size_t size) noexcept override;
  bool Decommit(void* base, size_t size) noexcept override {
    return below_->Decommit(base, size);
  }
  bool PurgeLazily(void* base, size_t size) noexcept override {
    return below_->PurgeLazily(base, size);
  }
  void* MapHuge(size_t size, size_t page_size) noexcept override {
    return below_->MapHuge(size, page_size);
  }
  bool AdviseHuge(void* base, size_t size,
                  allocator::HugeAdvice advice) noexcept override {
    return below_->AdviseHuge(base, size, advice);
  }
  bool Collapse(void* base, size_t size) noexcept override {
    return below_->Collapse(base, size);
  }
  bool Populate(void* base, size_t size) noexcept override {
    return below_->Populate(base, size);
  }
  bool Bind(void* base, size_t size, int node, bool strict) noexcept override {
    return below_->Bind(base, size, node, strict);
  }
  bool StrictOvercommit() noexcept override {
    return below_->StrictOvercommit();
  }

  // --- what fails: each of these replaces the one before -------------------
  // Calls are counted from now on, the next one is number 0. With `only`, other
  // kinds of calls neither count nor fail.
  void FailNth(uint64_t n, std::optional<OsCall> only = std::nullopt);
  void FailFrom(uint64_t n, std::optional<OsCall> only = std::nullopt);
  void FailSometimes(double probability, uint64_t seed,
                     std::optional<OsCall> only = std::nullopt);
  void FailNever();

  // --- counts since construction -------------------------------------------
  uint64_t calls() const;  // That could have failed, of all kinds.
  uint64_t calls(OsCall call) const;
  uint64_t failures() const;  // Of all kinds.
  uint64_t failures(OsCall call) const;

  // --- what is mapped now --------------------------------------------------
  size_t mappings() const;
  size_t mapped_bytes() const;
  // Usable memory: mapped, or reserved and committed.
  size_t usable_bytes() const;
  // The part of it that is in memory, from the kernel's page tables.
  size_t resident_bytes() const;
  // Calls visit(const void* base, size_t size) for each usable run.
  template <typename Visit>
  void ForEachUsable(Visit visit) const {
    std::lock_guard lock(mutex_);
    for (const auto& [base, end] : usable_) {
      visit(reinterpret_cast<const void*>(base), end - base);
    }
  }

  // Whether a Purge is followed by a look at the page tables. Off where other
  // threads may read purged pages (which maps the kernel's zero page).
  void set_verify_purges(bool verify) { verify_purges_ = verify; }

  // What was done against the contract; at most the first sixteen.
  std::vector<std::string> violations() const;

 private:
  enum class Rule : uint8_t { kNever, kNth, kFrom, kSometimes };
  struct Mapping {
    size_t size;
    bool reserved;  // Usable only where committed.
  };
  using Mappings = std::map<uintptr_t, Mapping>;

  void SetRule(Rule rule, uint64_t n, std::optional<OsCall> only);
  // Counts the call; true when it shall fail.
  bool CountAndFail(OsCall call);
  void Check(bool fine, const char* what, const void* base, size_t size);
  // The mapping that [base, base + size) lies in, or end().
  Mappings::const_iterator Containing(uintptr_t base, size_t size) const;
  bool IsUsable(uintptr_t base, size_t size) const;
  void AddUsable(uintptr_t base, size_t size);
  void RemoveUsable(uintptr_t base, size_t size);
  void* NewMapping(void* base, size_t size, size_t alignment, bool reserved);

  allocator::Os* const below_;
  mutable std::mutex mutex_;
  Rule rule_ = Rule::kNever;
  std::optional<OsCall> only_;
  uint64_t at_ = 0;    // Calls since the rule was set that it applies to.
  uint64_t from_ = 0;  // kNth, kFrom.
  double probability_ = 0;
  std::mt19937_64 random_;
  std::array<uint64_t, kOsCalls> calls_{};
  std::array<uint64_t, kOsCalls> failures_{};
  bool verify_purges_ = true;
  Mappings mappings_;
  std::map<uintptr_t, uintptr_t> usable_;  // First byte -> one past the last.
  std::vector<std::string> violations_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_FAKE_OS_H_
