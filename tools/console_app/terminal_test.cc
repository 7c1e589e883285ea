#include "tools/console_app/terminal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

namespace acre::console {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::StartsWith;

class TerminalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int user = -1, program = -1;
    const winsize window = {.ws_row = 10, .ws_col = 40};
    ASSERT_EQ(openpty(&user, &program, nullptr, nullptr, &window), 0);
    user_ = admin::FileDescriptor(user);
    program_ = admin::FileDescriptor(program);
    ASSERT_EQ(tcgetattr(program, &modes_before_), 0);
  }

  std::unique_ptr<Terminal> Take() {
    auto taken = Terminal::Take(program_.get(), program_.get());
    EXPECT_TRUE(taken.ok()) << taken.status();
    return *std::move(taken);
  }

  void Type(std::string_view keys) {
    ASSERT_EQ(write(user_.get(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }

  // What the user sees: all that has been written so far.
  std::string Screen() {
    std::string seen;
    char buffer[1024];
    pollfd wait = {.fd = user_.get(), .events = POLLIN, .revents = 0};
    while (poll(&wait, 1, 50) == 1) {
      const ssize_t got = read(user_.get(), buffer, sizeof(buffer));
      if (got <= 0) break;
      seen.append(buffer, static_cast<size_t>(got));
    }
    return seen;
  }

  bool ModesAreRestored() {
    termios modes = {};
    tcgetattr(program_.get(), &modes);
    return modes.c_lflag == modes_before_.c_lflag &&
           memcmp(modes.c_cc, modes_before_.c_cc, sizeof(modes.c_cc)) == 0;
  }

  admin::FileDescriptor user_;
  admin::FileDescriptor program_;
  termios modes_before_ = {};
};

TEST_F(TerminalTest, TellsOfTheKeysThatWereAskedForAndNoOthers) {
  const auto terminal = Take();
  terminal->set_keys("cr");
  Type("xr");
  EXPECT_EQ(terminal->Wait(milliseconds(10'000)), Terminal::Event::kKey);
  EXPECT_EQ(terminal->key(), 'r');
  Type("x");
  EXPECT_EQ(terminal->Wait(milliseconds(1)), Terminal::Event::kTimeout);
}

TEST_F(TerminalTest, GivesEverythingBack) {
  sigset_t before, after;
  sigprocmask(SIG_SETMASK, nullptr, &before);
  {
    const auto terminal = Take();
    EXPECT_FALSE(ModesAreRestored());
  }
  EXPECT_TRUE(ModesAreRestored());
  sigprocmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
  const std::string screen = Screen();
  EXPECT_THAT(screen, StartsWith("\x1b[?1049h\x1b[?25l"));
  EXPECT_THAT(screen, EndsWith("\x1b[?25h\x1b[?1049l"));
}

TEST_F(TerminalTest, KnowsItsSize) {
  const auto terminal = Take();
  EXPECT_EQ(terminal->size().rows, 10u);
  EXPECT_EQ(terminal->size().columns, 40u);
  EXPECT_EQ(TerminalColumns(program_.get()), 40u);
}

TEST_F(TerminalTest, DrawsOverWhatWasThereAndDoesNotScroll) {
  const auto terminal = Take();
  Screen();
  terminal->Draw("one\ntwo\n");
  EXPECT_EQ(Screen(), "\x1b[H\x1b[Kone\r\n\x1b[Ktwo\x1b[J");
}

TEST_F(TerminalTest, QEndsIt) {
  const auto terminal = Take();
  Type("xyq");
  EXPECT_EQ(terminal->Wait(milliseconds(10'000)), Terminal::Event::kQuit);
}

TEST_F(TerminalTest, OtherKeysDoNotShortenTheWait) {
  const auto terminal = Take();
  Type("abc\n");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(terminal->Wait(milliseconds(200)), Terminal::Event::kTimeout);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(190));
}

TEST_F(TerminalTest, SignalsThatEndAProgramEndTheViewOnly) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    {
      const auto terminal = Take();
      raise(signal);
      EXPECT_EQ(terminal->Wait(milliseconds(10'000)), Terminal::Event::kQuit);
      raise(signal);  // pending when the view ends
    }
    EXPECT_TRUE(ModesAreRestored());
  }
}

TEST_F(TerminalTest, ResizingIsNoticed) {
  const auto terminal = Take();
  const winsize window = {.ws_row = 20, .ws_col = 100};
  ASSERT_EQ(ioctl(user_.get(), TIOCSWINSZ, &window), 0);
  raise(SIGWINCH);
  EXPECT_EQ(terminal->Wait(milliseconds(10'000)), Terminal::Event::kResized);
  EXPECT_EQ(terminal->size().columns, 100u);
}

TEST_F(TerminalTest, HangingUpEndsIt) {
  const auto terminal = Take();
  user_ = admin::FileDescriptor();
  EXPECT_EQ(terminal->Wait(milliseconds(10'000)), Terminal::Event::kQuit);
}

TEST_F(TerminalTest, InputThatIsNoTerminalIsNotRead) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const admin::FileDescriptor input(ends[0]), keys(ends[1]);
  ASSERT_EQ(write(keys.get(), "q", 1), 1);
  auto terminal = Terminal::Take(input.get(), program_.get());
  ASSERT_TRUE(terminal.ok());
  EXPECT_EQ((*terminal)->Wait(milliseconds(50)), Terminal::Event::kTimeout);
}

TEST(TerminalColumns, OfAFileAreZero) {
  const admin::FileDescriptor file(open("/dev/null", O_WRONLY));
  EXPECT_EQ(TerminalColumns(file.get()), 0u);
}

}  // namespace
}  // namespace acre::console
