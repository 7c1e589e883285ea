// The kit that puts an implementation of ExtentHooks through its paces: grants
// of many sizes, everything that capabilities() declares and everything that it
// does not, two threads at once, and every call failing in turn.
//
// Run it from a test of the provider, over hooks that nobody else uses. It
// needs Linux 5.14 (to ask whether memory is writable), and malloc. What it
// finds could still corrupt memory where it is about shared grants: stop there.

#ifndef ACRE_TESTING_HOOK_CONFORMANCE_H_
#define ACRE_TESTING_HOOK_CONFORMANCE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "allocator/extent/extent_hooks.h"
#include "testing/fake_os.h"

namespace acre::testing {

struct HookCheckOptions {
  // The Os that the hooks sit on, where there is one: its calls are made to
  // fail as well, nothing may stay mapped, and what it calls a violation is
  // one.
  FakeOs* os = nullptr;
  // Of one request that must be granted; bytes. Larger ones may be refused.
  size_t most_bytes = size_t{32} << 20;
  // Whether a call whose capability is declared may return false: true for
  // hooks of which only some grants can do it.
  bool may_refuse = false;
};

// Empty, or what was done against the contract of ExtentHooks, with numbers.
// Without the release capability, what was granted (under 1 GiB) stays so.
std::vector<std::string> CheckHooks(allocator::ExtentHooks* hooks,
                                    const HookCheckOptions& options = {});

}  // namespace acre::testing

#endif  // ACRE_TESTING_HOOK_CONFORMANCE_H_
