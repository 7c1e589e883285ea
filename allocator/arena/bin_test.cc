#include "allocator/arena/bin.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "allocator/page/page_allocator_test_heap.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

// The first slab of this class is one page of eight regions.
constexpr size_t kSize = 512;

// GCC's sanitizers do not give what is on the stack a cache line's alignment.
std::unique_ptr<Bin> NewBin(ClassIndex size_class) {
  auto bin = std::make_unique<Bin>();
  bin->Init(size_class);
  return bin;
}

class BinTest : public ::testing::Test {
 protected:
  BinTest() : arena_(&shared_) { bin_.Init(ClassOf(kSize)); }
  ~BinTest() override { bin_.Verify(); }

  std::vector<void*> Take(Bin* bin, size_t wanted) {
    std::vector<void*> out(wanted);
    out.resize(bin->Allocate(&arena_.pages, out.data(), wanted, &failure_));
    return out;
  }
  std::vector<void*> Take(size_t wanted) { return Take(&bin_, wanted); }
  void* TakeOne() { return Take(1).at(0); }
  // As many as wanted, in batches of at most one slab.
  std::vector<void*> TakeAll(Bin* bin, size_t wanted) {
    std::vector<void*> all;
    while (all.size() < wanted) {
      const std::vector<void*> some = Take(bin, wanted - all.size());
      if (some.empty()) break;
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }
  Bin::FreeResult Give(Bin* bin, const std::vector<void*>& regions) {
    return bin->Free(&arena_.pages, shared_.extents, regions.data(),
                     regions.size());
  }
  Bin::FreeResult Give(const std::vector<void*>& regions) {
    return Give(&bin_, regions);
  }
  const Extent* SlabOf(const void* region) const {
    return shared_.extents.Find(reinterpret_cast<uintptr_t>(region));
  }

  TestSupply shared_;
  TestPages arena_;
  Bin bin_;
  PageFailure failure_ = PageFailure::kNone;
};

TEST_F(BinTest, ANewBinHoldsNothing) {
  const Bin::Sizes sizes = bin_.sizes();
  EXPECT_EQ(sizes.slabs, 0u);
  EXPECT_EQ(sizes.regions, 0u);
  EXPECT_EQ(bin_.size_class(), ClassOf(kSize));
  EXPECT_EQ(Raw(bin_.size_class()), 16u);
}

TEST_F(BinTest, ABatchIsInTheOrderOfAddressesLowestLast) {
  const std::vector<void*> batch = Take(8);
  ASSERT_EQ(batch.size(), 8u);
  const uintptr_t base = SlabOf(batch[0])->base;
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(batch[i]), base + (7 - i) * kSize);
  }
}

TEST_F(BinTest, RegionsOfEveryClassLieApartAndWithinTheirSlab) {
  for (uint8_t c = 0; c < kSmallClasses; ++c) {
    const std::unique_ptr<Bin> own = NewBin(ClassIndex{c});
    Bin& bin = *own;
    const size_t size = ClassSize(ClassIndex{c});
    const SlabShape& first = GeometryOf(ClassIndex{c}).shapes[0];
    std::vector<void*> regions = TakeAll(&bin, 2 * first.regions + 1);
    ASSERT_EQ(regions.size(), 2 * first.regions + 1u);
    std::sort(regions.begin(), regions.end());
    for (size_t i = 0; i < regions.size(); ++i) {
      const uintptr_t at = reinterpret_cast<uintptr_t>(regions[i]);
      const Extent* slab = SlabOf(regions[i]);
      ASSERT_EQ(slab->size_class, ClassIndex{c});
      ASSERT_EQ((at - slab->base) % size, 0u);
      ASSERT_LE(at + size, slab->end());
      if (i > 0) {
        ASSERT_GE(at, reinterpret_cast<uintptr_t>(regions[i - 1]) + size);
      }
    }
    bin.Verify();
    EXPECT_EQ(Give(&bin, regions).double_frees, 0u);
    bin.Verify();
    bin.ReleaseSpares(&arena_.pages);
    EXPECT_EQ(bin.sizes().slabs, 0u);
  }
  EXPECT_EQ(arena_.active(), 0u);
}

TEST_F(BinTest, ASlabIsMadeOnlyWhenThereIsNoFreeRegionAtAll) {
  const size_t per_slab = GeometryOf(ClassOf(kSize)).shapes[0].regions;
  EXPECT_EQ(Take(per_slab - 3).size(), per_slab - 3);
  EXPECT_EQ(Take(10).size(), 3u);
  EXPECT_EQ(bin_.sizes().slabs, 1u);
  EXPECT_EQ(Take(1).size(), 1u);
  EXPECT_EQ(bin_.sizes().slabs, 2u);
}

TEST_F(BinTest, TheOpenSlabAtTheLowestAddressIsUsedFirst) {
  std::vector<void*> regions = TakeAll(&bin_, 200);
  std::sort(regions.begin(), regions.end());
  ASSERT_NE(SlabOf(regions[50]), SlabOf(regions[150]));
  ASSERT_NE(SlabOf(regions[0]), SlabOf(regions[50]));
  // Out of order; they come back in the order of addresses.
  Give({regions[150]});
  Give({regions[0]});
  Give({regions[50]});
  EXPECT_EQ(TakeOne(), regions[0]);
  EXPECT_EQ(TakeOne(), regions[50]);
  EXPECT_EQ(TakeOne(), regions[150]);
}

TEST_F(BinTest, ARegionGoingBackAndForthTakesNoSlabWithIt) {
  for (int i = 0; i < 10; ++i) Give({TakeOne()});
  EXPECT_EQ(bin_.sizes().slabs_created, 1u);
  EXPECT_EQ(bin_.sizes().slabs, 1u);
}

TEST_F(BinTest, OneEmptySlabStaysAndFurtherOnesGoBack) {
  const std::vector<void*> regions = TakeAll(&bin_, 500);
  const uint64_t slabs = bin_.sizes().slabs;
  ASSERT_GE(slabs, 3u);
  Give(regions);
  EXPECT_EQ(bin_.sizes().slabs, 1u);
  EXPECT_EQ(bin_.sizes().regions_out, 0u);
  EXPECT_EQ(arena_.active() * kPageSize, bin_.sizes().slab_bytes);
  bin_.ReleaseSpares(&arena_.pages);
  EXPECT_EQ(bin_.sizes().slabs, 0u);
  EXPECT_EQ(arena_.active(), 0u);
  EXPECT_EQ(bin_.sizes().slabs_created, slabs);
}

TEST_F(BinTest, ADoubleFreeIsLeftAloneAndReported) {
  const std::vector<void*> regions = Take(8);
  Bin::FreeResult result = Give({regions[3]});
  EXPECT_EQ(result.double_frees, 0u);
  EXPECT_EQ(result.double_frees, 0u);
  result = Give({regions[1], regions[3], regions[2], regions[3]});
  EXPECT_EQ(result.double_frees, 2u);
  EXPECT_EQ(result.listed[0], regions[3]);
  EXPECT_EQ(bin_.sizes().regions_out, 5u);
}

TEST_F(BinTest, ADoubleFreeWithinTheBatchThatEmptiesTheSlabIsSeen) {
  const std::vector<void*> spare = TakeAll(&bin_, 65);
  std::vector<void*> all = spare;
  all.push_back(spare[0]);
  all.push_back(spare[64]);
  EXPECT_EQ(Give(all).double_frees, 2u);
  EXPECT_EQ(bin_.sizes().slabs, 1u);
}

TEST_F(BinTest, AFreeAfterTheSlabIsGoneIsADoubleFree) {
  void* region = TakeOne();
  Give({region});
  bin_.ReleaseSpares(&arena_.pages);
  EXPECT_EQ(Give({region}).double_frees, 1u);
  EXPECT_EQ(bin_.sizes().regions_out, 0u);
}

TEST_F(BinTest, TheTailOfASlabIsNoRegion) {
  for (uint8_t c = 0; c < kSmallClasses; ++c) {
    const SlabShape& shape = GeometryOf(ClassIndex{c}).shapes[0];
    const size_t size = ClassSize(ClassIndex{c});
    if (shape.pages * kPageSize - shape.regions * size == 0) continue;
    const std::unique_ptr<Bin> own = NewBin(ClassIndex{c});
    Bin& bin = *own;
    const std::vector<void*> one = Take(&bin, 1);
    void* const tail =
        reinterpret_cast<void*>(SlabOf(one[0])->base + shape.regions * size);
    EXPECT_EQ(Give(&bin, {tail}).double_frees, 1u) << size;
    Give(&bin, one);
    bin.ReleaseSpares(&arena_.pages);
  }
}

TEST_F(BinTest, ATinyTenantPaysForOnePageAndAGreatOneRefillsRarely) {
  const std::unique_ptr<Bin> own = NewBin(ClassOf(64));
  Bin& bin = *own;
  Take(&bin, 1);
  EXPECT_EQ(bin.sizes().slab_bytes, kPageSize);
  TakeAll(&bin, 100000);
  // Slabs of 64, 64, 128, 256 regions, then of 512.
  EXPECT_LE(bin.sizes().slabs, 4 + 100000u / 512 + 1);
  EXPECT_LE(bin.sizes().regions, 100001u + 512u);
  bin.Verify();
}

TEST_F(BinTest, ASlabAtMostDoublesTheBin) {
  for (uint8_t c = 0; c < kSmallClasses; ++c) {
    const std::unique_ptr<Bin> own = NewBin(ClassIndex{c});
    Bin& bin = *own;
    const SlabGeometry& geometry = GeometryOf(ClassIndex{c});
    uint64_t before = 0;
    for (int slab = 0; slab < 12; ++slab) {
      const std::vector<void*> batch = Take(&bin, kMaxSlabRegions);
      if (slab > 0) {
        EXPECT_LE(batch.size(),
                  std::max<uint64_t>(before, geometry.shapes[0].regions));
      }
      before += batch.size();
      EXPECT_EQ(bin.sizes().regions, before);
    }
  }
}

TEST_F(BinTest, AtALimitASmallSlabIsTriedBeforeTheRefusal) {
  TakeAll(&bin_, 2000);
  const uint64_t charged = arena_.quota.charged();
  ASSERT_EQ(GeometryOf(ClassOf(kSize)).shapes[0].pages, 1);
  arena_.quota.set_limit(charged + 2 * kPageSize);
  const size_t left = bin_.sizes().regions - bin_.sizes().regions_out;
  const std::vector<void*> got = TakeAll(&bin_, left + 100);
  EXPECT_GE(got.size(), left + 8);
  EXPECT_LT(got.size(), left + 100);
  EXPECT_EQ(failure_, PageFailure::kArenaLimit);
  EXPECT_LE(arena_.quota.charged(), charged + 2 * kPageSize);
}

TEST_F(BinTest, DiscardingForgetsEverySlab) {
  TakeAll(&bin_, 300);
  bin_.DiscardAll();
  arena_.pages.DiscardAll();
  const Bin::Sizes sizes = bin_.sizes();
  EXPECT_EQ(sizes.slabs + sizes.slab_bytes + sizes.regions + sizes.regions_out,
            0u);
  EXPECT_EQ(Take(4).size(), 4u);
}

TEST_F(BinTest, CountsBatches) {
  const std::vector<void*> regions = Take(5);
  Take(1);
  Give(regions);
  const Bin::Sizes sizes = bin_.sizes();
  EXPECT_EQ(sizes.fills, 2u);
  EXPECT_EQ(sizes.flushes, 1u);
  EXPECT_EQ(sizes.regions_out, 1u);
}

TEST_F(BinTest, RandomBatchesAgreeWithASet) {
  std::mt19937 random(23);
  std::set<void*> out;
  for (int step = 0; step < 1000; ++step) {
    if (random() % 2 == 0 || out.empty()) {
      for (void* region : Take(random() % 50 + 1)) {
        ASSERT_TRUE(out.insert(region).second) << "handed out twice";
      }
    } else {
      std::vector<void*> batch;
      for (auto at = out.begin(); at != out.end() && batch.size() < 40;) {
        const bool take = random() % 3 == 0;
        if (take) batch.push_back(*at);
        at = take ? out.erase(at) : std::next(at);
      }
      std::shuffle(batch.begin(), batch.end(), random);
      ASSERT_EQ(Give(batch).double_frees, 0u);
    }
    ASSERT_EQ(bin_.sizes().regions_out, out.size());
    if (step % 20 == 0) bin_.Verify();
  }
}

}  // namespace
}  // namespace acre::allocator
