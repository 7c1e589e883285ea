#include "tools/console_app/shell/command_line.h"

#include <gtest/gtest.h>

namespace acre::console {
namespace {

using Words = std::vector<std::string>;

Words MustSplit(std::string_view line) {
  const auto words = SplitLine(line);
  EXPECT_TRUE(words.ok()) << words.status();
  return words.ok() ? *words : Words();
}

TEST(SplitLine, BlanksSeparateWords) {
  EXPECT_EQ(MustSplit(""), Words());
  EXPECT_EQ(MustSplit("  \t"), Words());
  EXPECT_EQ(MustSplit(" arena  show\ttenant-7 "),
            (Words{"arena", "show", "tenant-7"}));
}

TEST(SplitLine, QuotesHoldWordsTogether) {
  EXPECT_EQ(MustSplit(R"(a "b c" 'd "e"' f\ g "")"),
            (Words{"a", "b c", "d \"e\"", "f g", ""}));
  EXPECT_EQ(MustSplit(R"(arena."x.y".hard_limit)"),
            Words{"arena.x.y.hard_limit"});
  EXPECT_EQ(MustSplit(R"('arena."x.y".hard_limit')"),
            Words{R"(arena."x.y".hard_limit)"});
}

TEST(SplitLine, AnOpenQuoteIsAnError) {
  for (const char* line : {"\"a", "'a", "a \"b c", "a 'b\\'"}) {
    EXPECT_EQ(SplitLine(line).ok(), std::string_view(line) == "a 'b\\'")
        << line;
  }
}

TEST(SplitPartial, TellsTheWordAtTheCursor) {
  const PartialLine in_word = SplitPartial("arena sh");
  EXPECT_EQ(in_word.words, Words{"arena"});
  EXPECT_EQ(in_word.last, "sh");
  EXPECT_EQ(in_word.last_start, 6u);
  const PartialLine between = SplitPartial("arena ");
  EXPECT_EQ(between.last, "");
  EXPECT_EQ(between.last_start, 6u);
  const PartialLine quoted = SplitPartial("bins \"my ten");
  EXPECT_EQ(quoted.last, "my ten");
  EXPECT_EQ(quoted.last_start, 5u);
  EXPECT_TRUE(quoted.open_quote);
}

TEST(QuoteWord, IsUndoneBySplitLine) {
  for (const char* word : {"tenant-7", "", "a b", "say \"hi\"", "back\\slash",
                           "it's", "what?", "caf\xc3\xa9", "-x"}) {
    EXPECT_EQ(MustSplit(QuoteWord(word)), Words{word});
  }
  EXPECT_EQ(QuoteWord("tenant-7"), "tenant-7");
}

}  // namespace
}  // namespace acre::console
