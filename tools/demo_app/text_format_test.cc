#include "tools/demo_app/text_format.h"

#include <limits>

#include "gtest/gtest.h"

namespace acre::demo {
namespace {

TEST(TextFormatTest, GroupsByThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(std::numeric_limits<uint64_t>::max()),
            "18,446,744,073,709,551,615");
}

TEST(TextFormatTest, BytesHaveBinaryUnits) {
  EXPECT_EQ(BytesText(0), "0");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(BytesText(16 << 20), "16.0 MiB");
  EXPECT_EQ(BytesText(uint64_t{250} << 30), "250 GiB");
  EXPECT_EQ(BytesText(std::numeric_limits<uint64_t>::max()), "16.0 EiB");
}

TEST(TextFormatTest, TimesKeepTwoDigits) {
  EXPECT_EQ(MicrosecondsText(0), "0.0 us");
  EXPECT_EQ(MicrosecondsText(8.19), "8.2 us");
  EXPECT_EQ(MicrosecondsText(9.96), "10 us");
  EXPECT_EQ(MicrosecondsText(999.7), "1.0 ms");
  EXPECT_EQ(MicrosecondsText(18874), "19 ms");
  EXPECT_EQ(MicrosecondsText(1.7e6), "1.7 s");
  EXPECT_EQ(MicrosecondsText(36e6), "36 s");
}

}  // namespace
}  // namespace acre::demo
