// Diseases that the kernel's view shows, and a process that has none.

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>

#include "tools/console_app/doctor/disease_fixture.h"

namespace acre::console::doctor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Address space that is none of Acre's.
class Foreign {
 public:
  Foreign(size_t bytes, int protection)
      : bytes_(bytes),
        address_(mmap(nullptr, bytes, protection,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Foreign() { munmap(address_, bytes_); }
  char* data() const { return static_cast<char*>(address_); }

 private:
  size_t bytes_;
  void* address_;
};

TEST_F(DiseaseTest, AHealthyProcessIsTakenForOne) {
  Start();
  std::vector<Tcache> open;
  arenas_.reserve(8);
  for (int i = 0; i < 8; ++i) {
    Arena& arena = AddArena(
        {.name = "tenant-" + std::to_string(i), .hard_limit_bytes = 64 * kMiB});
    void* large = arena.Allocate(4 * kMiB);
    memset(large, 1, 4 * kMiB);
    Tcache tcache = arena.OpenTcache();
    std::vector<void*> regions;
    for (int j = 0; j < 5000; ++j) {
      regions.push_back(tcache.Allocate(16 + j % 500));
      memset(regions.back(), 1, 16);
    }
    for (size_t j = 0; j < regions.size(); j += 4) {
      tcache.Deallocate(regions[j]);
    }
    if (i % 2 == 0) open.push_back(std::move(tcache));
  }
  const Diagnosis diagnosis = Examine();
  EXPECT_THAT(diagnosis.findings, IsEmpty()) << text_;
  EXPECT_THAT(diagnosis.not_looked_at, IsEmpty()) << text_;
  EXPECT_EQ(diagnosis.looked_at.size(), AllRules().size());
  EXPECT_THAT(text_, HasSubstr("healthy: nothing found"));
}

TEST_F(DiseaseTest, MemoryIsNotAcres) {
  Start();
  const size_t bytes = 300 * kMiB;
  const Foreign foreign(bytes, PROT_READ | PROT_WRITE);
  for (size_t i = 0; i < bytes; i += 4096) foreign.data()[i] = 1;
  const auto found = FindingsOf(Examine(), "foreign");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_GE(found[0].value, static_cast<double>(bytes));
  EXPECT_THAT(found[0].commands, Contains(StartsWith("pmap -x ")));
}

TEST_F(DiseaseTest, HugepagesHoldWhatSparseArenasDoNot) {
  Start();
  Arena& arena = AddArena(
      {.name = "tenant-7", .memory = {.hugepages = HugepageMode::kAlways}});
  constexpr size_t kBuffer = 256 << 10;
  std::vector<void*> buffers;
  for (int i = 0; i < 256; ++i) buffers.push_back(arena.Allocate(kBuffer));
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (i % 8 != 0) arena.Deallocate(buffers[i]);
  }
  ASSERT_TRUE(arena.Purge().ok());
  // Each touch brings the pages around it, which are nobody's.
  for (size_t i = 0; i < buffers.size(); i += 8) {
    memset(buffers[i], 1, kBuffer);
  }
  const Diagnosis diagnosis = Examine();
  if (evidence_.kernel.service.huge_backed == 0) {
    GTEST_SKIP() << "the kernel gave no hugepages";
  }
  const auto found = FindingsOf(diagnosis, "thp-inflation");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_GE(found[0].value, 16.0 * kMiB);
  EXPECT_THAT(found[0].evidence, Contains(StartsWith("tenant-7: in memory ")));
  EXPECT_THAT(found[0].remedy, HasSubstr("kNever"));
  // Purging reaches what arenas hold, not what lies beside it.
  ASSERT_TRUE(arena.Purge().ok());
  EXPECT_EQ(FindingsOf(Examine(), "thp-inflation").size(), 1u) << text_;
  ASSERT_TRUE(arena.Destroy(DestroyPolicy::kDiscard).ok());
  EXPECT_THAT(FindingsOf(Examine(), "thp-inflation"), IsEmpty()) << text_;
}

TEST_F(DiseaseTest, HugepagesAreAskedForAndDoNotCome) {
  Start();
  ASSERT_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
  Arena& arena = AddArena(
      {.name = "tenant-7", .memory = {.hugepages = HugepageMode::kAlways}});
  for (int i = 0; i < 64; ++i) memset(arena.Allocate(kMiB), 1, kMiB);
  const auto found = FindingsOf(Examine(), "hugepage-coverage");
  ASSERT_EQ(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].value, 0);
  EXPECT_THAT(found[0].commands, Contains(HasSubstr("tenant-7")));
  EXPECT_THAT(found[0].commands, Contains(HasSubstr(".collapse")));
}

TEST_F(DiseaseTest, MappingsAreNearlyAsManyAsTheKernelAllows) {
  Start();
  Examine();
  const uint64_t most = evidence_.kernel.process.most_mappings;
  ASSERT_GT(most, 0u);
  // Where it allows millions, some tens of thousands must do.
  const uint64_t wanted = std::min<uint64_t>(most * 85 / 100, 60'000);
  Thresholds thresholds;
  thresholds.many_mappings =
      std::min(thresholds.many_mappings,
               0.9 * static_cast<double>(wanted) / static_cast<double>(most));
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const Foreign foreign(wanted * page, PROT_NONE);
  for (size_t i = 0; i < wanted; i += 2) {
    ASSERT_EQ(mprotect(foreign.data() + i * page, page, PROT_READ), 0) << i;
  }
  const auto found = FindingsOf(Examine(thresholds), "mappings");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_GE(found[0].value, static_cast<double>(wanted) * 0.99);
}

TEST_F(DiseaseTest, AddressSpaceGrowsOutsideOfAcre) {
  Start();
  std::unique_ptr<Foreign> foreign;
  const auto found = FindingsOf(
      Examine(
          {},
          [&] { foreign = std::make_unique<Foreign>(2 * kGiB, PROT_NONE); }),
      "process-growth");
  ASSERT_EQ(found.size(), 1u) << text_;
  EXPECT_GE(found[0].value, 1.9 * kGiB);
}

}  // namespace
}  // namespace acre::console::doctor
