// The prompt on a terminal, and lines from a pipe, against a real process.

#include <fcntl.h>
#include <sys/stat.h>

#include "tools/console_app/console_fixture.h"

namespace acre::console {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kPrompt[] = "> ";

class ShellTest : public ConsoleTest {
 protected:
  void SetUp() override {
    ConsoleTest::SetUp();
    setenv("HOME", parent_.path().c_str(), 1);
    setenv("XDG_STATE_HOME", parent_.PathOf("state").c_str(), 1);
  }
  void TearDown() override {
    if (child_ > 0) kill(child_, SIGKILL);
  }

  // A prompt that has been reached.
  void Start(const Arguments& arguments) {
    int fd = -1;
    child_ = StartOnTerminal(arguments, &fd);
    user_ = admin::FileDescriptor(fd);
    seen_.clear();
    greeting_ = Await("exit leaves");
    greeting_ += Await(kPrompt);
  }

  void Type(std::string_view keys) {
    EXPECT_EQ(write(user_.get(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }

  // What comes up to the end of `part`, or all within ten seconds; the rest is
  // for the next call.
  std::string Await(std::string_view part) {
    if (seen_.find(part) == std::string::npos) {
      // A part may have come by halves.
      char buffer[1024];
      pollfd wait = {.fd = user_.get(), .events = POLLIN, .revents = 0};
      while (seen_.find(part) == std::string::npos &&
             poll(&wait, 1, 10'000) == 1) {
        const ssize_t got = read(user_.get(), buffer, sizeof(buffer));
        if (got <= 0) break;
        seen_.append(buffer, static_cast<size_t>(got));
      }
    }
    const size_t at = seen_.find(part);
    EXPECT_NE(at, std::string::npos) << "no \"" << part << "\" in: " << seen_;
    const size_t end =
        at == std::string::npos ? seen_.size() : at + part.size();
    std::string text = seen_.substr(0, end);
    seen_.erase(0, end);
    return text;
  }

  int Leave() {
    Type("exit\n");
    const int status = ExitStatusOf(std::exchange(child_, -1));
    return status;
  }

  std::string HistoryFile() const {
    return parent_.PathOf("state/acre/history");
  }

  // The console fed with lines from a file.
  Outcome RunLines(std::string_view lines) {
    const admin::FileDescriptor in(memfd_create("in", MFD_CLOEXEC));
    const admin::FileDescriptor out(memfd_create("out", MFD_CLOEXEC));
    const admin::FileDescriptor err(memfd_create("err", MFD_CLOEXEC));
    EXPECT_EQ(write(in.get(), lines.data(), lines.size()),
              static_cast<ssize_t>(lines.size()));
    lseek(in.get(), 0, SEEK_SET);
    const int status =
        RunConsole({"shell", "--socket", SocketPath()},
                   {.in = in.get(), .out = out.get(), .err = err.get()});
    return {status, ReadFile(out.get()), ReadFile(err.get())};
  }

  pid_t child_ = -1;
  std::string seen_;
  admin::FileDescriptor user_;
  std::string greeting_;
};

TEST_F(ShellTest, NoCommandOnATerminalIsAPromptAfterTheFirstScreen) {
  Start({"--socket", SocketPath()});
  EXPECT_THAT(greeting_, AllOf(HasSubstr("= charged"), HasSubstr("tenant-4"),
                               HasSubstr("small engine:")));
  Type("arena show tenant-2\n");
  EXPECT_THAT(Await("subreleased"), HasSubstr("arena \"tenant-2\""));
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, TabCompletesCommandsAndArenas) {
  Start({"shell", "--socket", SocketPath()});
  Type("are\t");
  Await("na ");  // what is there already is not drawn again
  Type("sh\tten\t");
  Await("ant-");
  Type("3\n");
  EXPECT_THAT(Await("subreleased"), HasSubstr("arena \"tenant-3\""));
  Type("bins ten\t\t");
  EXPECT_THAT(Await("tenant-4"), HasSubstr("tenant-1"));
  Type("\x03");
  Await("^C");
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, AQuestionMarkExplains) {
  Start({"shell", "--socket", SocketPath()});
  Type("arena ?");
  EXPECT_THAT(Await("back now"), HasSubstr("largest first"));
  Type("list\n");
  Await("total (5)");
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, ControlCEmptiesTheLineAndControlDLeaves) {
  Start({"shell", "--socket", SocketPath()});
  Type("nonsense\x03");
  Await("^C");
  Type("ps\n");
  Await("SERVICE");
  Await(kPrompt);
  Type("\x04");
  EXPECT_EQ(ExitStatusOf(std::exchange(child_, -1)), kExitOk);
}

TEST_F(ShellTest, MistakesDoNotEndIt) {
  Start({"shell", "--socket", SocketPath()});
  Type("arena pruge tenant-1\n");
  Await("did you mean arena purge?");
  Type("arena show nobody\n");
  Await("no arena \"nobody\"");
  Type("arena purge tenant-1\n");
  Await("add --yes");
  Type("arena \"show\n");
  Await("not closed");
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, RemembersLinesForItsUserOnly) {
  Start({"shell", "--socket", SocketPath()});
  Type("governor\n");
  Await("thread_failures");
  EXPECT_EQ(Leave(), kExitOk);
  struct stat info = {};
  ASSERT_EQ(stat(HistoryFile().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  // The next one finds it.
  Start({"shell", "--socket", SocketPath()});
  Type("\x10\x10\n");  // Ctrl-P: before `exit`
  Await("thread_failures");
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, LiveViewsComeBackToThePrompt) {
  Start({"shell", "--socket", SocketPath()});
  Type("top --interval 0.2\n");
  Await("\x1b[?1049h");
  Await("total");
  Type("q");
  Await("\x1b[?1049l");
  Await(kPrompt);
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, ItOutlivesTheProcess) {
  Start({"shell", "--socket", SocketPath()});
  engine_->Kill();
  Type("arena list\n");
  Await("has ended");
  Await(kPrompt);
  Type("bins \t");  // nothing to complete with
  Type("\x03");
  Await("^C");
  EXPECT_EQ(Leave(), kExitOk);
}

TEST_F(ShellTest, RunsLinesOfAFile) {
  const Outcome outcome =
      RunLines("# what there is\n\narena list\nbins tenant-1\n");
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("total (5)"), HasSubstr("CLASS")));
}

TEST_F(ShellTest, AFileEndsWithItsFirstFailure) {
  const Outcome outcome = RunLines("arena show nobody\narena list\n");
  EXPECT_EQ(outcome.status, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr("nobody"));
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ShellTest, ExitEndsAFileEarly) {
  const Outcome outcome = RunLines("exit\narena list\n");
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_EQ(outcome.out, "");
}

}  // namespace
}  // namespace acre::console
