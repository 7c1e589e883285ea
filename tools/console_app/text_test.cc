#include "tools/console_app/text.h"

#include <gtest/gtest.h>

namespace acre::console {
namespace {

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(Printable("tenant-7 / Größe 中文"), "tenant-7 / Größe 中文");
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, TakesTheTeethOutOfEscapes) {
  EXPECT_EQ(Printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(Printable("a\r\nb\t\x7f"), "a\\x0d\\x0ab\\x09\\x7f");
  EXPECT_EQ(Printable("\xC2\x9B"), "\\xc2\\x9b");           // C1: CSI
  EXPECT_EQ(Printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // right to left
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(Printable("\xFF\xFE"), "\\xff\\xfe");
  EXPECT_EQ(Printable("\xC3"), "\\xc3");                    // cut off
  EXPECT_EQ(Printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(Printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(Printable("\xF5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Größe"), 5u);
  EXPECT_EQ(DisplayWidth("中文"), 4u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);  // e, combining acute
}

TEST(CutToWidth, MarksWhatWasCut) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 5), "abcd~");
  EXPECT_EQ(CutToWidth("abcdef", 1), "~");
  EXPECT_EQ(CutToWidth("abcdef", 0), "");
  EXPECT_EQ(CutToWidth("中文字", 4), "中~");
  EXPECT_EQ(CutToWidth("中文字", 5), "中文~");
}

TEST(PrintableJson, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(PrintableJson("{\"a\":\"caf\xc3\xa9\"}\n"),
            "{\"a\":\"caf\xc3\xa9\"}\n");
  EXPECT_EQ(PrintableJson("\xc2\x9b\x32J\x1b[m\xe2\x80\xae"),
            "\\u009b2J\\u001b[m\\u202e");
  EXPECT_EQ(PrintableJson("\xff"), "\\ufffd");
}

TEST(CutPaintedToWidth, CodesTakeNoRoom) {
  EXPECT_EQ(CutPaintedToWidth("\x1b[1mabcdef\x1b[0m", 3), "\x1b[1mabc\x1b[0m");
  EXPECT_EQ(CutPaintedToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutPaintedToWidth("ab\x1b[2mcd\x1b[0mef", 5),
            "ab\x1b[2mcd\x1b[0me");
  EXPECT_EQ(CutPaintedToWidth("\xe4\xb8\xad\xe4\xb8\xad", 3), "\xe4\xb8\xad");
  EXPECT_EQ(CutPaintedToWidth("a\x1b[", 3), "a\x1b[");
}

}  // namespace
}  // namespace acre::console
