#include "allocator/arena/pressure.h"

#include <cstdint>
#include <string>

#include "allocator/base/text_buffer.h"
#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

std::string Line(PressureLevel level) {
  TextBuffer<256> text;
  AppendPressure(text, {.arena_name = "tenant-7",
                        .arena_index = 8,
                        .arena_generation = 21,
                        .level = level,
                        .limit_bytes = uint64_t{64} << 20,
                        .charged_bytes = 66977792,
                        .wanted_bytes = uint64_t{1} << 20});
  return std::string(text.view());
}

TEST(PressureTest, ALineNamesArenaLimitChargedAndWanted) {
  EXPECT_EQ(Line(PressureLevel::kHard),
            "arena \"tenant-7\": hard limit 64 MiB, charged 63.8 MiB "
            "(66977792 B), wanted 1024 KiB\n");
}

TEST(PressureTest, TheFourLimitsAreToldApart) {
  const std::string numbers =
      " 64 MiB, charged 63.8 MiB (66977792 B), wanted 1024 KiB\n";
  EXPECT_EQ(Line(PressureLevel::kSoft),
            "arena \"tenant-7\": soft limit" + numbers);
  EXPECT_EQ(Line(PressureLevel::kTotalSoft),
            "arena \"tenant-7\": service soft limit" + numbers);
  EXPECT_EQ(Line(PressureLevel::kTotal),
            "arena \"tenant-7\": service hard limit" + numbers);
}

TEST(PressureTest, ALineThatDoesNotFitIsCut) {
  TextBuffer<16> text;
  AppendPressure(text, {.arena_name = "tenant-7"});
  EXPECT_EQ(text.view(), "arena \"tenant-7");
}

}  // namespace
}  // namespace acre::allocator
