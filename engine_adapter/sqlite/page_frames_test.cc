#include "engine_adapter/sqlite/page_frames.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "engine_adapter/memory_service.h"
#include "gtest/gtest.h"

namespace acre::sqlite {
namespace {

class PageFramesTest : public testing::Test {
 protected:
  PageFramesTest() : service_(std::move(MemoryService::Create({})).value()) {
    ArenaOptions options;
    options.name = "tenant";
    arena_ = std::move(service_->CreateArena(options)).value();
  }

  std::unique_ptr<MemoryService> service_;
  Arena arena_;
};

TEST_F(PageFramesTest, OneFrameTakesOneSizeClass) {
  PageFrames frames(arena_.ref(), 4096 + 256);
  void* frame = frames.Allocate();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frames.block_bytes(), 5120u);
  frames.Free(frame);
  EXPECT_EQ(frames.block_bytes(), 0u);
}

TEST_F(PageFramesTest, ManyFramesWasteLittle) {
  for (size_t page_bytes : {1024, 4096, 8192, 16384, 65536}) {
    const size_t frame_bytes = page_bytes + 256;
    PageFrames frames(arena_.ref(), frame_bytes);
    std::vector<void*> all;
    for (int i = 0; i < 1000; ++i) all.push_back(frames.Allocate());
    const size_t used = all.size() * frame_bytes;
    EXPECT_LE(frames.block_bytes(), used + used / 12) << page_bytes;
    for (void* frame : all) frames.Free(frame);
    EXPECT_EQ(frames.block_bytes(), 0u);
  }
}

TEST_F(PageFramesTest, FramesAreApartAndAligned) {
  PageFrames frames(arena_.ref(), 515);
  std::mt19937 random(5);
  std::vector<std::pair<unsigned char*, unsigned char>> held;
  for (int step = 0; step < 20000; ++step) {
    if (held.size() < 300 && random() % 2 == 0) {
      auto* frame = static_cast<unsigned char*>(frames.Allocate());
      ASSERT_NE(frame, nullptr);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(frame) % 8, 0u);
      const auto filler = static_cast<unsigned char>(random());
      std::memset(frame, filler, 515);
      held.emplace_back(frame, filler);
    } else if (!held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      const auto [frame, filler] = held.back();
      for (int i = 0; i < 515; ++i) ASSERT_EQ(frame[i], filler);
      frames.Free(frame);
      held.pop_back();
    }
    ASSERT_TRUE(step % 100 != 0 || frames.Verify());
  }
  for (const auto& [frame, filler] : held) frames.Free(frame);
  EXPECT_EQ(frames.block_bytes(), 0u);
  EXPECT_TRUE(arena_.Destroy(DestroyPolicy::kFailIfAllocated).ok());
}

TEST_F(PageFramesTest, ARefusalLeavesTheFramesAsTheyWere) {
  ASSERT_TRUE(arena_.SetHardLimit(1 << 20).ok());
  PageFrames frames(arena_.ref(), 4096 + 256);
  std::vector<void*> all;
  while (void* frame = frames.Allocate()) all.push_back(frame);
  EXPECT_GT(all.size(), 180u);
  EXPECT_TRUE(frames.Verify());
  frames.Free(all.back());
  EXPECT_EQ(frames.Allocate(), all.back());
  for (void* frame : all) frames.Free(frame);
}

}  // namespace
}  // namespace acre::sqlite
