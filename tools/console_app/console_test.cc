// The console against a real process, end to end.

#include <algorithm>
#include <sstream>

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ConsoleTest, ArenasAreListedLargestFirstWithATotal) {
  const Outcome arenas = RunWithPid({"arena", "list"});
  EXPECT_EQ(arenas.status, kExitOk);
  EXPECT_THAT(arenas.err, IsEmpty());
  EXPECT_THAT(arenas.out, StartsWith("small engine (pid " +
                                     std::to_string(engine_->pid())));
  EXPECT_LT(arenas.out.find("tenant-4"), arenas.out.find("tenant-3"));
  EXPECT_LT(arenas.out.find("tenant-3"), arenas.out.find("total (5)"));
  EXPECT_THAT(arenas.out, AllOf(HasSubstr("MiB"), Not(HasSubstr("\x1b"))));
}

TEST_F(ConsoleTest, ExactFiguresAddUpToTheTotal) {
  const Outcome arenas = RunWithPid({"arena", "list", "--bytes"});
  ASSERT_EQ(arenas.status, kExitOk) << arenas.err;
  std::istringstream lines(arenas.out);
  std::vector<uint64_t> sums(8), total(8);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, count;
    words >> name;
    const bool is_total = name == "total";
    if (is_total) words >> count;
    if (!is_total && !name.starts_with("tenant-") && name != "system") continue;
    std::vector<uint64_t> row(8);
    for (uint64_t& figure : row) words >> figure;
    EXPECT_EQ(row[0] + row[1] + row[2], row[3]) << line;
    EXPECT_EQ(row[3] + row[4] + row[5] + row[6], row[7]) << line;
    for (size_t i = 0; i < row.size(); ++i) {
      (is_total ? total : sums)[i] += row[i];
    }
  }
  EXPECT_EQ(sums, total);
  EXPECT_GT(total[7], 10u << 20);
}

TEST_F(ConsoleTest, JsonIsTheProcessesOwn) {
  const Json arenas = Json::parse(RunWithPid({"arena", "list", "--json"}).out);
  EXPECT_EQ(arenas["arenas"].size(), 5u);
  EXPECT_EQ(arenas["arenas"][0]["name"], "tenant-4");
  const Json arena =
      Json::parse(RunWithPid({"arena", "show", "tenant-2", "--json"}).out);
  EXPECT_EQ(arena["arena"]["name"], "tenant-2");
  const Json bins = Json::parse(RunWithPid({"bins", "tenant-2", "--json"}).out);
  EXPECT_EQ(bins["bins"][0]["size"], 112);
}

TEST_F(ConsoleTest, LimitSumsUpTheRest) {
  const Outcome arenas = RunWithPid({"arena", "list", "--limit", "1"});
  EXPECT_THAT(arenas.out,
              AllOf(HasSubstr("tenant-4"), HasSubstr("others (4)"),
                    HasSubstr("total (5)"), Not(HasSubstr("tenant-3"))));
}

TEST_F(ConsoleTest, OneArenaIsExplained) {
  const Outcome arena = RunWithPid({"arena", "show", "tenant-4"});
  EXPECT_EQ(arena.status, kExitOk);
  EXPECT_THAT(arena.out,
              AllOf(HasSubstr("arena \"tenant-4\""), HasSubstr("hard_limit"),
                    HasSubstr("16.0 MiB"), HasSubstr("refusals"),
                    HasSubstr("large allocations by size class")));
  EXPECT_EQ(RunWithPid({"bins", "tenant-4"}).status, kExitOk);
}

TEST_F(ConsoleTest, LimitsOfAnArenaAreShown) {
  const std::string text = RunWithPid({"arena", "show", "tenant-4"}).out;
  for (const char* figure : {"soft_limit", "reserved", "peak"}) {
    EXPECT_THAT(text, HasSubstr(figure));
  }
}

TEST_F(ConsoleTest, GovernorIsShown) {
  const Outcome outcome = RunWithPid({"governor"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("small engine"),
                                 HasSubstr("running"), HasSubstr("wakeups")));
  const Json info = Json::parse(RunWithPid({"governor", "--json"}).out);
  EXPECT_TRUE(info["governor"]["visits"].is_number());
}

TEST_F(ConsoleTest, ProvidersOfMemoryAreShown) {
  const Outcome outcome = RunWithPid({"hooks", "--bytes"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("mmap"), HasSubstr("allocate")));
  const Json info = Json::parse(RunWithPid({"hooks", "--json"}).out);
  EXPECT_EQ(info["providers"][0]["name"], "mmap");
  EXPECT_GT(info["providers"][0]["mapped"], 10 << 20);
}

TEST_F(ConsoleTest, WrongNameIsAnErrorWithTheNearest) {
  for (const char* command : {"arena", "bins"}) {
    const Outcome outcome = RunWithPid({command, "tenat-4"});
    EXPECT_EQ(outcome.status, kExitFailed);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("did you mean \"tenant-4\"?"));
  }
}

TEST_F(ConsoleTest, NamesThatNoArenaCanHaveAreErrorsToo) {
  for (const std::string& name :
       {std::string(".."), std::string("a/b"), std::string("%00"),
        std::string("\x1b[2J"), std::string("?limit=1"),
        std::string(100, 'x')}) {
    const Outcome outcome = RunWithPid({"arena", "show", name});
    EXPECT_EQ(outcome.status, kExitFailed) << name;
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("acre_console: "), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(ConsoleTest, PurgeIsForbiddenUnlessTheProcessAllowsIt) {
  const Outcome outcome = RunWithPid({"arena", "purge", "tenant-4", "--yes"});
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr("read-only"));
}

TEST_F(ConsoleTest, PurgeShowsWhatItGaveBack) {
  engine_ = std::make_unique<EngineProcess>(directory_, /*allow_writes=*/true);
  ASSERT_TRUE(engine_->running());
  const Outcome outcome = RunWithPid({"arena", "purge", "tenant-4", "--yes"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("dirty"), HasSubstr("-2.0 MiB")));
  EXPECT_THAT(outcome.out, HasSubstr("(everything)"));
  const Json unused =
      Json::parse(RunWithPid({"arena", "purge", "tenant-4", "--yes", "--json",
                              "--mode", "unused"})
                      .out);
  EXPECT_EQ(unused["mode"], "unused");
  const Json again = Json::parse(
      RunWithPid({"arena", "purge", "tenant-4", "--yes", "--json"}).out);
  EXPECT_EQ(again["after"]["dirty"], 0);
}

TEST_F(ConsoleTest, NoCommandIsTheFirstScreen) {
  const Outcome first = RunWithPid({});
  EXPECT_EQ(first.status, kExitOk) << first.err;
  EXPECT_EQ(RunWithPid({"overview"}).status, kExitOk);
  EXPECT_THAT(first.out, AllOf(HasSubstr("= charged"), HasSubstr("= resident"),
                               HasSubstr("tenant-4"), HasSubstr("governor: "),
                               HasSubstr("denied an allocation 1 time")));
  const Json json = Json::parse(RunWithPid({"--json"}).out);
  EXPECT_EQ(json["info"]["pid"], engine_->pid());
  EXPECT_EQ(json["arenas"]["arena_count"], 5);
}

TEST_F(ConsoleTest, CommaSeparatedValuesHaveALineARow) {
  const Outcome arenas = RunWithPid({"arena", "list", "--csv"});
  EXPECT_EQ(arenas.status, kExitOk) << arenas.err;
  EXPECT_THAT(arenas.out, StartsWith("name,index,generation,allocated,"));
  EXPECT_THAT(arenas.out, HasSubstr("\r\ntenant-4,"));
  EXPECT_EQ(std::count(arenas.out.begin(), arenas.out.end(), '\n'), 6);
  for (const Arguments& arguments : {Arguments{"arena", "show", "tenant-1"},
                                     {"bins", "tenant-1"},
                                     {"governor"},
                                     {"hooks"},
                                     {"overview"}}) {
    Arguments with_csv = arguments;
    with_csv.push_back("--csv");
    const Outcome outcome = RunWithPid(with_csv);
    EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
    EXPECT_GE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
  }
  EXPECT_THAT(Console({"ps", "--csv"}).out, StartsWith("pid,uid,socket"));
}

TEST_F(ConsoleTest, MistakesOnTheCommandLineAreTwo) {
  for (const Arguments& arguments : {Arguments{"arnas"},
                                     {"arena"},
                                     {"arena", "pruge", "tenant-4"},
                                     {"purge", "tenant-4"},
                                     {"arenas", "--nonsense"}}) {
    const Outcome outcome = Console(arguments);
    EXPECT_EQ(outcome.status, kExitUsage);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("usage:"));
  }
}

TEST_F(ConsoleTest, HelpIsNoMistake) {
  for (const Arguments& arguments : {Arguments{"help"},
                                     {"--help"},
                                     {"help", "top"},
                                     {"purge", "--help"},
                                     {"help", "arena"},
                                     {"arena", "purge", "--help"}}) {
    const Outcome outcome = Console(arguments);
    EXPECT_EQ(outcome.status, kExitOk);
    EXPECT_THAT(outcome.out, HasSubstr("acre_console"));
  }
}

TEST_F(ConsoleTest, PsFindsTheProcess) {
  const Outcome table = Console({"ps"});
  EXPECT_EQ(table.status, kExitOk);
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("small engine"), HasSubstr(SocketPath())));
  bool found = false;
  for (const Json& process : Json::parse(Console({"ps", "--json"}).out)) {
    found = found || process["pid"] == engine_->pid();
  }
  EXPECT_TRUE(found);
}

TEST_F(ConsoleTest, OnlyProcessNeedsNotBeNamed) {
  if (Json::parse(Console({"ps", "--json"}).out).size() != 1) {
    GTEST_SKIP() << "other processes of this user serve their statistics";
  }
  EXPECT_EQ(Console({"arenas"}).status, kExitOk);
  const EngineProcess second(directory_, false);
  const Outcome several = Console({"arenas"});
  EXPECT_EQ(several.status, kExitFailed);
  EXPECT_THAT(several.err, AllOf(HasSubstr("--pid"), HasSubstr(SocketPath())));
}

TEST_F(ConsoleTest, DeadProcessIsAnError) {
  const std::string socket = SocketPath();
  engine_->Kill();
  const Outcome by_pid = RunWithPid({"arena", "list"});
  EXPECT_EQ(by_pid.status, kExitFailed);
  EXPECT_THAT(by_pid.err, HasSubstr("there is no process"));
  const Outcome by_socket = Console({"arenas", "--socket", socket});
  EXPECT_EQ(by_socket.status, kExitFailed);
  EXPECT_THAT(by_socket.err, AllOf(HasSubstr(socket), HasSubstr("has ended")));
}

TEST_F(ConsoleTest, NothingThereIsAnError) {
  const Outcome outcome =
      Console({"arenas", "--socket", parent_.PathOf("none.sock")});
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr("there is no socket"));
}

}  // namespace
}  // namespace acre::console
