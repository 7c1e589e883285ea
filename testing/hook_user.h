// A caller of extent hooks that keeps the contract and checks every answer:
// what hook_conformance.h is made of.
//
// HookLog is what several users share: the grants in use, none of which may
// overlap, and what was wrong. Thread-safe. A HookUser is of one thread; it
// gives back what it took when told, and remembers what was not taken back.

#ifndef ACRE_TESTING_HOOK_USER_H_
#define ACRE_TESTING_HOOK_USER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "allocator/extent/extent_hooks.h"

namespace acre::testing {

class HookLog {
 public:
  // Keeps the first ones; a broken provider breaks the same rule often.
  void Violation(std::string what);
  std::vector<std::string> violations() const;

  // False where a grant in use has part of it.
  bool Add(const char* base, size_t size);
  void Remove(const char* base);

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> violations_;
  std::map<uintptr_t, size_t> in_use_;
};

// A grant that is held.
struct HeldGrant {
  char* base = nullptr;
  size_t size = 0;
  bool zeroed = false;
  bool committed = false;
  bool pinned = false;
  size_t page_size = 0;
};

class HookUser {
 public:
  // With `may_refuse` a call that returns false although the capability is
  // declared is no violation.
  HookUser(allocator::ExtentHooks* hooks, HookLog* log, bool may_refuse);
  HookUser(const HookUser&) = delete;
  HookUser& operator=(const HookUser&) = delete;

  const allocator::ExtentCapabilities& can() const { return can_; }

  // Grants with all that was said of them verified. Nothing when refused, or
  // when what was granted is unfit for use.
  std::optional<HeldGrant> Take(const allocator::ExtentRequest& request);
  // The same, usable as a whole.
  std::optional<HeldGrant> TakeUsable(size_t size);
  // Where it is refused, it is tried again by GiveLeftovers.
  bool Give(const HeldGrant& grant);
  void GiveLeftovers();

  // On part of a held grant, from `offset` on; bytes. Each checks what the call
  // promises, and that the pages before and behind it, which Fill has written,
  // are as they were. True when the hooks said so.
  bool Commit(HeldGrant* grant, size_t offset, size_t size);
  bool Decommit(const HeldGrant& grant, size_t offset, size_t size);
  bool PurgeForcibly(const HeldGrant& grant, size_t offset, size_t size);
  bool PurgeLazily(const HeldGrant& grant, size_t offset, size_t size);
  // `grant` keeps the first part.
  std::optional<HeldGrant> Split(HeldGrant* grant, size_t first);
  bool Merge(HeldGrant* grant, const HeldGrant& next);

  // Words at both ends of each page that tell the address.
  void Fill(const HeldGrant& grant, size_t offset, size_t size);
  void Fill(const HeldGrant& grant) { Fill(grant, 0, grant.size); }
  // `when` says after what.
  void CheckFilled(const HeldGrant& grant, const char* when) {
    CheckFilled(grant, 0, grant.size, when);
  }

 private:
  // A violation unless calls may be refused.
  void Refused(const char* call, const void* base, size_t size);
  bool IsFit(const allocator::ExtentRequest& request,
             const allocator::ExtentGrant& grant);
  bool CheckContent(const allocator::ExtentRequest& request,
                    const allocator::ExtentGrant& grant);
  void CheckFilled(const HeldGrant& grant, size_t offset, size_t size,
                   const char* when);
  void CheckAround(const HeldGrant& grant, size_t offset, size_t size,
                   const char* when);
  void CheckZero(const char* base, size_t size, const char* when);
  bool CheckWritable(char* base, size_t size, const char* when);

  allocator::ExtentHooks* const hooks_;
  HookLog* const log_;
  const bool may_refuse_;
  const allocator::ExtentCapabilities can_;
  std::vector<HeldGrant> leftovers_;
};

}  // namespace acre::testing

#endif  // ACRE_TESTING_HOOK_USER_H_
