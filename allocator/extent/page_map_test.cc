#include "allocator/extent/page_map.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "testing/fake_os.h"

namespace acre::allocator {
namespace {

using testing::FakeOs;
using testing::OsCall;

// The map describes addresses; nothing needs to lie there.
constexpr size_t kUnit = PageMap::kRangeAlignment;
constexpr uintptr_t kLeafCovers = uintptr_t{64} << 30;
constexpr uintptr_t kBase = 16 * kLeafCovers;
constexpr uintptr_t kEndOfAddresses = uintptr_t{1} << kAddressBits;

constexpr uint32_t kMostTag = (uint32_t{1} << 22) - 1;
constexpr uint32_t kMostIndex = (uint32_t{1} << 28) - 1;

PageEntry SomeEntry(uint32_t index) { return PageEntry::Make(1, index, 0, 0); }

TEST(PageEntryTest, KeepsWhatItWasMadeOf) {
  for (uint32_t tag : {1u, 2u, 4096u, kMostTag}) {
    for (uint32_t index : {0u, 1u, 31u, 32u, 12345678u, kMostIndex}) {
      for (size_t shown : {size_t{0}, size_t{35}, kUncachedClass}) {
        for (size_t page : {size_t{0}, size_t{1}, kMaxSlabPages - 1}) {
          const PageEntry entry = PageEntry::Make(tag, index, shown, page);
          EXPECT_FALSE(entry.empty());
          EXPECT_EQ(entry.owner_tag(), tag);
          EXPECT_EQ(entry.extent_index(), index);
          EXPECT_EQ(entry.shown_class(), shown);
          EXPECT_EQ(entry.shifted_class(), shown << PageEntry::kClassShift);
          EXPECT_EQ(entry.OffsetInSlab(0x7fff12345678),
                    page * kPageSize + 0x678);
          EXPECT_EQ(PageEntry(entry.raw()).raw(), entry.raw());
        }
      }
    }
  }
}

TEST(PageEntryTest, TheEmptyEntryIsNobodys) {
  EXPECT_TRUE(PageEntry().empty());
  EXPECT_EQ(PageEntry().owner_tag(), 0u);
}

class PageMapTest : public ::testing::Test {
 protected:
  PageMapTest() { EXPECT_TRUE(map_.Init(&os_)); }

  FakeOs os_;
  PageMap map_;
};

TEST_F(PageMapTest, AnyAddressMayBeLookedUp) {
  ASSERT_TRUE(map_.AddRange(kBase, kUnit));
  map_.Set(kBase, SomeEntry(7));
  for (uintptr_t address :
       {uintptr_t{0}, uintptr_t{1}, kBase - 1, kBase + kPageSize, kBase + kUnit,
        kBase + kLeafCovers, kEndOfAddresses - 1, kEndOfAddresses,
        uintptr_t{1} << 63, UINTPTR_MAX}) {
    EXPECT_TRUE(map_.Get(address).empty()) << std::hex << address;
  }
  EXPECT_EQ(map_.Get(kBase).extent_index(), 7u);
  EXPECT_EQ(map_.Get(kBase + kPageSize - 1).extent_index(), 7u);
}

TEST_F(PageMapTest, ADefaultViewKnowsNoAddress) {
  constexpr PageMap::View kView;
  for (uintptr_t address : {uintptr_t{0}, kBase, UINTPTR_MAX}) {
    EXPECT_TRUE(kView.Lookup(address).empty());
  }
}

TEST_F(PageMapTest, AViewSeesRangesThatAreAddedLater) {
  const PageMap::View view = map_.view();
  EXPECT_TRUE(view.Lookup(kBase).empty());
  ASSERT_TRUE(map_.AddRange(kBase, kUnit));
  map_.Set(kBase, SomeEntry(9));
  EXPECT_EQ(view.Lookup(kBase).extent_index(), 9u);
}

TEST_F(PageMapTest, RangesMayCrossLeaves) {
  const uintptr_t base = 3 * kLeafCovers - 2 * kUnit;
  const size_t size = kLeafCovers + 4 * kUnit;
  ASSERT_TRUE(map_.AddRange(base, size));
  const std::vector<uintptr_t> addresses = {base,
                                            3 * kLeafCovers - kPageSize,
                                            3 * kLeafCovers,
                                            4 * kLeafCovers - kPageSize,
                                            4 * kLeafCovers,
                                            base + size - kPageSize};
  for (uint32_t i = 0; i < addresses.size(); ++i) {
    map_.Set(addresses[i], SomeEntry(i + 1));
  }
  for (uint32_t i = 0; i < addresses.size(); ++i) {
    EXPECT_EQ(map_.Get(addresses[i]).extent_index(), i + 1);
    map_.Set(addresses[i], PageEntry());
  }
  map_.RemoveRange(base, size);
}

TEST_F(PageMapTest, TheFirstAndTheLastAddressesHaveEntries) {
  ASSERT_TRUE(map_.AddRange(0, kUnit));
  ASSERT_TRUE(map_.AddRange(kEndOfAddresses - kUnit, kUnit));
  map_.Set(0, SomeEntry(1));
  map_.Set(kEndOfAddresses - 1, SomeEntry(2));
  EXPECT_EQ(map_.Get(0).extent_index(), 1u);
  EXPECT_EQ(map_.Get(kEndOfAddresses - kPageSize).extent_index(), 2u);
}

TEST_F(PageMapTest, RangesBeyondTheAddressesAreRefused) {
  const size_t before = map_.metadata_bytes();
  EXPECT_FALSE(map_.AddRange(kEndOfAddresses - kUnit, 2 * kUnit));
  EXPECT_FALSE(map_.AddRange(kEndOfAddresses, kUnit));
  EXPECT_EQ(map_.metadata_bytes(), before);
}

TEST_F(PageMapTest, MetadataIsTheRootAndEightBytesAPageOfItsRanges) {
  const size_t root = map_.metadata_bytes();
  EXPECT_EQ(root, PageMap::kRootEntries * sizeof(void*));
  ASSERT_TRUE(map_.AddRange(kBase, 3 * kUnit));
  EXPECT_EQ(map_.metadata_bytes(), root + 3 * kPageSize);
  ASSERT_TRUE(map_.AddRange(kBase + 5 * kUnit, kUnit));
  EXPECT_EQ(map_.metadata_bytes(), root + 4 * kPageSize);
  map_.RemoveRange(kBase, 3 * kUnit);
  EXPECT_EQ(map_.metadata_bytes(), root + kPageSize);
  map_.RemoveRange(kBase + 5 * kUnit, kUnit);
  EXPECT_EQ(map_.metadata_bytes(), root);
  EXPECT_EQ(os_.calls(OsCall::kPurge), 2u);
}

TEST_F(PageMapTest, ARangeCanBeAddedAgain) {
  for (uint32_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(map_.AddRange(kBase, kUnit));
    EXPECT_TRUE(map_.Get(kBase).empty());
    map_.Set(kBase, SomeEntry(round));
    EXPECT_EQ(map_.Get(kBase).extent_index(), round);
    map_.Set(kBase, PageEntry());
    map_.RemoveRange(kBase, kUnit);
    EXPECT_TRUE(map_.Get(kBase).empty());
  }
}

TEST_F(PageMapTest, OutOfMemoryChangesNothing) {
  const size_t before = map_.metadata_bytes();
  os_.FailFrom(0, OsCall::kReserve);
  EXPECT_FALSE(map_.AddRange(kBase, kUnit));
  os_.FailFrom(0, OsCall::kCommit);
  EXPECT_FALSE(map_.AddRange(kBase, kUnit));
  os_.FailNth(1, OsCall::kCommit);  // The second leaf's part.
  EXPECT_FALSE(map_.AddRange(kLeafCovers - kUnit, 3 * kUnit));
  EXPECT_EQ(map_.metadata_bytes(), before);
  EXPECT_TRUE(map_.Get(kBase).empty());
  EXPECT_TRUE(map_.Get(kLeafCovers - kUnit).empty());
  os_.FailNever();
  EXPECT_TRUE(map_.AddRange(kBase, kUnit));
  EXPECT_TRUE(map_.AddRange(kLeafCovers - kUnit, 3 * kUnit));
}

TEST(PageMapInitTest, FailsWithoutMemoryAndLeavesNothing) {
  FakeOs os;
  {
    PageMap without_leaf;
    os.FailFrom(0, OsCall::kReserve);
    EXPECT_FALSE(without_leaf.Init(&os));
    PageMap without_root;
    os.FailFrom(0, OsCall::kMap);
    EXPECT_FALSE(without_root.Init(&os));
  }
  EXPECT_EQ(os.mapped_bytes(), 0u);
}

TEST(PageMapInitTest, ADestroyedMapLeavesNoAddressSpace) {
  FakeOs os;
  {
    PageMap map;
    ASSERT_TRUE(map.Init(&os));
    ASSERT_TRUE(map.AddRange(kBase, kUnit));
    ASSERT_TRUE(map.AddRange(2 * kBase, 2 * kLeafCovers));
  }
  EXPECT_EQ(os.mapped_bytes(), 0u);
}

TEST(PageMapDeathTest, RangesMustBeAligned) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  PageMap map;
  ASSERT_TRUE(map.Init(LinuxOs::Get()));
  EXPECT_DEATH(map.AddRange(kBase + kPageSize, kUnit), "check failed");
  EXPECT_DEATH(map.AddRange(kBase, kUnit + kPageSize), "check failed");
}

}  // namespace
}  // namespace acre::allocator
