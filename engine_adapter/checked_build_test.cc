// What only the checked build detects. Elsewhere these tests are skipped.

#include <memory>
#include <utility>
#include <vector>

#include "allocator/base/check.h"
#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre {
namespace {

using allocator::kCheckedBuild;
using allocator::MisuseRule;

class CheckedBuildTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!kCheckedBuild) GTEST_SKIP() << "not the checked build";
    auto service = MemoryService::Create(
        {.misuse_policy = MisusePolicy::kReportAndLeak,
         .on_misuse =
             [](void* context, const MisuseReport& report) {
               static_cast<std::vector<MisuseRule>*>(context)->push_back(
                   report.rule);
             },
         .on_misuse_context = &reported_});
    ASSERT_TRUE(service.ok());
    service_ = std::move(*service);
    arena_ = *service_->CreateArena({.name = "checked"});
  }

  std::vector<MisuseRule> reported_;
  std::unique_ptr<MemoryService> service_;
  Arena arena_;
};

TEST_F(CheckedBuildTest, SeesADoubleFreeWithOtherFreesInBetween) {
  Tcache tcache = arena_.OpenTcache();
  void* a = tcache.Allocate(100);
  void* b = tcache.Allocate(100);
  tcache.Deallocate(a);
  tcache.Deallocate(b);
  tcache.Deallocate(a);
  EXPECT_EQ(reported_, std::vector<MisuseRule>{MisuseRule::kDoubleFree});
}

TEST_F(CheckedBuildTest, SeesADoubleFreeThroughTwoTcaches) {
  Tcache first = arena_.OpenTcache();
  Tcache second = arena_.OpenTcache();
  void* a = first.Allocate(5000);
  first.Deallocate(a);
  second.Deallocate(a);
  EXPECT_EQ(reported_, std::vector<MisuseRule>{MisuseRule::kDoubleFree});
}

TEST_F(CheckedBuildTest, SeesAFreeBehindTheLastRegionOfASlab) {
  Tcache tcache = arena_.OpenTcache();
  // 80-byte regions: 51 fit a page, and 16 bytes are left behind them.
  auto* a = static_cast<char*>(tcache.Allocate(80));
  char* slab = a - (reinterpret_cast<uintptr_t>(a) % 4096);
  tcache.Deallocate(slab + 51 * 80);
  EXPECT_EQ(reported_.size(), 1u);
  tcache.Deallocate(a);
  EXPECT_EQ(reported_.size(), 1u);
}

TEST_F(CheckedBuildTest, SeesAnOperationDuringReset) {
  allocator::Arena* core = arena_.ref().live();
  {
    // What an operation on another thread looks like from here.
    const allocator::InsideArena inside(core);
    EXPECT_TRUE(arena_.Reset().ok());
  }
  EXPECT_EQ(reported_, std::vector<MisuseRule>{MisuseRule::kUseDuringReset});
}

TEST_F(CheckedBuildTest, ServesEveryOperationWithoutKeepingAnything) {
  Tcache tcache = arena_.OpenTcache();
  std::vector<void*> all;
  for (size_t size = 1; size < 3000000; size = size * 2 + 1) {
    all.push_back(tcache.Allocate(size));
    ASSERT_NE(all.back(), nullptr);
  }
  EXPECT_EQ(tcache.cached_bytes(), 0u);
  for (void* p : all) tcache.Deallocate(p);
  EXPECT_TRUE(reported_.empty());
  service_->domain().Verify();
}

}  // namespace
}  // namespace acre
