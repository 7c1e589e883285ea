// The system's memory, made to fail: an Os over another one (the kernel, unless
// told otherwise) that counts calls, refuses those that a test names, and
// remembers every mapping, so that a test can ask what is still mapped.
//
// It also holds the callers to the contract of Os: whole pages, only memory
// that is mapped (for an Unmap all of it, whatever mappings it is of) or
// usable, hugepages of the pool as a whole, a Purge that leaves nothing
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
enum class OsCall : uint8_t {
  kReserve,
  kCommit,
  kMap,
  kPurge,
  kUnmap,
  kDecommit,
  kPurgeLazily,
  kMapHuge,
  kAdviseHuge,
  kCollapse,
  kPopulate,
  kBind,
};
inline constexpr size_t kOsCalls = 12;

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
  bool Decommit(void* base, size_t size) noexcept override;
  bool PurgeLazily(void* base, size_t size) noexcept override;
  void* MapHuge(size_t size, size_t page_size) noexcept override;
  bool AdviseHuge(void* base, size_t size,
                  allocator::HugeAdvice advice) noexcept override;
  bool Collapse(void* base, size_t size) noexcept override;
  bool Populate(void* base, size_t size) noexcept override;
  bool Bind(void* base, size_t size, int node, bool strict) noexcept override;
  bool StrictOvercommit() noexcept override;

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

  // What StrictOvercommit says from now on, whatever the system does.
  void set_strict_overcommit(bool strict);

  // From now on MapHuge takes normal pages, as if the system's pool of
  // hugepages had `bytes` free: for machines that have none.
  void SimulateHugePool(size_t bytes);

  // What was done against the contract; at most the first sixteen.
  std::vector<std::string> violations() const;

 private:
  enum class Rule : uint8_t { kNever, kNth, kFrom, kSometimes };
  struct Mapping {
    size_t size;
    bool reserved;     // Usable only where committed.
    size_t page_size;  // Larger than a page: of the pool of hugepages.
  };
  using Mappings = std::map<uintptr_t, Mapping>;

  void SetRule(Rule rule, uint64_t n, std::optional<OsCall> only);
  // Counts the call; true when it shall fail.
  bool CountAndFail(OsCall call);
  void Check(bool fine, const char* what, const void* base, size_t size);
  // Calls visit(const Mapping&, first, last) for the part of each mapping that
  // lies in [base, base + size); true if they are all of it.
  template <typename Visit>
  bool ForEachPart(uintptr_t base, size_t size, Visit visit) const;
  bool IsMapped(uintptr_t base, size_t size) const;
  bool IsOfPool(uintptr_t base, size_t size) const;
  bool CanCommit(uintptr_t base, size_t size) const;
  bool CutsHugepage(uintptr_t base, size_t size) const;
  // Makes `at` the first byte of a mapping, if it is within one.
  void SplitMapping(uintptr_t at);
  // The checks of a call on usable memory; true when it may go on.
  bool Admit(OsCall call, void* base, size_t size);
  bool IsUsable(uintptr_t base, size_t size) const;
  bool IsUnusable(uintptr_t base, size_t size) const;
  void AddUsable(uintptr_t base, size_t size);
  void RemoveUsable(uintptr_t base, size_t size);
  void* NewMapping(void* base, size_t alignment, const Mapping& mapping);

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
  std::optional<bool> strict_overcommit_;
  std::optional<size_t> huge_pool_;
  Mappings mappings_;
  std::map<uintptr_t, uintptr_t> usable_;  // First byte -> one past the last.
  std::vector<std::string> violations_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_FAKE_OS_H_
