#include "tools/console_app/shell/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/console_app/commands/command_table.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FakeNames : public NameSource {
 public:
  std::vector<std::string> Arenas() override {
    return {"tenant-2", "system", "tenant-1", "my tenant", "bad\x1b"};
  }
  std::vector<std::string> Controls(std::string_view) override {
    return {"version", "stats.allocated"};
  }
};

std::vector<std::string> Texts(std::string_view line) {
  FakeNames names;
  std::vector<std::string> texts;
  for (const Candidate& one : Complete(AllCommands(), line, names).candidates) {
    texts.push_back(one.text);
  }
  return texts;
}

TEST(Complete, OffersCommandsAndNouns) {
  const auto first = Texts("");
  EXPECT_THAT(first, AllOf(Contains("arena"), Contains("top"), Contains("ps")));
  EXPECT_EQ(std::count(first.begin(), first.end(), "arena"), 1);
  EXPECT_THAT(Texts("gov"), ElementsAre("governor"));
  EXPECT_THAT(Texts("nothing-such"), IsEmpty());
}

TEST(Complete, OffersTheVerbsOfANoun) {
  EXPECT_THAT(Texts("arena "), AllOf(Contains("list"), Contains("purge")));
  EXPECT_THAT(Texts("arena sh"), ElementsAre("show"));
  EXPECT_THAT(Texts("snapshot "), ElementsAre("save", "diff"));
}

TEST(Complete, OffersArenasInOrderButNoneThatCannotBePrinted) {
  EXPECT_THAT(Texts("arena show "),
              ElementsAre("my tenant", "system", "tenant-1", "tenant-2"));
  EXPECT_THAT(Texts("bins ten"), ElementsAre("tenant-1", "tenant-2"));
  EXPECT_THAT(Texts("bins \"my t"), ElementsAre("my tenant"));
  EXPECT_THAT(Texts("bins tenant-1 "), IsEmpty());
}

TEST(Complete, OffersTheFlagsOfTheCommandAndTheirValues) {
  EXPECT_THAT(Texts("arena purge x --"),
              AllOf(Contains("--yes"), Contains("--mode"), Contains("--help"),
                    Not(Contains("--limit"))));
  EXPECT_THAT(Texts("arena purge x --mode "),
              ElementsAre("unused", "idle", "everything"));
  EXPECT_THAT(Texts("arena purge --mode idle ten"),
              ElementsAre("tenant-1", "tenant-2"));
  EXPECT_THAT(Texts("arena list --limit "), IsEmpty());
}

TEST(Complete, HelpTakesACommand) {
  EXPECT_THAT(Texts("help ar"), ElementsAre("arena"));
  EXPECT_THAT(Texts("help arena p"), ElementsAre("purge"));
  EXPECT_THAT(Texts("help arena purge "), IsEmpty());
}

TEST(Complete, SaysWhereTheWordBegins) {
  FakeNames names;
  EXPECT_EQ(Complete(AllCommands(), "arena show ten", names).start, 11u);
  EXPECT_EQ(Complete(AllCommands(), "bins \"my", names).start, 5u);
}

TEST(InlineHelp, ExplainsWhatMayFollow) {
  FakeNames names;
  EXPECT_THAT(InlineHelp(AllCommands(), "", names),
              AllOf(HasSubstr("overview"), HasSubstr("arena")));
  EXPECT_THAT(InlineHelp(AllCommands(), "arena ", names),
              AllOf(HasSubstr("list"), HasSubstr("largest first")));
  EXPECT_THAT(InlineHelp(AllCommands(), "arena purge ", names),
              AllOf(HasSubstr("arena purge NAME"), HasSubstr("--mode"),
                    HasSubstr("tenant-1")));
  EXPECT_THAT(InlineHelp(AllCommands(), "nonsense ", names),
              HasSubstr("nothing more"));
}

TEST(CommonPrefix, NeverCutsACharacter) {
  EXPECT_EQ(CommonPrefix({}), "");
  EXPECT_EQ(CommonPrefix({{"tenant-1", ""}, {"tenant-2", ""}}), "tenant-");
  EXPECT_EQ(CommonPrefix({{"a", ""}, {"b", ""}}), "");
  EXPECT_EQ(CommonPrefix({{"x\xc3\xa9", ""}, {"x\xc3\xa8", ""}}), "x");
  EXPECT_EQ(CommonPrefix({{"x", ""}, {"x\xc3\xa8", ""}}), "x");
}

}  // namespace
}  // namespace acre::console
