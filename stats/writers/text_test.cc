#include "stats/writers/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace acre::stats {
namespace {

TEST(TextTest, AppendsOneAfterTheOther) {
  FixedText<64> text;
  text.Append("a").Append('b').Number(0).Append(" ").Number(UINT64_MAX);
  EXPECT_EQ(text.view(), "ab0 18446744073709551615");
  text.Clear();
  text.Signed(-1).Append(' ').Signed(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(text.view(), "-1 -9223372036854775808");
}

TEST(TextTest, DecimalsAreRoundedAndNeverNonsense) {
  struct Case {
    double value;
    int digits;
    std::string_view expected;
  };
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const Case& one : {Case{0, 3, "0.000"},
                          {1.5, 0, "2"},
                          {0.0005, 3, "0.001"},
                          {0.0004, 3, "0.000"},
                          {12.3456, 3, "12.346"},
                          {0.999, 2, "1.00"},
                          {-2.5, 1, "-2.5"},
                          {-0.0001, 2, "0.00"},
                          {1e9, 9, "1000000000.000000000"},
                          {none, 3, "0.000"},
                          {1e300, 3, "0.000"}}) {
    FixedText<64> text;
    EXPECT_EQ(text.Decimal(one.value, one.digits).view(), one.expected);
  }
}

TEST(TextTest, NanosecondsAreShownAsSeconds) {
  FixedText<64> text;
  text.Seconds(0).Append(' ').Seconds(1'000'000'007).Append(' ');
  text.Seconds(UINT64_MAX);
  EXPECT_EQ(text.view(), "0.000000000 1.000000007 18446744073.709551615");
}

TEST(TextTest, ColumnsAreFilledUpAndNeverCut) {
  FixedText<128> text;
  text.NumberColumn(7, 3).Append('|').SignedColumn(-7, 4).Append('|');
  text.DecimalColumn(0.5, 1, 5).Append('|').LeftColumn("ab", 4).Append('|');
  text.RightColumn("abc", 2).Append('|').RightColumn("ö", 3).Append('|');
  EXPECT_EQ(text.view(), "  7|  -7|  0.5|ab  |abc|  ö|");
}

TEST(TextTest, WhatDoesNotFitIsLeftOutFromThereOn) {
  char buffer[4];
  Text text(buffer, sizeof(buffer));
  text.Append("abc");
  EXPECT_FALSE(text.overflowed());
  EXPECT_EQ(text.room(), 1u);
  text.Append("de");
  EXPECT_TRUE(text.overflowed());
  EXPECT_EQ(text.view(), "abcd");
  text.Clear();
  EXPECT_FALSE(text.overflowed());
  EXPECT_EQ(text.Append("xyz").view(), "xyz");
}

TEST(TextTest, NothingFollowsAGap) {
  char buffer[4];
  Text text(buffer, sizeof(buffer));
  text.JsonEscaped("abc\"d");
  EXPECT_TRUE(text.overflowed());
  text.Append("d");
  EXPECT_LE(text.size(), 4u);
  EXPECT_EQ(text.view(), "abc\\");
}

TEST(TextTest, JsonIsQuoted) {
  FixedText<64> text;
  text.JsonEscaped(std::string_view("a\"b\\c\n\x01\x7f\0", 9));
  EXPECT_EQ(text.view(), "a\\\"b\\\\c\\u000a\\u0001\\u007f\\u0000");
}

TEST(TextTest, LabelsAreQuoted) {
  FixedText<64> text;
  text.LabelEscaped("a\"b\\c\nd\té");
  EXPECT_EQ(text.view(), "a\\\"b\\\\c\\nd\té");
}

TEST(TextTest, PrintableTextDoesNotMoveTheCursor) {
  FixedText<64> text;
  text.Printable("a\x1b[2J\xffß");
  EXPECT_EQ(text.view(), "a\xEF\xBF\xBD[2J\xEF\xBF\xBDß");
}

TEST(TextTest, Utf8IsJudgedAsUnicodeDoes) {
  EXPECT_EQ(Utf8CharacterBytes("a"), 1u);
  EXPECT_EQ(Utf8CharacterBytes("é!"), 2u);
  EXPECT_EQ(Utf8CharacterBytes("€"), 3u);
  EXPECT_EQ(Utf8CharacterBytes("\xF0\x9F\x98\x80"), 4u);
  for (const char* wrong :
       {"\x80", "\xC0\x80", "\xC3", "\xED\xA0\x80", "\xE0\x80\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xE2\x82", ""}) {
    EXPECT_EQ(Utf8CharacterBytes(wrong), 0u) << wrong;
  }
}

// Whatever bytes come in, characters come out.
TEST(TextTest, OutputIsAlwaysUtf8) {
  std::string bytes;
  for (unsigned seed = 1, i = 0; i < 5000; ++i) {
    seed = seed * 1103515245 + 12345;
    bytes.push_back(static_cast<char>(seed >> 16));
  }
  FixedText<40'000> text;
  text.JsonEscaped(bytes).LabelEscaped(bytes).Printable(bytes);
  ASSERT_FALSE(text.overflowed());
  for (std::string_view left = text.view(); !left.empty();) {
    const size_t character = Utf8CharacterBytes(left);
    ASSERT_NE(character, 0u);
    left.remove_prefix(character);
  }
}

}  // namespace
}  // namespace acre::stats
