#include "allocator/background/memory_cgroup.h"

#include <gtest/gtest.h>

#include <string>

#include "allocator/background/memory_pressure_test_tree.h"

namespace acre::allocator {
namespace {

// The greatest number of whole pages: version 1's "no limit".
constexpr uint64_t kNoLimitV1 = 9223372036854771712u;

class MemoryCgroupTest : public testing::Test {
 protected:
  // Opens and reads; false without a limit.
  bool Read() {
    return cgroup_.Open(tree_.root()) && cgroup_.ReadNearest(90, &use_);
  }

  SystemTree tree_;
  MemoryCgroup cgroup_;
  MemoryUse use_;
};

TEST_F(MemoryCgroupTest, VersionTwoIsReadBelowItsMount) {
  tree_.UseV2("/app.slice/db");
  tree_.WriteV2("/app.slice/db", "1000", "max", 300);
  tree_.WriteV2("/app.slice", "max", "max", 400);
  ASSERT_TRUE(Read());
  EXPECT_EQ(cgroup_.version(), CgroupVersion::kV2);
  EXPECT_EQ(cgroup_.levels(), 2u);
  EXPECT_EQ(use_.limit_bytes, 1000u);
  EXPECT_EQ(use_.used_bytes, 300u);
  EXPECT_EQ(cgroup_.folder().view(),
            std::string(tree_.root()) + "/sys/fs/cgroup/app.slice/db");
}

TEST_F(MemoryCgroupTest, TheSmallerOfMaxAndHighLimits) {
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "800", 300);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.limit_bytes, 800u);
  tree_.WriteV2("/db", "1000", "2000", 300);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.limit_bytes, 1000u);
  tree_.WriteV2("/db", "max", "700", 300);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.limit_bytes, 700u);
}

TEST_F(MemoryCgroupTest, AParentsLimitBindsWithTheParentsUsage) {
  tree_.UseV2("/pod/db");
  tree_.WriteV2("/pod/db", "1000", "max", 300);
  tree_.WriteV2("/pod", "500", "max", 350);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.limit_bytes, 500u);
  EXPECT_EQ(use_.used_bytes, 350u);
}

TEST_F(MemoryCgroupTest,
       AParentThatSiblingsFilledBindsThoughItsLimitIsGreater) {
  tree_.UseV2("/pod/db");
  tree_.WriteV2("/pod/db", "1000", "max", 300);
  tree_.WriteV2("/pod", "4000", "max", 3900);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.limit_bytes, 4000u);
  EXPECT_EQ(use_.used_bytes, 3900u);
}

TEST_F(MemoryCgroupTest, LimitsMayComeChangeAndGoWhileOpen) {
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "max", "max", 300);
  ASSERT_TRUE(cgroup_.Open(tree_.root()));
  EXPECT_FALSE(cgroup_.ReadNearest(90, &use_));
  tree_.WriteV2("/db", "1000", "max", 200);
  EXPECT_TRUE(cgroup_.ReadNearest(90, &use_));
  EXPECT_EQ(use_.used_bytes, 200u);
  tree_.WriteV2("/db", "max", "max", 200);
  EXPECT_FALSE(cgroup_.ReadNearest(90, &use_));
  tree_.WriteV2("/db", "1000", "max", 200);
  cgroup_.Close();
  EXPECT_FALSE(cgroup_.ReadNearest(90, &use_));
}

TEST_F(MemoryCgroupTest, FilePagesAreAskedForOnlyWhenTheUsageIsHigh) {
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 899, 500);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.reclaimable_bytes, 0u);
  tree_.WriteV2("/db", "1000", "max", 900, 500);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.reclaimable_bytes, 500u);
  EXPECT_EQ(use_.needed_bytes(), 400u);
  // Read after the usage, it may be more.
  tree_.WriteV2("/db", "1000", "max", 900, 901);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.needed_bytes(), 0u);
}

TEST_F(MemoryCgroupTest, VersionOneIsReadWithItsOwnNames) {
  tree_.UseV1("/docker/1");
  tree_.WriteV1("/docker/1", 1000, 950, 100);
  tree_.WriteV1("/docker", kNoLimitV1, 2000);
  tree_.WriteV1("", kNoLimitV1, 3000);
  ASSERT_TRUE(Read());
  EXPECT_EQ(cgroup_.version(), CgroupVersion::kV1);
  EXPECT_EQ(cgroup_.levels(), 3u);
  EXPECT_EQ(use_.limit_bytes, 1000u);
  EXPECT_EQ(use_.used_bytes, 950u);
  EXPECT_EQ(use_.reclaimable_bytes, 100u);
}

TEST_F(MemoryCgroupTest, InsideAContainerTheMountsRootIsTakenOffThePath) {
  tree_.UseV1("/docker/1/inner", "/docker/1");
  tree_.WriteV1("/inner", 1000, 500);
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.used_bytes, 500u);
  tree_.UseV1("/docker/2", "/docker/1");
  EXPECT_FALSE(Read());
}

TEST_F(MemoryCgroupTest, VersionOnesFlatParentsDoNotBind) {
  tree_.UseV1("/a/b");
  tree_.WriteV1("/a/b", 1000, 100);
  tree_.WriteV1("/a", 1000, 990);
  tree_.Write("/sys/fs/cgroup/memory/a/memory.use_hierarchy", "0\n");
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.used_bytes, 100u);
  tree_.Write("/sys/fs/cgroup/memory/a/memory.use_hierarchy", "1\n");
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.used_bytes, 990u);
}

TEST_F(MemoryCgroupTest,
       VersionTwoIsTakenWhereVersionOneHasNoMemoryController) {
  tree_.UseV1("/x");
  tree_.Write("/proc/self/cgroup", "4:memory:/x\n0::/y\n");
  tree_.Write("/sys/fs/cgroup/unified/y/memory.max", "1000\n");
  tree_.Write("/sys/fs/cgroup/unified/y/memory.current", "10\n");
  ASSERT_TRUE(Read());
  EXPECT_EQ(cgroup_.version(), CgroupVersion::kV2);
  EXPECT_EQ(use_.used_bytes, 10u);
}

TEST_F(MemoryCgroupTest, MountPointsMayHaveSpaces) {
  tree_.UseV2("/db");
  tree_.Write("/proc/self/mountinfo",
              "35 24 0:30 / /my\\040cgroups rw - cgroup2 cgroup2 rw\n");
  tree_.Write("/my cgroups/db/memory.max", "1000\n");
  tree_.Write("/my cgroups/db/memory.current", "10\n");
  EXPECT_TRUE(Read());
}

TEST_F(MemoryCgroupTest, ADeletedCgroupLeavesItsAncestors) {
  tree_.UseV2("/pod/db (deleted)");
  tree_.WriteV2("/pod", "500", "max", 350);
  ASSERT_TRUE(Read());
  EXPECT_EQ(cgroup_.levels(), 1u);
  EXPECT_EQ(use_.limit_bytes, 500u);
}

TEST_F(MemoryCgroupTest, TheNearestLevelsOfADeepHierarchyAreKept) {
  std::string path;
  for (size_t i = 0; i < MemoryCgroup::kMaxLevels + 3; ++i) {
    path += "/" + std::to_string(i);
    tree_.WriteV2(path, i == 2 ? "1" : "1000", "max", 10);
  }
  tree_.UseV2(path);
  ASSERT_TRUE(Read());
  EXPECT_EQ(cgroup_.levels(), MemoryCgroup::kMaxLevels);
  EXPECT_EQ(use_.limit_bytes, 1000u);
}

TEST_F(MemoryCgroupTest, NoFilesAreNoCgroup) {
  EXPECT_FALSE(Read());
  tree_.UseV2("/db");
  EXPECT_FALSE(Read());
  tree_.Write("/proc/self/cgroup", "garbage");
  EXPECT_FALSE(Read());
  tree_.UseV2("/" + std::string(SystemPath::kCapacity, 'a'));
  EXPECT_FALSE(Read());
}

TEST_F(MemoryCgroupTest, ALevelThatMakesNoSenseIsLeftOut) {
  tree_.UseV2("/pod/db");
  tree_.WriteV2("/pod", "500", "max", 350);
  for (const std::string bad :
       {"", "-5", "12", "99999999999999999999999\n", "\n", "a\nb\n"}) {
    tree_.WriteV2("/pod/db", "10", "max", 9);
    tree_.Write("/sys/fs/cgroup/pod/db/memory.max", bad);
    ASSERT_TRUE(Read());
    EXPECT_EQ(use_.limit_bytes, 500u) << bad;
    tree_.WriteV2("/pod/db", "10", "max", 9);
    tree_.Write("/sys/fs/cgroup/pod/db/memory.current", bad);
    ASSERT_TRUE(Read());
    EXPECT_EQ(use_.limit_bytes, 500u) << bad;
  }
  // A stat file that makes no sense takes nothing off.
  tree_.WriteV2("/pod/db", "10", "max", 9);
  tree_.Write("/sys/fs/cgroup/pod/db/memory.stat", "inactive_file 9");
  ASSERT_TRUE(Read());
  EXPECT_EQ(use_.needed_bytes(), 9u);
}

}  // namespace
}  // namespace acre::allocator
