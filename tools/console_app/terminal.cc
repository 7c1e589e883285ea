#include "tools/console_app/terminal.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace acre::console {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

constexpr char kControlC = 3;

sigset_t WatchedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) {
    sigaddset(&signals, each);
  }
  return signals;
}

}  // namespace

Terminal::Terminal(int input, int output) : input_(input), output_(output) {}

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Take(int input,
                                                         int output) {
  std::unique_ptr<Terminal> terminal(new Terminal(input, output));
  const sigset_t watched = WatchedSignals();
  admin::FileDescriptor signals(
      signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) {
    return absl::UnavailableError(
        fmt::format("cannot watch signals: {}", strerror(errno)));
  }
  sigprocmask(SIG_BLOCK, &watched, &terminal->signals_before_);
  terminal->signals_ = std::move(signals);
  if (tcgetattr(input, &terminal->modes_before_) == 0) {
    termios modes = terminal->modes_before_;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    // Suspended, the view would leave the shell with its modes.
    modes.c_cc[VSUSP] = _POSIX_VDISABLE;
    terminal->reads_keys_ = tcsetattr(input, TCSAFLUSH, &modes) == 0;
  }
  terminal->Write(kEnter);
  return terminal;
}

Terminal::~Terminal() {
  if (!signals_.valid()) return;
  Write(kLeave);
  if (reads_keys_) tcsetattr(input_, TCSAFLUSH, &modes_before_);
  // What ended the view must not end the program once more.
  signalfd_siginfo consumed;
  while (read(signals_.get(), &consumed, sizeof(consumed)) > 0) {
  }
  sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
}

Terminal::Size Terminal::size() const {
  Size size;
  winsize window = {};
  if (ioctl(output_, TIOCGWINSZ, &window) == 0 && window.ws_row > 0 &&
      window.ws_col > 0) {
    size = {.rows = window.ws_row, .columns = window.ws_col};
  }
  return size;
}

void Terminal::Draw(std::string_view lines) {
  std::string frame(kHome);
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    // Cleared first: behind a line as wide as the screen, clearing would take
    // its last character.
    frame.append(kClearLine).append(lines.substr(0, end));
    if (end == std::string_view::npos) break;
    lines.remove_prefix(end + 1);
    // A newline after the last line of the screen would scroll it.
    if (!lines.empty()) frame += "\n";
  }
  Write(frame.append(kClearBelow));
}

Terminal::Event Terminal::Wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd sources[] = {
        {.fd = signals_.get(), .events = POLLIN, .revents = 0},
        {.fd = reads_keys_ ? input_ : -1, .events = POLLIN, .revents = 0}};
    const int ready =
        poll(sources, 2, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    Event event = Event::kTimeout;
    if (sources[0].revents != 0) event = ReadSignal();
    if (event == Event::kTimeout && sources[1].revents != 0) event = ReadKey();
    // Any other key goes on waiting.
    if (ready <= 0 || event != Event::kTimeout) return event;
  }
}

Terminal::Event Terminal::ReadKey() {
  char key = 0;
  if (read(input_, &key, 1) != 1) return Event::kQuit;  // hung up
  if (key == 'q' || key == 'Q' || key == kControlC) return Event::kQuit;
  if (keys_.find(key) == std::string::npos) return Event::kTimeout;
  key_ = key;
  return Event::kKey;
}

Terminal::Event Terminal::ReadSignal() {
  signalfd_siginfo info = {};
  if (read(signals_.get(), &info, sizeof(info)) != sizeof(info)) {
    return Event::kTimeout;
  }
  return info.ssi_signo == SIGWINCH ? Event::kResized : Event::kQuit;
}

void Terminal::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(output_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // gone; Wait() will notice
    text.remove_prefix(static_cast<size_t>(written));
  }
}

size_t TerminalColumns(int fd) {
  winsize window = {};
  return ioctl(fd, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

}  // namespace acre::console
