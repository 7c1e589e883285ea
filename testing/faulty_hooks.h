// Extent hooks, made to fail and to lie: hooks over other ones that count
// calls, refuse those that a test names, answer Allocate with what must not be
// answered, and hide capabilities.
//
// A lie is safe to find out about: what is granted by a lie is memory of the
// hooks below (or null, or memory granted before), and Release of exactly what
// was granted gives back what lies behind it.
//
// Thread-safe; one lock, its own, which is not held during calls below. Unlike
// real hooks it allocates from the process's malloc. Does not own the hooks
// below.

#ifndef ACRE_TESTING_FAULTY_HOOKS_H_
#define ACRE_TESTING_FAULTY_HOOKS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>

#include "allocator/extent/extent_hooks.h"

namespace acre::testing {

enum class HookCall : uint8_t {
  kAllocate,
  kRelease,
  kCommit,
  kDecommit,
  kPurgeLazily,
  kPurgeForcibly,
  kSplit,
  kMerge,
};
inline constexpr size_t kHookCalls = 8;

const char* HookCallName(HookCall call);

// What Allocate answers instead of the truth.
enum class HookLie : uint8_t {
  kNone,
  kNull,         // Success, and no memory.
  kMisaligned,   // Begins a page behind the alignment.
  kShort,        // A page less than required.
  kRagged,       // No multiple of kGrantGranularity.
  kOverlap,      // What was granted before and is in use, if that is enough.
  kDirty,        // "zeroed", but a byte is not; where it can be written.
  kUncommitted,  // "committed", but not; where the hooks below do not commit.
  kNoPageSize,   // A page size of 0.
  kOddPageSize,  // Of three pages.
};
inline constexpr HookLie kHookLies[] = {
    HookLie::kNull,        HookLie::kMisaligned, HookLie::kShort,
    HookLie::kRagged,      HookLie::kOverlap,    HookLie::kDirty,
    HookLie::kUncommitted, HookLie::kNoPageSize, HookLie::kOddPageSize};

const char* HookLieName(HookLie lie);

class FaultyHooks final : public allocator::ExtentHooks {
 public:
  explicit FaultyHooks(allocator::ExtentHooks* below) : below_(below) {}
  FaultyHooks(const FaultyHooks&) = delete;
  FaultyHooks& operator=(const FaultyHooks&) = delete;

  const char* name() const noexcept override { return "faulty"; }
  allocator::ExtentCapabilities capabilities() const noexcept override;
  bool Allocate(const allocator::ExtentRequest& request,
                allocator::ExtentGrant* grant) noexcept override;
  bool Release(void* base, size_t size) noexcept override;
  bool Commit(void* base, size_t size) noexcept override;
  bool Decommit(void* base, size_t size) noexcept override;
  bool PurgeLazily(void* base, size_t size) noexcept override;
  bool PurgeForcibly(void* base, size_t size) noexcept override;
  bool Split(void* base, size_t size, size_t first) noexcept override;
  bool Merge(void* base, size_t first, size_t second) noexcept override;

  // --- what fails: each of these replaces the one before -------------------
  // Calls are counted from now on, the next one is number 0. With `only`, other
  // kinds of calls neither count nor fail.
  void FailNth(uint64_t n, std::optional<HookCall> only = std::nullopt);
  void FailFrom(uint64_t n, std::optional<HookCall> only = std::nullopt);
  void FailSometimes(double probability, uint64_t seed,
                     std::optional<HookCall> only = std::nullopt);
  void FailNever();

  // From now on Allocate lies, but for its first `truths` calls. After kNone
  // nobody is expected to give back any more what an overlap named.
  void Lie(HookLie lie, uint64_t truths = 0);
  // Lies told so far: where one could not be told, the truth was.
  uint64_t lies_told() const;

  // From now on only what both `visible` and the hooks below can do can be
  // done. Hooks change no capabilities, so this comes before their first use.
  void Mask(const allocator::ExtentCapabilities& visible);

  // --- counts since construction; calls of hidden capabilities included ----
  uint64_t calls() const;
  uint64_t calls(HookCall call) const;
  uint64_t failures() const;

 private:
  enum class Rule : uint8_t { kNever, kNth, kFrom, kSometimes };
  struct Extent {
    void* base;
    size_t size;
  };

  void SetRule(Rule rule, uint64_t n, double probability, uint64_t seed,
               std::optional<HookCall> only);
  // Counts the call; true when it may go on.
  bool Admit(HookCall call, bool visible = true);
  HookLie NextLie();
  // Grants below, and does by hand what a hidden Commit would have done.
  bool AllocateBelow(const allocator::ExtentRequest& request,
                     allocator::ExtentGrant* grant);
  bool AllocateDisplaced(HookLie lie, const allocator::ExtentRequest& request,
                         allocator::ExtentGrant* grant);
  bool LendAgain(const allocator::ExtentRequest& request,
                 allocator::ExtentGrant* grant);
  // True where the lie could be told.
  bool Distort(HookLie lie, allocator::ExtentGrant* grant);
  bool MakeDirty(const allocator::ExtentGrant& grant);
  void NoteGrant(const allocator::ExtentGrant& grant);
  // What lies behind a lie's grant; itself where there was no lie.
  Extent Truth(void* base, size_t size);

  allocator::ExtentHooks* const below_;
  mutable std::mutex mutex_;
  Rule rule_ = Rule::kNever;
  std::optional<HookCall> only_;
  uint64_t at_ = 0;    // Calls since the rule was set that it applies to.
  uint64_t from_ = 0;  // kNth, kFrom.
  double probability_ = 0;
  std::mt19937_64 random_;
  allocator::ExtentCapabilities visible_ = {.release = true,
                                            .commit = true,
                                            .decommit = true,
                                            .purge_lazily = true,
                                            .purge_forcibly = true,
                                            .split = true,
                                            .merge = true,
                                            .trusted = true};
  HookLie lie_ = HookLie::kNone;
  uint64_t truths_left_ = 0;
  uint64_t lies_told_ = 0;
  std::array<uint64_t, kHookCalls> calls_{};
  uint64_t failures_ = 0;
  std::map<void*, allocator::ExtentGrant> grants_;  // In use, by base.
  std::map<void*, Extent> displaced_;  // A lie's base -> what is behind it.
  std::map<void*, int> lent_again_;    // Bases that an overlap names.
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_FAULTY_HOOKS_H_
