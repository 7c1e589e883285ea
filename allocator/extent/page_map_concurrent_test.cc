#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "allocator/extent/page_map.h"
#include "allocator/os/os.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

constexpr size_t kUnit = PageMap::kRangeAlignment;
constexpr uintptr_t kLeafCovers = uintptr_t{64} << 30;

uintptr_t RangeBase(size_t i) { return (i + 1) * kLeafCovers - kUnit; }

// The entry that names its address, so that a reader can tell a wrong one.
PageEntry EntryFor(uintptr_t address) {
  return PageEntry::Make(
      1, static_cast<uint32_t>((address >> kPageShift) & 0xfffffff), 3, 0);
}

// Adds, fills, clears and removes ranges over and over.
void ChangeRanges(PageMap* map, size_t first, size_t step) {
  for (int round = 0; round < 20; ++round) {
    for (size_t i = first; i < 16; i += step) {
      const uintptr_t base = RangeBase(i);
      ASSERT_TRUE(map->AddRange(base, 2 * kUnit));
      for (uintptr_t at = base; at < base + 2 * kUnit; at += 16 * kPageSize) {
        map->Set(at, EntryFor(at));
      }
      for (uintptr_t at = base; at < base + 2 * kUnit; at += 16 * kPageSize) {
        map->Set(at, PageEntry());
      }
      map->RemoveRange(base, 2 * kUnit);
    }
  }
}

TEST(PageMapConcurrentTest, AReaderSeesAnEntryOrNothing) {
  PageMap map;
  ASSERT_TRUE(map.Init(LinuxOs::Get()));
  const size_t before = map.metadata_bytes();
  std::atomic<bool> done{false};
  std::thread reader([&] {
    const PageMap::View view = map.view();
    while (!done.load(std::memory_order_acquire)) {
      for (size_t i = 0; i < 17; ++i) {
        for (size_t page = 0; page < 1024; page += 8) {
          const uintptr_t at = RangeBase(i) + page * kPageSize;
          const PageEntry entry = view.Lookup(at + 123);
          if (!entry.empty()) {
            ASSERT_EQ(entry.raw(), EntryFor(at).raw());
          }
        }
      }
    }
  });
  std::thread writer(ChangeRanges, &map, 1, 2);
  ChangeRanges(&map, 0, 2);
  writer.join();
  done.store(true, std::memory_order_release);
  reader.join();
  EXPECT_EQ(map.metadata_bytes(), before);
}

}  // namespace
}  // namespace acre::allocator
