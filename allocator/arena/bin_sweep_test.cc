// Pages given back inside slabs that live, and put back into use.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "allocator/arena/bin.h"
#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

using testing::OsCall;

class BinSweepTest : public ::testing::TestWithParam<size_t> {
 protected:
  BinSweepTest() : arena_(&shared_) { bin_.Init(ClassOf(GetParam())); }
  ~BinSweepTest() override {
    bin_.Verify();
    arena_.pages.ForEachActive([this](const Extent& e) { bin_.VerifySlab(e); });
    Give(&out_);
  }

  // Takes `n` regions, each filled with its own byte.
  void Take(size_t n) {
    std::vector<void*> batch(64);
    for (size_t left = n; left > 0;) {
      const size_t got = bin_.Allocate(&arena_.pages, batch.data(),
                                       std::min(left, batch.size()), &failure_);
      if (got == 0) break;
      for (size_t i = 0; i < got; ++i) {
        memset(batch[i], ByteOf(batch[i]), size_);
        out_.push_back(batch[i]);
      }
      left -= got;
    }
  }
  void Give(std::vector<void*>* regions) {
    const Bin::FreeResult result = bin_.Free(&arena_.pages, shared_.extents,
                                             regions->data(), regions->size());
    EXPECT_EQ(result.double_frees, 0u);
    regions->clear();
  }
  // Frees all but one on some three pages.
  void ThinOut() { Thin(std::max<size_t>(8, 3 * kPageSize / size_)); }
  // Frees all but one in `keep`.
  void Thin(size_t keep) {
    std::mt19937 random(7);
    std::shuffle(out_.begin(), out_.end(), random);
    const size_t kept = out_.size() / keep;
    std::vector<void*> gone(out_.begin() + static_cast<ptrdiff_t>(kept),
                            out_.end());
    out_.resize(kept);
    Give(&gone);
  }
  PageCount Sweep(PageCount least = PageCount(UINT64_MAX)) {
    bool over;
    return bin_.Sweep(&arena_.pages, least, &over);
  }
  static int ByteOf(const void* p) {
    return static_cast<int>(reinterpret_cast<uintptr_t>(p) >> 4 & 255);
  }
  void ExpectContents() {
    for (const void* p : out_) {
      const auto* bytes = static_cast<const unsigned char*>(p);
      ASSERT_TRUE(std::all_of(bytes, bytes + size_,
                              [p](unsigned char c) { return c == ByteOf(p); }));
    }
  }
  void Verify() {
    bin_.Verify();
    arena_.pages.Verify();
    arena_.pages.ForEachActive([this](const Extent& e) { bin_.VerifySlab(e); });
  }

  const size_t size_ = GetParam();
  TestSupply shared_;
  TestPages arena_;
  Bin bin_;
  std::vector<void*> out_;
  PageFailure failure_ = PageFailure::kNone;
};

INSTANTIATE_TEST_SUITE_P(Sizes, BinSweepTest,
                         ::testing::Values(16, 48, 320, 512, 1024, 3584, 4096,
                                           5120, 12288));

TEST_P(BinSweepTest, FreePagesGoAndWhatLivesStays) {
  Take(6000);
  arena_.pages.Purge(PageCount(UINT64_MAX));
  ThinOut();
  const uint64_t charged = arena_.quota.charged();
  const PageAllocator::Sizes before = arena_.pages.sizes();
  const PageCount gone = Sweep();
  EXPECT_GT(gone, PageCount(0));
  Verify();
  ExpectContents();
  EXPECT_EQ(arena_.quota.charged(), charged - gone.bytes());
  const PageAllocator::Sizes after = arena_.pages.sizes();
  EXPECT_EQ(after.active, before.active - gone.bytes());
  EXPECT_EQ(after.retained, before.retained + gone.bytes());
  EXPECT_EQ(bin_.sizes().released_bytes, gone.bytes());
  // A second sweep finds nothing more.
  EXPECT_EQ(Sweep(), PageCount(0));
  EXPECT_EQ(Sweep(), PageCount(0));
}

TEST_P(BinSweepTest, WithheldRegionsComeBackBeforeAnySlabIsMade) {
  Take(6000);
  const uint64_t slabs = bin_.sizes().slabs;
  std::vector<void*> all = out_;
  std::sort(all.begin(), all.end());
  ThinOut();
  const uint64_t left = bin_.sizes().slabs;
  Sweep();
  Take(bin_.sizes().regions - out_.size());
  EXPECT_EQ(bin_.sizes().slabs, left);
  EXPECT_EQ(bin_.sizes().released_bytes, 0u);
  EXPECT_LE(left, slabs);
  // No region is out twice.
  EXPECT_EQ(std::set<void*>(out_.begin(), out_.end()).size(), out_.size());
  ExpectContents();
  Verify();
}

TEST_P(BinSweepTest, AFreeOfAWithheldRegionIsADoubleFree) {
  Take(2000);
  std::vector<void*> gone(out_.begin() + 8, out_.end());
  out_.resize(8);
  std::vector<void*> again = gone;
  Give(&gone);
  Sweep();
  for (void* p : again) {
    EXPECT_EQ(bin_.Free(&arena_.pages, shared_.extents, &p, 1).double_frees,
              1u);
  }
  Verify();
}

TEST_P(BinSweepTest, ASlabThatEmptiesAfterItsPagesWentGoesWholly) {
  Take(4000);
  ThinOut();
  Sweep();
  Give(&out_);
  EXPECT_LE(bin_.sizes().slabs, 1u);
  Verify();
  bin_.ReleaseSpares(&arena_.pages);
  EXPECT_EQ(bin_.sizes().slabs, 0u);
  EXPECT_EQ(arena_.active(), 0u);
  Verify();
}

TEST_P(BinSweepTest, AtALimitWithheldRegionsComeBackOneByOne) {
  Take(9000);
  arena_.pages.Purge(PageCount(UINT64_MAX));
  ThinOut();
  ASSERT_GT(Sweep(), PageCount(0));
  arena_.pages.Purge(PageCount(UINT64_MAX));
  // Room for what one region touches, and no more.
  const size_t touches = (size_ + 2 * kPageSize - 2) / kPageSize;
  arena_.quota.set_limit(arena_.quota.charged() + touches * kPageSize);
  const size_t before = out_.size();
  Take(100000);
  EXPECT_GT(out_.size(), before);
  EXPECT_EQ(failure_, PageFailure::kArenaLimit);
  EXPECT_LE(arena_.quota.charged(), arena_.quota.limit());
  ExpectContents();
  Verify();
}

TEST_P(BinSweepTest, PagesThatTheSystemRefusesStayInUse) {
  Take(9000);
  ThinOut();
  shared_.os.FailSometimes(0.5, 3, OsCall::kPurge);
  Sweep();
  Sweep();
  Verify();
  // And a slab whose rest does not go either becomes dirty as a whole.
  shared_.os.FailFrom(0, OsCall::kPurge);
  Give(&out_);
  bin_.ReleaseSpares(&arena_.pages);
  shared_.os.FailNever();
  EXPECT_EQ(bin_.sizes().slabs, 0u);
  EXPECT_EQ(arena_.active(), 0u);
  Verify();
}

TEST_P(BinSweepTest, DiscardingTakesReleasedPagesAlong) {
  Take(9000);
  ThinOut();
  Sweep();
  out_.clear();
  bin_.DiscardAll();
  arena_.pages.DiscardAll();
  EXPECT_EQ(arena_.active(), 0u);
  arena_.pages.Verify();
}

TEST_P(BinSweepTest, SweepingBesideAllocationLosesNothing) {
  std::atomic<bool> stop{false};
  std::thread sweeper([&] {
    while (!stop.load()) Sweep(PageCount(3));
  });
  std::mt19937 random(5);
  for (int round = 0; round < 30; ++round) {
    Take(400 + random() % 400);
    ExpectContents();
    Thin(1 + random() % 10);
  }
  stop = true;
  sweeper.join();
  ExpectContents();
  EXPECT_EQ(std::set<void*>(out_.begin(), out_.end()).size(), out_.size());
}

}  // namespace
}  // namespace acre::allocator
