// The kit's two threads, under ThreadSanitizer, over the providers with state.

#include <string>

#include "allocator/extent/hooks/hook_chain.h"
#include "allocator/extent/hooks/mmap_hooks.h"
#include "allocator/extent/hooks/thp_hooks.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"
#include "testing/faulty_hooks.h"
#include "testing/hook_conformance.h"

namespace acre::testing {
namespace {

using allocator::ExtentHooks;
using allocator::HookChain;
using allocator::LinuxOs;
using allocator::MmapHooks;
using allocator::ThpHooks;

TEST(HookConformanceConcurrentTest, AChainOfRefusingMembersConforms) {
  LinuxOs* const os = LinuxOs::Get();
  ThpHooks thp(os);
  FaultyHooks faulty(&thp);
  faulty.FailSometimes(0.5, 1, HookCall::kAllocate);
  MmapHooks mmap(os);
  ExtentHooks* const members[] = {&faulty, &mmap};
  HookChain hooks(os, members);
  for (const std::string& what : CheckHooks(&hooks)) ADD_FAILURE() << what;
  EXPECT_GT(hooks.grants(0), 0u);
  EXPECT_GT(hooks.grants(1), 0u);
}

}  // namespace
}  // namespace acre::testing
