#include "tools/console_app/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace acre::console {
namespace {

TEST(ParseBytes, TakesWhatFormatBytesGivesAndWhatPeopleType) {
  EXPECT_EQ(ParseBytes("4096"), 4096u);
  EXPECT_EQ(ParseBytes("0"), 0u);
  EXPECT_EQ(ParseBytes("none"), 0u);
  EXPECT_EQ(ParseBytes("64MiB"), 64u << 20);
  EXPECT_EQ(ParseBytes("64 MiB"), 64u << 20);
  EXPECT_EQ(ParseBytes("64M"), 64u << 20);
  EXPECT_EQ(ParseBytes("64mb"), 64u << 20);
  EXPECT_EQ(ParseBytes("1.5g"), uint64_t{3} << 29);
  EXPECT_EQ(ParseBytes("100 B"), 100u);
  EXPECT_EQ(ParseBytes("18446744073709551615"), UINT64_MAX);
  for (const char* text :
       {"", "x", "-1", "1 mile", "MiB", "64MM", "1e3", "nan", "inf",
        "18446744073709551616", "99999E", "0x10", "1,000", " 1"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
}

TEST(CountOf, OneIsNotMany) {
  EXPECT_EQ(CountOf(0, "arena"), "0 arenas");
  EXPECT_EQ(CountOf(1, "arena"), "1 arena");
  EXPECT_EQ(CountOf(1234, "arena"), "1,234 arenas");
}

TEST(FormatBytes, KeepsOneDecimalOfABinaryUnit) {
  const auto human = [](uint64_t bytes) {
    return FormatBytes(bytes, ByteStyle::kHuman);
  };
  EXPECT_EQ(human(0), "0 B");
  EXPECT_EQ(human(1023), "1023 B");
  EXPECT_EQ(human(1024), "1.0 KiB");
  EXPECT_EQ(human(1536), "1.5 KiB");
  EXPECT_EQ(human(uint64_t{64} << 20), "64.0 MiB");
  EXPECT_EQ(human(uint64_t{3} << 40), "3.0 TiB");
  EXPECT_EQ(human(std::numeric_limits<uint64_t>::max()), "16.0 EiB");
}

TEST(FormatBytes, RoundsUpIntoTheNextUnit) {
  EXPECT_EQ(FormatBytes(1024 * 1024 - 1, ByteStyle::kHuman), "1.0 MiB");
  EXPECT_EQ(FormatBytes(1023 * 1024, ByteStyle::kHuman), "1023.0 KiB");
}

TEST(FormatBytes, ExactIsADecimalNumberAndNothingElse) {
  EXPECT_EQ(FormatBytes(1234567, ByteStyle::kExact), "1234567");
  EXPECT_EQ(
      FormatBytes(std::numeric_limits<uint64_t>::max(), ByteStyle::kExact),
      "18446744073709551615");
}

TEST(FormatByteChange, HasASign) {
  EXPECT_EQ(FormatByteChange(0, ByteStyle::kHuman), "0 B");
  EXPECT_EQ(FormatByteChange(2048, ByteStyle::kHuman), "+2.0 KiB");
  EXPECT_EQ(FormatByteChange(-2048, ByteStyle::kHuman), "-2.0 KiB");
  EXPECT_EQ(FormatByteChange(-7, ByteStyle::kExact), "-7");
  EXPECT_EQ(
      FormatByteChange(std::numeric_limits<int64_t>::min(), ByteStyle::kExact),
      "-9223372036854775808");
}

TEST(FormatCount, GroupsByThousands) {
  EXPECT_EQ(FormatCount(0, ByteStyle::kHuman), "0");
  EXPECT_EQ(FormatCount(999, ByteStyle::kHuman), "999");
  EXPECT_EQ(FormatCount(1000, ByteStyle::kHuman), "1,000");
  EXPECT_EQ(FormatCount(1234567, ByteStyle::kHuman), "1,234,567");
  EXPECT_EQ(FormatCount(1234567, ByteStyle::kExact), "1234567");
}

TEST(FormatRate, KeepsThreeDigits) {
  EXPECT_EQ(FormatRate(0), "0");
  EXPECT_EQ(FormatRate(-1), "0");
  EXPECT_EQ(FormatRate(0.25), "0.25");
  EXPECT_EQ(FormatRate(9.999), "10.0");
  EXPECT_EQ(FormatRate(12.34), "12.3");
  EXPECT_EQ(FormatRate(123.4), "123");
  EXPECT_EQ(FormatRate(1234567.8), "1,234,568");
}

TEST(FormatUptime, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(FormatUptime(0.9), "0 s");
  EXPECT_EQ(FormatUptime(59), "59 s");
  EXPECT_EQ(FormatUptime(61), "1 min 1 s");
  EXPECT_EQ(FormatUptime(3 * 3600 + 120), "3 h 2 min");
  EXPECT_EQ(FormatUptime(5 * 86400 + 7200), "5 d 2 h");
}

TEST(FormatCost, ChoosesTheUnit) {
  EXPECT_EQ(FormatCost(0.2), "0 us");
  EXPECT_EQ(FormatCost(850), "850 us");
  EXPECT_EQ(FormatCost(999.7), "1.0 ms");
  EXPECT_EQ(FormatCost(12345), "12.3 ms");
  EXPECT_EQ(FormatCost(1234567), "1.2 s");
}

TEST(FormatShare, IsOnlyFullWhenItIsFull) {
  EXPECT_EQ(FormatShare(1, 0), "-");
  EXPECT_EQ(FormatShare(0, 10), "0%");
  EXPECT_EQ(FormatShare(1, 1000), "<1%");
  EXPECT_EQ(FormatShare(500, 1000), "50%");
  EXPECT_EQ(FormatShare(999, 1000), ">99%");
  EXPECT_EQ(FormatShare(1000, 1000), "100%");
  EXPECT_EQ(FormatShare(1200, 1000), "120%");
}

}  // namespace
}  // namespace acre::console
