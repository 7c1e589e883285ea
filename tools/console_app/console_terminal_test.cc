// The views that stay, on a terminal and off it, against a real process.

#include <sstream>

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TerminalConsoleTest : public ConsoleTest {
 protected:
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
};

TEST_F(TerminalConsoleTest, TopWritesFramesToAFile) {
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

TEST_F(TerminalConsoleTest, TopWritesOneJsonDocumentALine) {
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

TEST_F(TerminalConsoleTest, TopOnATerminalEndsWithQ) { ExpectTopEndsWith("q"); }

TEST_F(TerminalConsoleTest, TopOnATerminalEndsWithControlC) {
  ExpectTopEndsWith("\x03");
}

TEST_F(TerminalConsoleTest, TopIsOrderedByAKey) {
  int fd = -1;
  const pid_t child = StartOnTerminal({"top", "--socket", SocketPath()}, &fd);
  const admin::FileDescriptor user(fd);
  EXPECT_THAT(ReadUntil(fd, "total"), HasSubstr("by [charged] growth (g)"));
  EXPECT_EQ(write(fd, "r", 1), 1);
  EXPECT_THAT(ReadUntil(fd, "[refusals]"), HasSubstr("charged (c)"));
  EXPECT_EQ(write(fd, "q", 1), 1);
  ReadUntil(fd, "\x1b[?1049l");
  EXPECT_EQ(ExitStatusOf(child), kExitOk);
}

TEST_F(TerminalConsoleTest, TopSaysThatTheProcessEndedAndGivesTheTerminalBack) {
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

TEST_F(TerminalConsoleTest, TopIsOrderedByAFlag) {
  const Outcome top =
      RunWithPid({"top", "--count", "1", "--limit", "1", "--sort", "refusals"});
  EXPECT_EQ(top.status, kExitOk) << top.err;
  EXPECT_THAT(top.out, AllOf(HasSubstr("tenant-4"), HasSubstr("others (4)")));
}

TEST_F(TerminalConsoleTest, WatchRepeatsACommand) {
  const Outcome watch = RunWithPid(
      {"watch", "bins", "tenant-1", "--count", "2", "--interval", "0.1"});
  EXPECT_EQ(watch.status, kExitOk) << watch.err;
  const size_t first = watch.out.find("CLASS");
  ASSERT_NE(first, std::string::npos) << watch.out;
  EXPECT_NE(watch.out.find("CLASS", first + 1), std::string::npos);
  const Outcome json = RunWithPid(
      {"watch", "governor", "--json", "--count", "2", "--interval", "0.1"});
  std::istringstream lines(json.out);
  size_t documents = 0;
  for (std::string line; std::getline(lines, line); ++documents) {
    EXPECT_TRUE(Json::parse(line).contains("governor"));
  }
  EXPECT_EQ(documents, 2u);
}

TEST_F(TerminalConsoleTest, WatchOnATerminalShowsTheFirstScreenUntilQ) {
  int fd = -1;
  const pid_t child = StartOnTerminal({"watch", "--socket", SocketPath()}, &fd);
  const admin::FileDescriptor user(fd);
  EXPECT_THAT(ReadUntil(fd, "metadata"), HasSubstr("\x1b[?1049h"));
  EXPECT_EQ(write(fd, "q", 1), 1);
  ReadUntil(fd, "\x1b[?1049l");
  EXPECT_EQ(ExitStatusOf(child), kExitOk);
}

TEST_F(TerminalConsoleTest, WatchEndsWithTheFirstError) {
  const Outcome watch = RunWithPid({"watch", "arena", "show", "nobody"});
  EXPECT_EQ(watch.status, kExitFailed);
  EXPECT_THAT(watch.err, HasSubstr("nobody"));
}

TEST_F(TerminalConsoleTest, OnlyWhatShowsSomethingIsWatched) {
  for (const Arguments& arguments :
       {Arguments{"watch", "top"},
        {"watch", "arena", "purge", "tenant-1", "--yes"},
        {"watch", "watch"},
        {"watch", "shell"}}) {
    const Outcome watch = RunWithPid(arguments);
    EXPECT_EQ(watch.status, kExitUsage);
    EXPECT_THAT(watch.err, HasSubstr("watch"));
  }
}

}  // namespace
}  // namespace acre::console
