// A small engine and the console on it, for the end-to-end tests.

#ifndef ACRE_TOOLS_CONSOLE_APP_CONSOLE_FIXTURE_H_
#define ACRE_TOOLS_CONSOLE_APP_CONSOLE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine_adapter/admin/file_descriptor.h"
#include "engine_adapter/admin/socket_name.h"
#include "engine_adapter/admin/test_directory.h"
#include "tools/console_app/console.h"
#include "tools/console_app/engine_process.h"

namespace acre::console {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

inline std::string ReadFile(int fd) {
  std::string text(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(fd, text.data(), text.size(), 0),
            static_cast<ssize_t>(text.size()));
  return text;
}

inline Outcome Console(const Arguments& arguments) {
  const admin::FileDescriptor out(memfd_create("out", MFD_CLOEXEC));
  const admin::FileDescriptor err(memfd_create("err", MFD_CLOEXEC));
  const int status =
      RunConsole(arguments, {.in = -1, .out = out.get(), .err = err.get()});
  return {status, ReadFile(out.get()), ReadFile(err.get())};
}

// Everything that `fd` brings until `part` has come, or for ten seconds.
inline std::string ReadUntil(int fd, std::string_view part) {
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

  // Waits for it to end; its exit status, or -1.
  static int ExitStatusOf(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child) return -1;
    if (!WIFEXITED(status)) return -status;
    return WEXITSTATUS(status);
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

  admin::TestDirectory parent_;
  const std::string directory_ = parent_.PathOf("acre");
  std::unique_ptr<EngineProcess> engine_;
};

}  // namespace acre::console

#endif  // ACRE_TOOLS_CONSOLE_APP_CONSOLE_FIXTURE_H_
