#include "tools/console_app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/console_app/help.h"

namespace acre::console {
namespace {

using ::testing::HasSubstr;

using Arguments = std::vector<std::string>;

Options MustParse(const Arguments& arguments) {
  const auto parsed = ParseOptions(arguments);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *parsed : Options();
}

std::string MustFail(const Arguments& arguments) {
  const auto parsed = ParseOptions(arguments);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status()));
  return static_cast<std::string>(parsed.status().message());
}

TEST(ParseOptions, KnowsTheCommands) {
  EXPECT_EQ(MustParse({"arenas"}).command, Command::kArenas);
  EXPECT_EQ(MustParse({"arena", "a"}).command, Command::kArena);
  EXPECT_EQ(MustParse({"bins", "a"}).command, Command::kBins);
  EXPECT_EQ(MustParse({"top"}).command, Command::kTop);
  EXPECT_EQ(MustParse({"purge", "a", "--yes"}).command, Command::kPurge);
  EXPECT_EQ(MustParse({"governor"}).command, Command::kGovernor);
  EXPECT_EQ(MustParse({"hooks"}).command, Command::kHooks);
  EXPECT_EQ(MustParse({"ps"}).command, Command::kPs);
  EXPECT_EQ(MustParse({"help"}).command, Command::kHelp);
}

TEST(ParseOptions, FlagsMayStandAnywhere) {
  for (const Arguments& arguments : {Arguments{"--pid", "42", "arena", "a"},
                                     Arguments{"arena", "--pid=42", "a"},
                                     Arguments{"arena", "a", "--pid", "42"}}) {
    const Options options = MustParse(arguments);
    EXPECT_EQ(options.command, Command::kArena);
    EXPECT_EQ(options.argument, "a");
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
  EXPECT_EQ(MustParse({"arena", "--", "--pid"}).argument, "--pid");
  EXPECT_EQ(MustParse({"arena", "-"}).argument, "-");
}

TEST(ParseOptions, NothingIsAMistake) {
  EXPECT_THAT(MustFail({}), HasSubstr("what to show"));
  MustFail({"--json"});
}

TEST(ParseOptions, SpellingMistakesGetASuggestion) {
  EXPECT_THAT(MustFail({"arnas"}), HasSubstr("did you mean arenas?"));
  EXPECT_THAT(MustFail({"arenas", "--jsn"}), HasSubstr("did you mean --json?"));
  EXPECT_THAT(MustFail({"help", "purg"}), HasSubstr("did you mean purge?"));
}

TEST(ParseOptions, ArgumentsAreCounted) {
  EXPECT_THAT(MustFail({"arena"}), HasSubstr("needs an arena's name"));
  MustFail({"arena", ""});
  MustFail({"arena", "a", "b"});
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
}

TEST(ParseOptions, PurgeWantsToBeAskedTwice) {
  EXPECT_THAT(MustFail({"purge", "tenant-7"}),
              AllOf(HasSubstr("--yes"), HasSubstr("tenant-7")));
}

TEST(ParseOptions, HelpNeedsNothingElseToBeRight) {
  EXPECT_TRUE(MustParse({"--help"}).wants_help);
  EXPECT_TRUE(MustParse({"-h"}).wants_help);
  const Options purge = MustParse({"purge", "--help"});
  EXPECT_TRUE(purge.wants_help);
  EXPECT_EQ(purge.command, Command::kPurge);
}

TEST(Help, MentionsEveryCommandAndFlag) {
  const std::string help = GeneralHelp();
  for (const CommandSpec& spec : Commands()) {
    EXPECT_THAT(help, HasSubstr(std::string(spec.summary)));
    EXPECT_THAT(CommandHelp(spec.command),
                AllOf(HasSubstr(std::string(spec.name)), HasSubstr("Example")));
  }
  for (const FlagSpec& flag : Flags()) {
    EXPECT_THAT(help, HasSubstr(std::string(flag.name)));
  }
}

TEST(Help, OfACommandShowsItsOwnFlagsOnly) {
  EXPECT_THAT(CommandHelp(Command::kPurge), HasSubstr("--yes"));
  EXPECT_THAT(CommandHelp(Command::kArenas), Not(HasSubstr("--yes")));
  EXPECT_EQ(HelpFor(MustParse({"help", "top"})), CommandHelp(Command::kTop));
  EXPECT_EQ(HelpFor(MustParse({"top", "--help"})), CommandHelp(Command::kTop));
  EXPECT_EQ(HelpFor(MustParse({"help"})), GeneralHelp());
}

TEST(Help, FitsATerminal) {
  std::string all = GeneralHelp() + ShortUsage();
  for (const CommandSpec& spec : Commands()) all += CommandHelp(spec.command);
  for (size_t start = 0; start < all.size();) {
    const size_t end = all.find('\n', start);
    EXPECT_LE(end - start, 80u) << all.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace acre::console
