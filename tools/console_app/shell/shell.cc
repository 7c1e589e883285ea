#include "tools/console_app/shell/shell.h"

#include <errno.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/console_app/document.h"
#include "tools/console_app/options.h"
#include "tools/console_app/shell/command_line.h"
#include "tools/console_app/shell/completion.h"
#include "tools/console_app/shell/line_editor.h"
#include "tools/console_app/shell/process_names.h"
#include "tools/console_app/text.h"

namespace acre::console {
namespace {

constexpr std::string_view kGreeting =
    "\nTab completes, ? explains what may follow, help lists the commands, "
    "exit leaves.\n";

volatile sig_atomic_t interrupted = 0;

void OnInterrupt(int) { interrupted = 1; }

// While it lives Ctrl-C gives up what a command waits for, not the console: at
// the prompt it is a key, but only from when the editor has taken the terminal.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action = {};
    action.sa_handler = &OnInterrupt;
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ = {};
};

// Lines of a file or a pipe, without buffering more than is needed.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  std::optional<std::string> Next() {
    size_t end;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      char bytes[4096];
      const ssize_t got = read(fd_, bytes, sizeof(bytes));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        if (buffer_.empty()) return std::nullopt;
        return std::exchange(buffer_, {});
      }
      buffer_.append(bytes, static_cast<size_t>(got));
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

 private:
  const int fd_;
  std::string buffer_;
};

enum class Outcome { kGoOn, kLeave };

class Shell {
 public:
  Shell(Session& session, std::string socket)
      : session_(session), names_(socket) {
    session_.set_default_socket(std::move(socket));
    session_.set_cancelled([] { return interrupted != 0; });
  }
  ~Shell() { session_.set_cancelled(nullptr); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  ProcessNames& names() { return names_; }

  // `status` is what became of the line.
  Outcome Run(const std::string& line, absl::Status* status) {
    const auto words = SplitLine(line);
    *status = words.status();
    if (!words.ok() || words->empty() || words->front().starts_with('#')) {
      return Outcome::kGoOn;
    }
    if (words->front() == "exit" || words->front() == "quit") {
      return Outcome::kLeave;
    }
    // "?" where the editor did not take it: typed and entered.
    if (words->back() == "?") {
      Print(session_.streams().out,
            InlineHelp(session_.table(), line.substr(0, line.rfind('?')),
                       names_));
      return Outcome::kGoOn;
    }
    const auto options = ParseOptions(session_.table(), *words);
    *status = options.status();
    if (!options.ok()) return Outcome::kGoOn;
    if (options->command->name == "shell") {
      *status = absl::InvalidArgumentError("this is the shell");
      return Outcome::kGoOn;
    }
    interrupted = 0;
    *status = RunCommand(session_, *options);
    return Outcome::kGoOn;
  }

 private:
  Session& session_;
  ProcessNames names_;
};

void PrintError(const Streams& streams, const absl::Status& status) {
  Print(streams.err,
        fmt::format("{}\n", std::string_view(status.message().data(),
                                             status.message().size())));
}

std::string PromptOf(const ServerInfo& info) {
  return fmt::format("{}:{}> ", CutToWidth(Printable(info.name), 24), info.pid);
}

absl::Status RunOnTerminal(Session& session, Shell& shell,
                           const ServerInfo& info) {
  const InterruptGuard guard;
  const CommandTable& table = session.table();
  auto editor = LineEditor::Create(
      session.streams(), {.prompt = PromptOf(info),
                          .history_file = DefaultHistoryFile(),
                          .complete =
                              [&](std::string_view line) {
                                return Complete(table, line, shell.names());
                              },
                          .help =
                              [&](std::string_view line) {
                                return InlineHelp(table, line, shell.names());
                              }});
  if (!editor.ok()) return editor.status();
  absl::Status status;
  shell.Run(std::string(kDefaultCommand), &status);
  if (!status.ok()) return status;
  Print(session.streams().out, kGreeting);
  while (const auto line = (*editor)->ReadLine()) {
    if (shell.Run(*line, &status) == Outcome::kLeave) break;
    if (!status.ok()) PrintError(session.streams(), status);
  }
  return absl::OkStatus();
}

absl::Status RunLines(Session& session, Shell& shell) {
  LineReader reader(session.streams().in);
  absl::Status status;
  while (const auto line = reader.Next()) {
    if (shell.Run(*line, &status) == Outcome::kLeave || !status.ok()) break;
  }
  return status;
}

}  // namespace

absl::Status RunShell(Session& session, const Options& options) {
  const auto client = session.Attach(options);
  if (!client.ok()) return client.status();
  const auto info = ReadInfo(**client);
  if (!info.ok()) return info.status();
  Shell shell(session, (*client)->socket_path());
  const bool on_terminal =
      isatty(session.streams().in) == 1 && isatty(session.streams().out) == 1;
  return on_terminal ? RunOnTerminal(session, shell, *info)
                     : RunLines(session, shell);
}

}  // namespace acre::console
