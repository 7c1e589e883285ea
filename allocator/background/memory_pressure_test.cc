#include "allocator/background/memory_pressure.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>

#include "allocator/background/memory_pressure_test_tree.h"

namespace acre::allocator {
namespace {

constexpr char kPsi[] = "/proc/pressure/memory";

std::string PsiText(const std::string& avg10) {
  return "some avg10=" + avg10 +
         " avg60=1.00 avg300=2.00 total=3\n"
         "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
}

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

class MemoryPressureTest : public testing::Test {
 protected:
  MemoryPressureOptions Options() const { return {.root = tree_.root()}; }

  PressureReading ReadAnew() {
    pressure_.Init(Options());
    return pressure_.Read();
  }

  SystemTree tree_;
  MemoryPressure pressure_;
};

TEST_F(MemoryPressureTest, WithoutAnyFileThereIsNoPressure) {
  EXPECT_FALSE(pressure_.Init(Options()));
  const PressureReading reading = pressure_.Read();
  EXPECT_EQ(reading.source, PressureSource::kNone);
  EXPECT_EQ(reading.state, PressureState::kNormal);
  EXPECT_EQ(reading.limit_bytes, 0u);
  EXPECT_EQ(reading.psi_some_avg10_hundredths, 0u);
}

TEST_F(MemoryPressureTest, BeforeInitAndAfterCloseThereIsNoPressure) {
  EXPECT_EQ(pressure_.Read().source, PressureSource::kNone);
  tree_.WriteMemInfo(100, 1);
  ASSERT_TRUE(pressure_.Init(Options()));
  EXPECT_EQ(pressure_.Read().state, PressureState::kCritical);
  pressure_.Close();
  EXPECT_EQ(pressure_.Read().state, PressureState::kNormal);
}

TEST_F(MemoryPressureTest, OptionsOutOfRangeAreRefused) {
  tree_.WriteMemInfo(1000, 500);
  auto refused = [&](auto change) {
    MemoryPressureOptions options = Options();
    change(&options);
    return !pressure_.Init(options);
  };
  using Options = MemoryPressureOptions;
  EXPECT_FALSE(refused([](Options*) {}));
  EXPECT_TRUE(refused([](Options* o) { o->root = nullptr; }));
  EXPECT_TRUE(refused([](Options* o) { o->high_percent = 0; }));
  EXPECT_TRUE(refused([](Options* o) { o->high_percent = 98; }));
  EXPECT_TRUE(refused([](Options* o) { o->critical_percent = 101; }));
  EXPECT_TRUE(refused([](Options* o) { o->psi_high_hundredths = 0; }));
  EXPECT_TRUE(refused([](Options* o) { o->psi_high_hundredths = 4001; }));
  const std::string deep(2 * SystemPath::kCapacity, '/');
  EXPECT_TRUE(refused([&](Options* o) { o->root = deep.c_str(); }));
}

TEST_F(MemoryPressureTest, TheMachineIsShortWhenLittleIsAvailable) {
  struct Case {
    uint64_t available_kib;
    PressureState state;
  };
  for (const Case& c :
       {Case{1000, PressureState::kNormal}, Case{101, PressureState::kNormal},
        Case{100, PressureState::kHigh}, Case{31, PressureState::kHigh},
        Case{30, PressureState::kCritical}, Case{0, PressureState::kCritical},
        // More than there is.
        Case{1001, PressureState::kNormal}}) {
    tree_.WriteMemInfo(1000, c.available_kib);
    const PressureReading reading = ReadAnew();
    EXPECT_EQ(reading.state, c.state) << c.available_kib;
    EXPECT_EQ(reading.source, PressureSource::kSystem);
    EXPECT_EQ(reading.limit_bytes, 1000u * 1024);
  }
}

TEST_F(MemoryPressureTest, TheContainersLimitCountsBeforeAnEmptyMachine) {
  tree_.WriteMemInfo(1 << 20, 1 << 19);
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 920);
  ASSERT_TRUE(pressure_.Init(Options()));
  PressureReading reading = pressure_.Read();
  EXPECT_EQ(reading.source, PressureSource::kCgroupV2);
  EXPECT_EQ(reading.limit_bytes, 1000u);
  EXPECT_EQ(reading.used_bytes, 920u);
  EXPECT_EQ(reading.state, PressureState::kHigh);
  tree_.WriteV2("/db", "1000", "max", 970);
  EXPECT_EQ(pressure_.Read().state, PressureState::kCritical);
  tree_.WriteV2("/db", "1000", "max", 600);
  EXPECT_EQ(pressure_.Read().state, PressureState::kNormal);
}

TEST_F(MemoryPressureTest, AFullMachineCountsBeforeAnEmptyContainer) {
  tree_.WriteMemInfo(1000, 50);
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 100);
  const PressureReading reading = ReadAnew();
  EXPECT_EQ(reading.source, PressureSource::kSystem);
  EXPECT_EQ(reading.state, PressureState::kHigh);
}

TEST_F(MemoryPressureTest, WithoutALimitTheMachineIsWhatCounts) {
  tree_.WriteMemInfo(1000, 999);
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "max", "max", 900);
  EXPECT_EQ(ReadAnew().source, PressureSource::kSystem);
  tree_.UseV1("/db");
  tree_.WriteV1("/db", 9223372036854771712u, 900);
  EXPECT_EQ(ReadAnew().source, PressureSource::kSystem);
  tree_.WriteV1("/db", 1000, 900);
  EXPECT_EQ(pressure_.Read().source, PressureSource::kCgroupV1);
}

TEST_F(MemoryPressureTest, ACgroupFullOfFilePagesIsNotShort) {
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 1000, 300);
  const PressureReading reading = ReadAnew();
  EXPECT_EQ(reading.state, PressureState::kNormal);
  EXPECT_EQ(reading.used_bytes, 1000u);
  EXPECT_EQ(reading.reclaimable_bytes, 300u);
}

TEST_F(MemoryPressureTest, CgroupsAreNotReadUnlessWanted) {
  tree_.WriteMemInfo(1000, 999);
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 1000);
  MemoryPressureOptions options = Options();
  options.use_cgroup = false;
  ASSERT_TRUE(pressure_.Init(options));
  EXPECT_EQ(pressure_.Read().source, PressureSource::kSystem);
}

TEST_F(MemoryPressureTest, StallsRaiseTheStateByThemselves) {
  tree_.Write(kPsi, PsiText("9.99"));
  ASSERT_TRUE(pressure_.Init(Options()));
  PressureReading reading = pressure_.Read();
  EXPECT_EQ(reading.psi_some_avg10_hundredths, 999u);
  EXPECT_EQ(reading.state, PressureState::kNormal);
  tree_.Write(kPsi, PsiText("10.00"));
  EXPECT_EQ(pressure_.Read().state, PressureState::kHigh);
  tree_.Write(kPsi, PsiText("40.00"));
  EXPECT_EQ(pressure_.Read().state, PressureState::kCritical);
  tree_.Write(kPsi, "some avg10=4");
  EXPECT_EQ(pressure_.Read().state, PressureState::kNormal);
  MemoryPressureOptions options = Options();
  options.use_psi = false;
  tree_.Write(kPsi, PsiText("40.00"));
  EXPECT_FALSE(pressure_.Init(options));
  EXPECT_EQ(pressure_.Read().psi_some_avg10_hundredths, 0u);
}

TEST_F(MemoryPressureTest, TheCgroupsStallsCountBeforeTheMachines) {
  tree_.UseV2("/db");
  tree_.WriteV2("/db", "1000", "max", 100);
  tree_.Write(kPsi, PsiText("5.00"));
  tree_.Write("/sys/fs/cgroup/db/memory.pressure", PsiText("7.50"));
  EXPECT_EQ(ReadAnew().psi_some_avg10_hundredths, 750u);
  tree_.Write("/sys/fs/cgroup/db/memory.pressure", "");
  EXPECT_EQ(ReadAnew().psi_some_avg10_hundredths, 500u);
}

TEST_F(MemoryPressureTest, TheStateIsExactForHugeNumbers) {
  PressureReading reading;
  reading.source = PressureSource::kCgroupV2;
  reading.limit_bytes = UINT64_MAX - 1;
  reading.used_bytes = UINT64_MAX / 100 * 90 - 2;
  EXPECT_EQ(StateOf(reading, {}), PressureState::kNormal);
  reading.used_bytes = UINT64_MAX / 100 * 90 + 90;
  EXPECT_EQ(StateOf(reading, {}), PressureState::kHigh);
  reading.used_bytes = UINT64_MAX;
  EXPECT_EQ(StateOf(reading, {}), PressureState::kCritical);
  reading.reclaimable_bytes = UINT64_MAX;
  EXPECT_EQ(StateOf(reading, {}), PressureState::kNormal);
  reading.limit_bytes = 0;
  EXPECT_EQ(StateOf(reading, {}), PressureState::kCritical);
}

TEST_F(MemoryPressureTest, ATriggerSaysWhatTheKernelExpects) {
  tree_.Write(kPsi, PsiText("0.00"));
  ASSERT_TRUE(pressure_.Init(Options()));
  const int fd = pressure_.OpenTrigger(150000, 2000000);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  const std::string expected("some 150000 2000000\0", 20);
  EXPECT_EQ(tree_.Content(kPsi).substr(0, expected.size()), expected);
}

TEST_F(MemoryPressureTest, WithoutPsiThereIsNoTrigger) {
  tree_.WriteMemInfo(1000, 500);
  ASSERT_TRUE(pressure_.Init(Options()));
  errno = 0;
  EXPECT_EQ(pressure_.OpenTrigger(150000, 2000000), -1);
  EXPECT_EQ(errno, ENOENT);
  tree_.Write(kPsi, PsiText("0.00"));
  ASSERT_TRUE(pressure_.Init(Options()));
  tree_.Remove(kPsi);
  EXPECT_EQ(pressure_.OpenTrigger(150000, 2000000), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(MemoryPressureTest,
       DescriptorsAreClosedByInitByTheNextTriggerAndAtTheEnd) {
  tree_.WriteMemInfo(1000, 500);
  tree_.UseV2("/pod/db");
  tree_.WriteV2("/pod", "1000", "max", 100);
  tree_.WriteV2("/pod/db", "1000", "max", 100);
  tree_.Write(kPsi, PsiText("0.00"));
  const size_t before = OpenDescriptors();
  {
    MemoryPressure pressure;
    ASSERT_TRUE(pressure.Init(Options()));
    const size_t open = OpenDescriptors();
    // Four of each level, and those of the machine.
    EXPECT_EQ(open, before + 4 + 4 + 2);
    ASSERT_GE(pressure.OpenTrigger(150000, 2000000), 0);
    tree_.Write(kPsi, PsiText("0.00"));
    ASSERT_GE(pressure.OpenTrigger(150000, 2000000), 0);
    EXPECT_EQ(OpenDescriptors(), open + 1);
    tree_.Write(kPsi, PsiText("0.00"));
    ASSERT_TRUE(pressure.Init(Options()));
    EXPECT_EQ(OpenDescriptors(), open);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(MemoryPressureOnThisMachine, ReadsNumbersThatCanBe) {
  MemoryPressure pressure;
  if (!pressure.Init({})) GTEST_SKIP() << "nothing to read here";
  const PressureReading reading = pressure.Read();
  if (reading.source != PressureSource::kNone) {
    EXPECT_GT(reading.limit_bytes, uint64_t{1} << 20);
    EXPECT_GT(reading.used_bytes, 0u);
  }
  EXPECT_LE(reading.psi_some_avg10_hundredths, 10000u);
  errno = 0;
  const int fd = pressure.OpenTrigger(200000, 2000000);
  if (fd < 0) {
    EXPECT_NE(errno, 0);
  }
}

}  // namespace
}  // namespace acre::allocator
