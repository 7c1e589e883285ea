#include "allocator/base/text_buffer.h"

#include <unistd.h>

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

TEST(TextBufferTest, StartsEmptyAndTerminated) {
  TextBuffer<8> text;
  EXPECT_EQ(text.view(), "");
  EXPECT_STREQ(text.c_str(), "");
}

TEST(TextBufferTest, AppendsInTurn) {
  TextBuffer<64> text;
  text.Append("arena ").AppendDecimal(7).Append(" at ").AppendHex(0xabc);
  EXPECT_EQ(text.view(), "arena 7 at 0xabc");
  EXPECT_STREQ(text.c_str(), "arena 7 at 0xabc");
}

TEST(TextBufferTest, CutsWhatDoesNotFitAndStaysTerminated) {
  char storage[9];
  storage[8] = '#';  // Not the sink's.
  TextSink text(storage, 8);
  text.Append("0123").Append("456789").Append("x").AppendDecimal(12345);
  EXPECT_EQ(text.view(), "0123456");
  EXPECT_EQ(storage[7], '\0');
  EXPECT_EQ(storage[8], '#');
}

TEST(TextBufferTest, WritesDecimalsOfAnySize) {
  const struct {
    uint64_t value;
    const char* text;
  } kRows[] = {{0, "0"},
               {9, "9"},
               {10, "10"},
               {4294967296, "4294967296"},
               {UINT64_MAX, "18446744073709551615"}};
  for (const auto& row : kRows) {
    TextBuffer<32> text;
    text.AppendDecimal(row.value);
    EXPECT_EQ(text.view(), row.text);
  }
}

TEST(TextBufferTest, WritesHexWithoutLeadingZeros) {
  const struct {
    uint64_t value;
    const char* text;
  } kRows[] = {{0, "0x0"},
               {15, "0xf"},
               {16, "0x10"},
               {0x7f0000001000, "0x7f0000001000"},
               {UINT64_MAX, "0xffffffffffffffff"}};
  for (const auto& row : kRows) {
    TextBuffer<32> text;
    text.AppendHex(row.value);
    EXPECT_EQ(text.view(), row.text);
  }
}

TEST(TextBufferTest, WritesBytesReadablyAndExactly) {
  const struct {
    uint64_t bytes;
    const char* text;
  } kRows[] = {{0, "0 B"},
               {1536, "1536 B"},
               {4095, "4095 B"},
               {4096, "4 KiB"},
               {4097, "4.0 KiB (4097 B)"},
               {65536, "64 KiB"},
               {67108864, "64 MiB"},
               {66977792, "63.8 MiB (66977792 B)"},
               {uint64_t{5} << 30, "5 GiB"},
               {uint64_t{4} << 40, "4 TiB"},
               {uint64_t{1} << 63, "8192 PiB"},
               {UINT64_MAX, "16383.9 PiB (18446744073709551615 B)"}};
  for (const auto& row : kRows) {
    TextBuffer<64> text;
    text.AppendBytes(row.bytes);
    EXPECT_EQ(text.view(), row.text) << row.bytes;
  }
}

TEST(TextBufferTest, WritesItselfToADescriptor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  TextBuffer<32> text;
  text.Append("one line\n").WriteTo(ends[1]);
  char got[32] = "";
  EXPECT_EQ(read(ends[0], got, sizeof(got)), 9);
  EXPECT_EQ(std::string(got), "one line\n");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace acre::allocator
