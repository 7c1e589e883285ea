#include "allocator/background/pressure_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace acre::allocator {
namespace {

constexpr CgroupVersion kV1 = CgroupVersion::kV1;
constexpr CgroupVersion kV2 = CgroupVersion::kV2;

TEST(PressureText, NumbersOverflowToFalseAndLeaveTheResultAlone) {
  uint64_t value = 7;
  for (std::string_view bad :
       {"", " 1", "1 ", "-1", "+1", "0x10", "1e3", "18446744073709551616",
        "99999999999999999999", "184467440737095516150"}) {
    EXPECT_FALSE(ParseDecimal(bad, &value)) << bad;
    EXPECT_EQ(value, 7u);
  }
  EXPECT_TRUE(ParseDecimal("18446744073709551615", &value));
  EXPECT_EQ(value, UINT64_MAX);
}

TEST(PressureText, AByteCountIsOneWholeLine) {
  uint64_t bytes = 7;
  for (std::string_view bad :
       {"", "\n", "123", "12\n3\n", "12 \n", "max\n", "12\n\n"}) {
    EXPECT_FALSE(ParseByteCount(bad, &bytes)) << bad;
  }
  EXPECT_EQ(bytes, 7u);
  EXPECT_TRUE(ParseByteCount("5369856\n", &bytes));
  EXPECT_EQ(bytes, 5369856u);
}

TEST(PressureText, EachVersionHasItsOwnWayToSayNoLimit) {
  uint64_t bytes = 0;
  EXPECT_TRUE(ParseLimit("max\n", kV2, &bytes));
  EXPECT_EQ(bytes, kNoLimit);
  EXPECT_TRUE(ParseLimit("1073741824\n", kV2, &bytes));
  EXPECT_EQ(bytes, uint64_t{1} << 30);
  // Pages of 4 KiB and of 64 KiB.
  for (std::string_view huge :
       {"9223372036854771712\n", "9223372036854710272\n"}) {
    bytes = 0;
    EXPECT_TRUE(ParseLimit(huge, kV1, &bytes));
    EXPECT_EQ(bytes, kNoLimit);
  }
  EXPECT_TRUE(ParseLimit("1073741824\n", kV1, &bytes));
  EXPECT_EQ(bytes, uint64_t{1} << 30);
  for (std::string_view bad : {"", "max", "ma\n", "maximum\n", "107374182"}) {
    EXPECT_FALSE(ParseLimit(bad, kV2, &bytes)) << bad;
  }
  EXPECT_FALSE(ParseLimit("max\n", kV1, &bytes));
}

TEST(PressureText, AStatFieldIsFoundByItsWholeName) {
  constexpr std::string_view kText =
      "anon 1249280\nfile 4096\nkernel 0\nactive_file 5\n"
      "inactive_file 2703360\nunevictable 0\nworkingset_refault_anon 0\n";
  uint64_t value = 0;
  EXPECT_TRUE(ParseStatField(kText, "inactive_file", &value));
  EXPECT_EQ(value, 2703360u);
  EXPECT_TRUE(ParseStatField(kText, "file", &value));
  EXPECT_EQ(value, 4096u);
  EXPECT_FALSE(ParseStatField(kText, "inactive", &value));
  EXPECT_FALSE(ParseStatField(kText.substr(0, 60), "inactive_file", &value));
  EXPECT_FALSE(ParseStatField("file 12x\n", "file", &value));
  EXPECT_FALSE(ParseStatField("", "file", &value));
}

constexpr std::string_view kMemInfo =
    "MemTotal:       16384256 kB\n"
    "MemFree:          381904 kB\n"
    "MemAvailable:    9231104 kB\n"
    "Buffers:          526316 kB\n";

TEST(PressureText, MemInfoIsInKibibytes) {
  MemInfo info;
  ASSERT_TRUE(ParseMemInfo(kMemInfo, &info));
  EXPECT_EQ(info.total_bytes, uint64_t{16384256} * 1024);
  EXPECT_EQ(info.available_bytes, uint64_t{9231104} * 1024);
}

TEST(PressureText, MemInfoCutAnywhereBeforeItsLastLineIsRefused) {
  const size_t needed = kMemInfo.find("Buffers");
  for (size_t size = 0; size < needed; ++size) {
    MemInfo info;
    EXPECT_FALSE(ParseMemInfo(kMemInfo.substr(0, size), &info)) << size;
    EXPECT_EQ(info.total_bytes, 0u);
  }
}

TEST(PressureText, MemInfoThatMakesNoSenseIsRefused) {
  MemInfo info;
  for (std::string_view bad : {
           "MemTotal: 1 kB\nMemFree: 1 kB\n",
           "MemTotal: 1 MB\nMemAvailable: 1 kB\n",
           "MemTotal:\nMemAvailable: 1 kB\n",
           "MemTotal: 18014398509481984 kB\nMemAvailable: 1 kB\n",
           "MemTotal: -1 kB\nMemAvailable: 1 kB\n",
       }) {
    EXPECT_FALSE(ParseMemInfo(bad, &info)) << bad;
  }
}

TEST(PressureText, PsiIsTheSomeLinesTenSeconds) {
  uint32_t hundredths = 0;
  ASSERT_TRUE(ParsePsiSomeAvg10(
      "some avg10=12.34 avg60=1.00 avg300=0.20 total=157622151\n"
      "full avg10=99.00 avg60=1.00 avg300=0.13 total=134135113\n",
      &hundredths));
  EXPECT_EQ(hundredths, 1234u);
  ASSERT_TRUE(ParsePsiSomeAvg10("some avg10=100.00 \n", &hundredths));
  EXPECT_EQ(hundredths, 10000u);
  ASSERT_TRUE(ParsePsiSomeAvg10("some avg10=0.5 x\n", &hundredths));
  EXPECT_EQ(hundredths, 50u);
  ASSERT_TRUE(ParsePsiSomeAvg10("some avg10=0.057 x\n", &hundredths));
  EXPECT_EQ(hundredths, 5u);
}

TEST(PressureText, PsiThatMakesNoSenseIsRefused) {
  uint32_t hundredths = 7;
  for (std::string_view bad : {
           "",
           "full avg10=1.00 avg60=0.00 avg300=0.00 total=0\n",
           "some avg10=1.00",
           "some avg10=1.00\n",
           "some avg10=1 avg60=0.00\n",
           "some avg10=1. avg60=0.00\n",
           "some avg10=.50 avg60=0.00\n",
           "some avg10=-1.00 avg60=0.00\n",
           "some avg10=100.01 avg60=0.00\n",
           "some avg10=18446744073709551616.00 avg60=0.00\n",
           "some avg10=nan avg60=0.00\n",
       }) {
    EXPECT_FALSE(ParsePsiSomeAvg10(bad, &hundredths)) << bad;
    EXPECT_EQ(hundredths, 7u);
  }
}

TEST(PressureText, CgroupLinesOfTheMemoryControllerAreFound) {
  struct Case {
    std::string_view line;
    CgroupVersion version;
    std::string_view path;
  };
  for (const Case& c : {
           Case{"0::/", kV2, "/"},
           Case{"0::/user.slice/user-1000.slice/session-2.scope", kV2,
                "/user.slice/user-1000.slice/session-2.scope"},
           Case{"4:memory:/docker/0a1b2c", kV1, "/docker/0a1b2c"},
           Case{"9:hugetlb,memory:/a:b", kV1, "/a:b"},
           Case{"0::/../sibling", kV2, "/../sibling"},
       }) {
    CgroupLine found;
    ASSERT_TRUE(ParseCgroupLine(c.line, &found)) << c.line;
    EXPECT_EQ(found.version, c.version) << c.line;
    EXPECT_EQ(found.path, c.path);
  }
  for (std::string_view bad :
       {"", "0", "0:", "0::", "0::relative", "1:name=systemd:/init.scope",
        "3:cpu,cpuacct:/", "5:memory_like:/", "2::/x", "4:memory"}) {
    CgroupLine found;
    EXPECT_FALSE(ParseCgroupLine(bad, &found)) << bad;
  }
}

TEST(PressureText, MountLinesOfTheMemoryControllerAreFound) {
  struct Case {
    std::string_view line;
    CgroupVersion version;
    std::string_view root;
    std::string_view mount_point;
  };
  for (const Case& c : {
           Case{"35 24 0:30 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - "
                "cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot",
                kV2, "/", "/sys/fs/cgroup"},
           Case{"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 "
                "cgroup2 rw",
                kV2, "/", "/sys/fs/cgroup/unified"},
           Case{"702 694 0:32 /docker/0a1b /sys/fs/cgroup/memory ro,nosuid "
                "master:15 propagate_from:3 - cgroup cgroup rw,memory",
                kV1, "/docker/0a1b", "/sys/fs/cgroup/memory"},
           Case{"1 2 0:3 /../.. /with\\040space rw - cgroup c memory,rw", kV1,
                "/../..", "/with\\040space"},
       }) {
    CgroupMountLine found;
    ASSERT_TRUE(ParseCgroupMountLine(c.line, &found)) << c.line;
    EXPECT_EQ(found.version, c.version) << c.line;
    EXPECT_EQ(found.root, c.root);
    EXPECT_EQ(found.mount_point, c.mount_point);
  }
  for (std::string_view bad :
       {"", "35 24 0:30 / /sys/fs/cgroup rw shared:9 cgroup2 cgroup2 rw",
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
        "22 1 0:20 / / rw - ext4 /dev/memory rw,memory",
        "35 24 0:30 / /sys/fs/cgroup rw - cgroup2",
        "35 24 0:30 x y rw - cgroup2 cgroup2 rw", "- - - - - - - - - -"}) {
    CgroupMountLine found;
    EXPECT_FALSE(ParseCgroupMountLine(bad, &found)) << bad;
  }
}

TEST(PressureText, MountFieldsAreUnescaped) {
  char buffer[8];
  size_t size = 0;
  ASSERT_TRUE(UnescapeMountField("/a\\040b\\134", buffer, 8, &size));
  EXPECT_EQ(std::string(buffer, size), "/a b\\");
  ASSERT_TRUE(UnescapeMountField("12345678", buffer, 8, &size));
  EXPECT_EQ(size, 8u);
  for (std::string_view bad :
       {"123456789", "\\", "\\04", "\\048", "\\777", "a\\000b", "\\x41"}) {
    EXPECT_FALSE(UnescapeMountField(bad, buffer, 8, &size)) << bad;
  }
}

TEST(PressureText, ACgroupIsLookedUpBelowTheRootThatItsMountShows) {
  struct Case {
    std::string_view path;
    std::string_view root;
    std::string_view below;
  };
  for (const Case& c : {
           Case{"/", "/", ""},
           Case{"/a/b", "/", "/a/b"},
           Case{"/docker/1", "/docker/1", ""},
           Case{"/docker/1/x", "/docker/1", "/x"},
           Case{"/", "/../..", ""},
           Case{"/a/b", "/..", ""},
           Case{"/../other/x", "/../other", "/x"},
           Case{"/../other", "/..", "/other"},
       }) {
    std::string_view below = "?";
    EXPECT_TRUE(CgroupPathBelowMount(c.path, c.root, &below)) << c.path;
    EXPECT_EQ(below, c.below);
  }
  for (auto [path, root] : {
           std::pair<std::string_view, std::string_view>{"/ab", "/a"},
           {"/b", "/a"},
           {"/", "/a"},
           {"/../b", "/"},
           {"/a/../../b", "/"},
           {"/../b", "/../.."},
       }) {
    std::string_view below;
    EXPECT_FALSE(CgroupPathBelowMount(path, root, &below)) << path << root;
  }
}

}  // namespace
}  // namespace acre::allocator
