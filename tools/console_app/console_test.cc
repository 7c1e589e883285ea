// The console against a real process, end to end.

#include "tools/console_app/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/test_directory.h"
#include "tools/console_app/engine_process.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

std::string ReadFile(int fd) {
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(fd, text.data(), text.size(), 0),
            static_cast<ssize_t>(text.size()));
  return text;
}

Outcome Console(const Arguments& arguments) {
  const admin::FileDescriptor out(memfd_create("out", MFD_CLOEXEC));
  const admin::FileDescriptor err(memfd_create("err", MFD_CLOEXEC));
  const int status =
      RunConsole(arguments, {.in = -1, .out = out.get(), .err = err.get()});
  return {status, ReadFile(out.get()), ReadFile(err.get())};
}

// Everything that `fd` brings until `part` has come, or for ten seconds.
std::string ReadUntil(int fd, std::string_view part) {
  std::string text;
  char buffer[1024];
  pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
  while (text.find(part) == std::string::npos && poll(&wait, 1, 10'000) == 1) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

class ConsoleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("XDG_RUNTIME_DIR", parent_.path().c_str(), 1);
    engine_ = std::make_unique<EngineProcess>(directory_,
                                              /*allow_writes=*/false);
    ASSERT_TRUE(engine_->running());
  }

  Outcome RunWithPid(Arguments arguments) {
    arguments.insert(arguments.end(),
                     {"--pid", std::to_string(engine_->pid())});
    return Console(arguments);
  }

  std::string SocketPath() const {
    return directory_ + "/" + admin::FormatSocketName({engine_->pid(), 1});
  }

  // The console on a terminal of its own, in a process of its own.
  pid_t StartOnTerminal(const Arguments& arguments, int* user) {
    const winsize window = {.ws_row = 20, .ws_col = 100};
    const pid_t child = forkpty(user, nullptr, nullptr, &window);
    if (child == 0) {
      setenv("TERM", "xterm", 1);
      _exit(RunConsole(arguments, {}));
    }
    return child;
  }

  void ExpectTopEndsWith(const std::string& keys) {
    int fd = -1;
    const pid_t child = StartOnTerminal({"top", "--socket", SocketPath()}, &fd);
    const admin::FileDescriptor user(fd);
    EXPECT_THAT(ReadUntil(fd, "total"),
                AllOf(HasSubstr("\x1b[?1049h"), HasSubstr("tenant-4")));
    EXPECT_EQ(write(fd, keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
    EXPECT_THAT(ReadUntil(fd, "\x1b[?1049l"), HasSubstr("\x1b[?25h"));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kExitOk);
  }

  admin::TestDirectory parent_;
  const std::string directory_ = parent_.PathOf("acre");
  std::unique_ptr<EngineProcess> engine_;
};

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
                    HasSubstr("16.0 MiB"), HasSubstr("refusals")));
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

TEST_F(ConsoleTest, TopWritesFramesToAFile) {
  const Outcome top = RunWithPid({"top", "--count", "3", "--interval", "0.1"});
  EXPECT_EQ(top.status, kExitOk) << top.err;
  EXPECT_THAT(top.out, AllOf(HasSubstr("REFUSALS/S"), Not(HasSubstr("\x1b"))));
  size_t frames = 0;
  for (size_t at = 0; (at = top.out.find("total (5)", at)) != std::string::npos;
       ++at) {
    ++frames;
  }
  EXPECT_EQ(frames, 3u);
}

TEST_F(ConsoleTest, TopWritesOneJsonDocumentALine) {
  const Outcome top = RunWithPid(
      {"top", "--json", "--count", "2", "--interval", "0.1", "--limit", "1"});
  EXPECT_EQ(top.status, kExitOk) << top.err;
  std::istringstream lines(top.out);
  size_t documents = 0;
  for (std::string line; std::getline(lines, line); ++documents) {
    EXPECT_EQ(Json::parse(line)["arenas"].size(), 1u);
  }
  EXPECT_EQ(documents, 2u);
}

TEST_F(ConsoleTest, TopOnATerminalEndsWithQ) { ExpectTopEndsWith("q"); }

TEST_F(ConsoleTest, TopOnATerminalEndsWithControlC) {
  ExpectTopEndsWith("\x03");
}

TEST_F(ConsoleTest, TopSaysThatTheProcessEndedAndGivesTheTerminalBack) {
  int fd = -1;
  const pid_t child = StartOnTerminal(
      {"top", "--socket", SocketPath(), "--interval", "0.2"}, &fd);
  const admin::FileDescriptor user(fd);
  ReadUntil(fd, "total");
  engine_->Kill();
  EXPECT_THAT(ReadUntil(fd, "ended"), HasSubstr("\x1b[?1049l"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kExitFailed);
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
