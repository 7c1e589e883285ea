#include "testing/hook_conformance.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>

#include "allocator/base/units.h"
#include "fmt/format.h"
#include "testing/faulty_hooks.h"
#include "testing/hook_user.h"

namespace acre::testing {
namespace {

using allocator::ExtentCapabilities;
using allocator::ExtentHooks;
using allocator::ExtentPurpose;
using allocator::ExtentRequest;
using allocator::kGrantGranularity;
using allocator::kPageSize;

// No system grants that.
constexpr size_t kTooMuch = size_t{1} << 50;

// Runs of pages in a grant, in pages.
struct Run {
  size_t first;
  size_t pages;
};
constexpr Run kRuns[] = {{0, 1}, {1, 3}, {511, 1}, {64, 64}, {100, 300}};

class HookCheck {
 public:
  HookCheck(ExtentHooks* hooks, const HookCheckOptions& options)
      : hooks_(hooks), options_(options) {}

  std::vector<std::string> Run();

 private:
  bool CheckGrants();
  void CheckSize(HookUser* user, size_t size, size_t alignment, bool commit);
  void CheckLimits(HookUser* user);
  void CheckPurges(HookUser* user);
  void CheckCommits(HookUser* user);
  void CheckSplits(HookUser* user);
  void CheckPieces(HookUser* user, HeldGrant whole, size_t piece);
  void CheckNeighbours(HookUser* user);
  void CheckMissing(HookUser* user);
  void CheckThreads();
  // All but the large grants and the threads; `may_refuse` when calls fail.
  void RunOnce(ExtentHooks* hooks, bool may_refuse,
               const std::function<void()>& end_failures);
  void CheckFailingCalls();
  void CheckFailingSystem();
  void CheckLeaks(const std::string& after);
  void Violation(std::string what) { log_.Violation(std::move(what)); }

  ExtentHooks* const hooks_;
  const HookCheckOptions options_;
  HookLog log_;
  std::optional<size_t> mapped_;
  bool failing_ = false;  // Calls are being made to fail.
};

// One grant with all that it can be used for, while another one is held.
void HookCheck::CheckSize(HookUser* user, size_t size, size_t alignment,
                          bool commit) {
  std::optional<HeldGrant> grant = user->Take({.desired = size,
                                               .required = size,
                                               .alignment = alignment,
                                               .commit = commit});
  if (!grant.has_value()) return;
  if (!grant->committed) {
    user->Commit(&*grant, 0, grant->size);
  } else {
    user->Fill(*grant);
  }
  std::optional<HeldGrant> other = user->TakeUsable(kGrantGranularity);
  if (grant->committed) user->CheckFilled(*grant, "after a second Allocate");
  if (other.has_value()) user->Give(*other);
  if (grant->committed) user->CheckFilled(*grant, "after a second Release");
  user->Give(*grant);
}

void HookCheck::CheckLimits(HookUser* user) {
  std::optional<HeldGrant> grant = user->Take(
      {.desired = kTooMuch, .required = kGrantGranularity, .commit = true});
  if (grant.has_value()) {
    user->Give(*grant);
  } else {
    Violation(
        fmt::format("Allocate: {} bytes required, refused for the {} desired",
                    kGrantGranularity, kTooMuch));
  }
  grant = user->Take({.desired = 4 * kGrantGranularity,
                      .required = kGrantGranularity,
                      .commit = true});
  if (grant.has_value()) user->Give(*grant);
  allocator::ExtentGrant untouched;
  if (hooks_->Allocate({.desired = kTooMuch, .required = kTooMuch},
                       &untouched)) {
    Violation(fmt::format("Allocate: granted {} bytes, {} required",
                          untouched.size, kTooMuch));
  }
}

// False where not even a first request is granted, so that there is nothing
// to check.
bool HookCheck::CheckGrants() {
  HookUser user(hooks_, &log_, options_.may_refuse);
  std::optional<HeldGrant> first = user.TakeUsable(kGrantGranularity);
  if (!first.has_value()) {
    Violation(fmt::format("Allocate: no fit grant for a first {} bytes",
                          kGrantGranularity));
    return false;
  }
  user.Give(*first);
  for (bool commit : {false, true}) {
    for (size_t granules : {1, 2, 5, 16}) {
      const size_t size = granules * kGrantGranularity;
      if (size > options_.most_bytes) continue;
      CheckSize(&user, size, kGrantGranularity, commit);
    }
    for (size_t alignment : {4, 32, 512}) {
      CheckSize(&user, kGrantGranularity, alignment * kGrantGranularity,
                commit);
    }
  }
  for (ExtentPurpose purpose : {ExtentPurpose::kSlab, ExtentPurpose::kLarge,
                                ExtentPurpose::kMetadata}) {
    std::optional<HeldGrant> grant = user.Take({.purpose = purpose,
                                                .desired = kGrantGranularity,
                                                .required = kGrantGranularity,
                                                .zero = false,
                                                .arena_index = 7});
    if (grant.has_value()) user.Give(*grant);
  }
  CheckLimits(&user);
  user.GiveLeftovers();
  return true;
}

void HookCheck::CheckPurges(HookUser* user) {
  std::optional<HeldGrant> grant = user->TakeUsable(kGrantGranularity);
  if (!grant.has_value()) return;
  if (!grant->pinned) {
    for (const auto& [first, pages] : kRuns) {
      const size_t offset = first * kPageSize;
      const size_t size = pages * kPageSize;
      if (user->can().purge_lazily) user->PurgeLazily(*grant, offset, size);
      if (user->can().purge_forcibly) {
        user->PurgeForcibly(*grant, offset, size);
      }
    }
    // Pages that the system may take, taken.
    if (user->can().purge_lazily && user->can().purge_forcibly) {
      user->PurgeLazily(*grant, 0, grant->size);
      user->PurgeForcibly(*grant, 0, grant->size);
    }
  }
  user->CheckFilled(*grant, "after all purges");
  user->Give(*grant);
}

void HookCheck::CheckCommits(HookUser* user) {
  std::optional<HeldGrant> grant =
      user->Take({.desired = kGrantGranularity, .required = kGrantGranularity});
  if (!grant.has_value()) return;
  bool whole = true;
  if (!grant->committed) {
    // A part, and then what is around it.
    constexpr size_t kFirst = 3 * kPageSize;
    constexpr size_t kSize = 5 * kPageSize;
    whole = user->Commit(&*grant, kFirst, kSize) &&
            user->Commit(&*grant, 0, kFirst) &&
            user->Commit(&*grant, kFirst + kSize, grant->size - kFirst - kSize);
  } else {
    user->Fill(*grant);
  }
  for (const auto& [first, pages] : kRuns) {
    if (!whole || grant->pinned || !user->can().decommit) break;
    const size_t offset = first * kPageSize;
    if (!user->Decommit(*grant, offset, pages * kPageSize)) continue;
    // Committed again it must be zero, whatever the grant was.
    grant->zeroed = true;
    whole = user->Commit(&*grant, offset, pages * kPageSize);
  }
  if (whole) user->CheckFilled(*grant, "after all commits");
  user->Give(*grant);
}

// Cuts off two pieces, joins them, cuts again, and gives everything back with
// the middle first.
void HookCheck::CheckPieces(HookUser* user, HeldGrant whole, size_t piece) {
  std::optional<HeldGrant> rest = user->Split(&whole, piece);
  if (!rest.has_value()) {
    user->Give(whole);
    return;
  }
  HeldGrant middle = *rest;
  rest = user->Split(&middle, piece);
  if (user->can().merge) {
    if (user->Merge(&whole, middle)) {
      std::optional<HeldGrant> again = user->Split(&whole, piece);
      if (!again.has_value()) {
        user->Give(whole);
        if (rest.has_value()) user->Give(*rest);
        return;
      }
      middle = *again;
    } else if (!options_.may_refuse && !failing_) {
      Violation(
          fmt::format("Merge of {} and {} bytes at {}, split before, "
                      "returned false, declared",
                      whole.size, middle.size, fmt::ptr(whole.base)));
    }
  }
  user->Give(middle);
  user->CheckFilled(whole, "after Release of what follows it");
  if (rest.has_value()) {
    user->CheckFilled(*rest, "after Release of what precedes it");
    user->Give(*rest);
  }
  user->Give(whole);
}

void HookCheck::CheckSplits(HookUser* user) {
  std::optional<HeldGrant> grant = user->TakeUsable(3 * kGrantGranularity);
  if (!grant.has_value()) return;
  const size_t piece = std::max(grant->page_size, kGrantGranularity);
  if (user->can().split && grant->size >= 3 * piece) {
    CheckPieces(user, *grant, piece);
  } else {
    user->Give(*grant);
  }
}

// Grants that happen to be neighbours may merge; which ones is the provider's
// choice.
void HookCheck::CheckNeighbours(HookUser* user) {
  if (!user->can().merge) return;
  std::vector<HeldGrant> grants;
  for (int i = 0; i < 3; ++i) {
    std::optional<HeldGrant> grant = user->TakeUsable(kGrantGranularity);
    if (grant.has_value()) grants.push_back(*grant);
  }
  std::sort(
      grants.begin(), grants.end(),
      [](const HeldGrant& a, const HeldGrant& b) { return a.base < b.base; });
  for (size_t i = 0; i + 1 < grants.size();) {
    const HeldGrant& next = grants[i + 1];
    const bool neighbours = grants[i].base + grants[i].size == next.base &&
                            grants[i].page_size == next.page_size;
    if (neighbours && user->Merge(&grants[i], next)) {
      grants.erase(grants.begin() + static_cast<ptrdiff_t>(i) + 1);
    } else {
      ++i;
    }
  }
  for (const HeldGrant& grant : grants) user->Give(grant);
}

void HookCheck::CheckMissing(HookUser* user) {
  std::optional<HeldGrant> grant = user->TakeUsable(2 * kGrantGranularity);
  if (!grant.has_value()) return;
  char* const base = grant->base;
  const ExtentCapabilities& can = user->can();
  auto expect_false = [&](bool declared, const char* call, auto make) {
    if (declared || !make()) return;
    Violation(fmt::format("{} returned true, not declared: {} bytes at {}",
                          call, grant->size, fmt::ptr(base)));
  };
  expect_false(can.purge_lazily, "PurgeLazily",
               [&] { return hooks_->PurgeLazily(base, kPageSize); });
  expect_false(can.purge_forcibly, "PurgeForcibly",
               [&] { return hooks_->PurgeForcibly(base, kPageSize); });
  expect_false(can.decommit, "Decommit",
               [&] { return hooks_->Decommit(base, kPageSize); });
  expect_false(can.commit, "Commit",
               [&] { return hooks_->Commit(base, kPageSize); });
  expect_false(can.split, "Split", [&] {
    return hooks_->Split(base, grant->size, kGrantGranularity);
  });
  expect_false(can.merge, "Merge", [&] {
    return hooks_->Merge(base, kGrantGranularity,
                         grant->size - kGrantGranularity);
  });
  user->CheckFilled(*grant, "after calls that are not declared");
  expect_false(can.release, "Release",
               [&] { return hooks_->Release(base, grant->size); });
  if (!can.release) user->CheckFilled(*grant, "after an undeclared Release");
  user->Give(*grant);
}

void HookCheck::CheckThreads() {
  auto work = [this] {
    HookUser user(hooks_, &log_, options_.may_refuse);
    const int rounds = user.can().release ? 8 : 3;
    for (int i = 0; i < rounds; ++i) {
      std::optional<HeldGrant> a = user.TakeUsable(kGrantGranularity);
      CheckPurges(&user);
      CheckSplits(&user);
      CheckCommits(&user);
      if (!a.has_value()) continue;
      user.CheckFilled(*a, "beside another thread");
      user.Give(*a);
    }
    user.GiveLeftovers();
  };
  std::thread other(work);
  work();
  other.join();
}

void HookCheck::RunOnce(ExtentHooks* hooks, bool may_refuse,
                        const std::function<void()>& end_failures) {
  failing_ = may_refuse;
  HookUser user(hooks, &log_, may_refuse || options_.may_refuse);
  CheckPurges(&user);
  CheckCommits(&user);
  CheckSplits(&user);
  CheckNeighbours(&user);
  end_failures();
  user.GiveLeftovers();
  failing_ = false;
}

void HookCheck::CheckFailingCalls() {
  constexpr uint64_t kMostCalls = 1000;
  for (bool for_good : {false, true}) {
    for (uint64_t n = 0; n < kMostCalls; ++n) {
      FaultyHooks faulty(hooks_);
      if (for_good) {
        faulty.FailFrom(n);
      } else {
        faulty.FailNth(n);
      }
      RunOnce(&faulty, true, [&] { faulty.FailNever(); });
      CheckLeaks(fmt::format("call {} failed", n));
      if (faulty.failures() == 0) break;
      // What is not given back cannot be taken for ever.
      if (!hooks_->capabilities().release && n == 8) break;
    }
  }
}

void HookCheck::CheckFailingSystem() {
  FakeOs* const os = options_.os;
  if (os == nullptr || !hooks_->capabilities().release) return;
  constexpr uint64_t kMostCalls = 1000;
  using Fail = std::function<void(uint64_t)>;
  const Fail kinds[] = {[os](uint64_t n) { os->FailNth(n); },
                        [os](uint64_t n) { os->FailFrom(n); },
                        [os](uint64_t n) { os->FailNth(n, OsCall::kUnmap); }};
  for (const Fail& fail : kinds) {
    for (uint64_t n = 0; n < kMostCalls; ++n) {
      const uint64_t failures = os->failures();
      fail(n);
      RunOnce(hooks_, true, [os] { os->FailNever(); });
      CheckLeaks(fmt::format("call {} of the system failed", n));
      if (os->failures() == failures) break;
    }
  }
}

void HookCheck::CheckLeaks(const std::string& after) {
  if (options_.os == nullptr || !hooks_->capabilities().release) return;
  const size_t mapped = options_.os->mapped_bytes();
  // What a first run leaves is the provider's own.
  if (!mapped_.has_value()) mapped_ = mapped;
  if (mapped == *mapped_) return;
  Violation(fmt::format("{}: {} bytes are mapped, {} before", after, mapped,
                        *mapped_));
  mapped_ = mapped;
}

std::vector<std::string> HookCheck::Run() {
  if (CheckGrants()) {
    for (const char* when : {"the first run", "the second run"}) {
      HookUser user(hooks_, &log_, options_.may_refuse);
      CheckMissing(&user);
      user.GiveLeftovers();
      RunOnce(hooks_, false, [] {});
      CheckLeaks(when);
    }
    // A provider that is wrong when all goes well says enough.
    if (log_.violations().empty()) {
      CheckThreads();
      CheckLeaks("two threads");
      CheckFailingCalls();
      CheckFailingSystem();
    }
  }
  std::vector<std::string> all = log_.violations();
  if (options_.os != nullptr) {
    for (const std::string& violation : options_.os->violations()) {
      all.push_back("system call: " + violation);
    }
  }
  return all;
}

}  // namespace

std::vector<std::string> CheckHooks(ExtentHooks* hooks,
                                    const HookCheckOptions& options) {
  return HookCheck(hooks, options).Run();
}

}  // namespace acre::testing
