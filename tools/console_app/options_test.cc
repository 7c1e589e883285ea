#include "tools/console_app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/console_app/commands/command_table.h"
#include "tools/console_app/help.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Arguments = std::vector<std::string>;

Options MustParse(const Arguments& arguments) {
  const auto parsed = ParseOptions(AllCommands(), arguments);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *parsed : Options();
}

std::string MustFail(const Arguments& arguments) {
  const auto parsed = ParseOptions(AllCommands(), arguments);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status()));
  return static_cast<std::string>(parsed.status().message());
}

// What the command line runs.
std::string CommandOf(const Arguments& arguments) {
  const Options options = MustParse(arguments);
  return options.command == nullptr ? "" : std::string(options.command->name);
}

const CommandSpec& Named(std::string_view name) {
  const CommandSpec* command = FindCommand(AllCommands(), name);
  EXPECT_NE(command, nullptr) << name;
  return *command;
}

TEST(ParseOptions, KnowsTheCommandsNounFirst) {
  EXPECT_EQ(CommandOf({"arena", "list"}), "arena list");
  EXPECT_EQ(CommandOf({"arena", "show", "a"}), "arena show");
  EXPECT_EQ(CommandOf({"arena", "purge", "a", "--yes"}), "arena purge");
  EXPECT_EQ(CommandOf({"bins", "a"}), "bins");
  EXPECT_EQ(CommandOf({"top"}), "top");
  EXPECT_EQ(CommandOf({"governor"}), "governor");
  EXPECT_EQ(CommandOf({"hooks"}), "hooks");
  EXPECT_EQ(CommandOf({"ps"}), "ps");
  EXPECT_EQ(CommandOf({"help"}), "help");
}

TEST(ParseOptions, KnowsTheOldSpellings) {
  EXPECT_EQ(CommandOf({"arenas"}), "arena list");
  EXPECT_EQ(CommandOf({"arena", "tenant-7"}), "arena show");
  EXPECT_EQ(MustParse({"arena", "tenant-7"}).arguments, Arguments{"tenant-7"});
  EXPECT_EQ(CommandOf({"purge", "a", "--yes"}), "arena purge");
  // An arena of that name is reached by the full spelling.
  EXPECT_EQ(MustParse({"arena", "show", "list"}).arguments, Arguments{"list"});
}

TEST(ParseOptions, NamesAreUnique) {
  for (const CommandSpec& one : AllCommands()) {
    EXPECT_EQ(&Named(one.name), &one) << one.name;
    if (!one.alias.empty()) {
      EXPECT_EQ(&Named(one.alias), &one) << one.alias;
    }
  }
}

TEST(ParseOptions, NothingIsTheFirstScreen) {
  const Options options = MustParse({});
  EXPECT_EQ(options.command->name, kDefaultCommand);
  EXPECT_TRUE(options.implied);
  EXPECT_TRUE(MustParse({"--json"}).json);
  EXPECT_FALSE(MustParse({"overview"}).implied);
}

TEST(ParseOptions, FlagsMayStandAnywhere) {
  for (const Arguments& arguments : {Arguments{"--pid", "42", "arena", "a"},
                                     Arguments{"arena", "--pid=42", "a"},
                                     Arguments{"arena", "a", "--pid", "42"}}) {
    const Options options = MustParse(arguments);
    EXPECT_EQ(options.command->name, "arena show");
    EXPECT_EQ(options.arguments, Arguments{"a"});
    EXPECT_EQ(options.pid, 42);
  }
}

TEST(ParseOptions, ReadsEveryFlag) {
  const Options top =
      MustParse({"top", "--socket", "/x", "--json", "--interval", "0.5",
                 "--count", "3", "--limit", "7"});
  EXPECT_EQ(top.socket, "/x");
  EXPECT_TRUE(top.json);
  EXPECT_EQ(top.interval, std::chrono::milliseconds(500));
  EXPECT_EQ(top.count, 3u);
  EXPECT_EQ(top.limit, 7u);
  EXPECT_EQ(MustParse({"arenas", "--bytes"}).bytes, ByteStyle::kExact);
  EXPECT_TRUE(MustParse({"purge", "a", "--yes"}).yes);
}

TEST(ParseOptions, PurgeTakesAModeAndNoOtherThanThereAre) {
  EXPECT_EQ(MustParse({"purge", "a", "--yes"}).mode, PurgeMode::kEverything);
  EXPECT_EQ(MustParse({"purge", "a", "--yes", "--mode", "unused"}).mode,
            PurgeMode::kUnused);
  EXPECT_EQ(MustParse({"purge", "a", "--yes", "--mode=idle"}).mode,
            PurgeMode::kIdle);
  for (const char* mode : {"all", "", "Idle"}) {
    EXPECT_THAT(MustFail({"purge", "a", "--yes", "--mode", mode}),
                HasSubstr("unused, idle, everything"));
  }
  EXPECT_THAT(MustFail({"arena", "a", "--mode", "idle"}),
              HasSubstr("means nothing"));
}

TEST(ParseOptions, NamesThatLookLikeFlagsFollowTwoDashes) {
  EXPECT_EQ(MustParse({"arena", "--", "--pid"}).arguments, Arguments{"--pid"});
  EXPECT_EQ(MustParse({"arena", "-"}).arguments, Arguments{"-"});
}

TEST(ParseOptions, SpellingMistakesGetASuggestion) {
  EXPECT_THAT(MustFail({"arnas"}), HasSubstr("did you mean arenas?"));
  EXPECT_THAT(MustFail({"arenas", "--jsn"}), HasSubstr("did you mean --json?"));
  EXPECT_THAT(MustFail({"help", "purg"}), HasSubstr("did you mean purge?"));
  EXPECT_THAT(MustFail({"arena", "pruge", "tenant-7"}),
              HasSubstr("did you mean arena purge?"));
}

TEST(ParseOptions, ArgumentsAreCounted) {
  EXPECT_THAT(MustFail({"bins"}), HasSubstr("needs an arena's name"));
  EXPECT_THAT(MustFail({"arena", "show"}), HasSubstr("needs an arena's name"));
  EXPECT_THAT(MustFail({"arena"}),
              AllOf(HasSubstr("arena list"), HasSubstr("arena purge")));
  MustFail({"arena", ""});
  MustFail({"arena", "a", "b"});
  MustFail({"arena", "show", "a", "b"});
  MustFail({"arenas", "a"});
  MustFail({"top", "a"});
  MustFail({"governor", "a"});
  MustFail({"hooks", "a"});
}

TEST(ParseOptions, ValuesAreChecked) {
  for (const Arguments& arguments : {Arguments{"top", "--interval", "0"},
                                     {"top", "--interval", "nan"},
                                     {"top", "--interval", "1s"},
                                     {"top", "--interval", "3601"},
                                     {"top", "--interval"},
                                     {"top", "--interval="},
                                     {"top", "--count", "0"},
                                     {"top", "--count", "-1"},
                                     {"top", "--count", "x"},
                                     {"arenas", "--limit", "0"},
                                     {"arenas", "--pid", "0"},
                                     {"arenas", "--pid", "x"},
                                     {"arenas", "--pid", "99999999999"},
                                     {"arenas", "--socket", ""},
                                     {"arenas", "--json=1"}}) {
    MustFail(arguments);
  }
}

TEST(ParseOptions, FlagsThatMeanNothingToTheCommandAreRefused) {
  EXPECT_THAT(MustFail({"arenas", "--yes"}), HasSubstr("means nothing"));
  MustFail({"arena", "a", "--limit", "3"});
  MustFail({"arenas", "--count", "3"});
  MustFail({"ps", "--pid", "3"});
  MustFail({"help", "--json"});
}

TEST(ParseOptions, ContradictionsAreRefused) {
  MustFail({"arenas", "--pid", "3", "--socket", "/x"});
  MustFail({"arenas", "--json", "--bytes"});
  MustFail({"arenas", "--csv", "--bytes"});
  MustFail({"arenas", "--csv", "--json"});
}

TEST(ParseOptions, PurgeWantsToBeAskedTwice) {
  EXPECT_THAT(MustFail({"purge", "tenant-7"}),
              AllOf(HasSubstr("--yes"), HasSubstr("page faults")));
}

TEST(ParseOptions, HelpNeedsNothingElseToBeRight) {
  EXPECT_TRUE(MustParse({"--help"}).wants_help);
  EXPECT_TRUE(MustParse({"-h"}).wants_help);
  const Options purge = MustParse({"purge", "--help"});
  EXPECT_TRUE(purge.wants_help);
  EXPECT_EQ(purge.command->name, "arena purge");
}

TEST(Help, MentionsEveryCommandAndFlag) {
  const std::string help = GeneralHelp(AllCommands());
  for (const CommandSpec& spec : AllCommands()) {
    EXPECT_THAT(help, HasSubstr(std::string(spec.summary)));
    EXPECT_THAT(CommandHelp(spec),
                AllOf(HasSubstr(std::string(spec.name)), HasSubstr("Example")));
  }
  for (const FlagSpec& flag : Flags()) {
    EXPECT_THAT(help, HasSubstr(std::string(flag.name)));
  }
}

std::string HelpOf(const Arguments& arguments) {
  return HelpFor(AllCommands(), MustParse(arguments));
}

TEST(Help, OfACommandShowsItsOwnFlagsOnly) {
  EXPECT_THAT(CommandHelp(Named("arena purge")), HasSubstr("--yes"));
  EXPECT_THAT(CommandHelp(Named("arena list")), Not(HasSubstr("--yes")));
  EXPECT_EQ(HelpOf({"help", "top"}), CommandHelp(Named("top")));
  EXPECT_EQ(HelpOf({"top", "--help"}), CommandHelp(Named("top")));
  EXPECT_EQ(HelpOf({"help", "arena", "list"}),
            CommandHelp(Named("arena list")));
  EXPECT_EQ(HelpOf({"help", "arenas"}), CommandHelp(Named("arena list")));
  EXPECT_EQ(HelpOf({"help"}), GeneralHelp(AllCommands()));
  EXPECT_EQ(HelpOf({"--help"}), GeneralHelp(AllCommands()));
}

TEST(Help, OfANounListsItsCommands) {
  EXPECT_THAT(HelpOf({"help", "arena"}),
              AllOf(HasSubstr("arena list"), HasSubstr("arena purge NAME"),
                    Not(HasSubstr("governor"))));
  EXPECT_EQ(HelpOf({"arena", "--help"}), HelpOf({"help", "arena"}));
}

TEST(Help, FitsATerminal) {
  std::string all = GeneralHelp(AllCommands()) + ShortUsage();
  for (const CommandSpec& spec : AllCommands()) all += CommandHelp(spec);
  for (size_t start = 0; start < all.size();) {
    const size_t end = all.find('\n', start);
    EXPECT_LE(end - start, 80u) << all.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace acre::console
